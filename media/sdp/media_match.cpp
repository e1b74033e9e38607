#include "media/sdp/media_match.h"

#include "base/digest.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::sdp {
namespace {

bool has(const CodecLine& codec, std::string_view feedback) {
  return std::ranges::find(codec.feedbacks, feedback) != codec.feedbacks.end();
}

// How well an H.264 payload type suits: 0 not at all, 1 baseline, 2 constrained baseline.
int h264_rank(const CodecLine& codec) {
  // RFC 6184 §8.1: without the parameter it is mode 0, one NAL unit a packet.
  if (fmtp_value(codec.fmtp, "packetization-mode").value_or("0") != "1") return 0;
  // RFC 6184 §8.1: absent means Baseline, level 1.
  const auto profile = from_hex(fmtp_value(codec.fmtp, "profile-level-id").value_or("42000a"));
  constexpr uint8_t kBaseline = 66;
  constexpr uint8_t kConstraintSet1 = 0x40;  // RFC 6184 table 5: also decodable as Main
  if (!profile || profile->size() != 3 || (*profile)[0] != kBaseline) return 0;
  return ((*profile)[1] & kConstraintSet1) != 0 ? 2 : 1;
}

std::optional<CodecName> name_in(const Media& media, const CodecLine& codec) {
  if (media.kind == "audio") {
    const bool is_opus = equal_ignoring_case(codec.name, "opus") && codec.clock_rate == 48000;
    return is_opus ? std::optional(CodecName::kOpus) : std::nullopt;
  }
  if (codec.clock_rate != 90000) return std::nullopt;
  if (equal_ignoring_case(codec.name, "VP8")) return CodecName::kVp8;
  if (equal_ignoring_case(codec.name, "H264")) return CodecName::kH264;
  return std::nullopt;
}

std::optional<uint8_t> rtx_of(const Media& media, uint8_t payload_type) {
  for (const CodecLine& codec : media.codecs) {
    if (!equal_ignoring_case(codec.name, "rtx")) continue;
    const auto apt = fmtp_value(codec.fmtp, "apt");  // RFC 4588 §8.1
    if (apt && number<uint8_t>(*apt) == payload_type) return codec.payload_type;
  }
  return std::nullopt;
}

NegotiatedCodec facts_of(const Media& media, const CodecLine& codec, CodecName name) {
  return {.name = name,
          .payload_type = codec.payload_type,
          .rtx_payload_type = rtx_of(media, codec.payload_type),
          .has_nack = has(codec, "nack"),
          .has_pli = has(codec, "nack pli"),
          .has_fir = has(codec, "ccm fir"),
          .has_remb = has(codec, "goog-remb"),
          .has_transport_cc = has(codec, "transport-cc"),
          .fmtp = codec.fmtp};
}

const CodecLine* best_h264(const Media& media) {
  const CodecLine* best = nullptr;
  int best_rank = 0;
  for (const CodecLine& codec : media.codecs) {
    if (name_in(media, codec) != CodecName::kH264) continue;
    const int rank = h264_rank(codec);
    if (rank > best_rank) {
      best = &codec;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace

std::string_view name_of(CodecName name) {
  switch (name) {
    case CodecName::kOpus:
      return "opus";
    case CodecName::kVp8:
      return "VP8";
    case CodecName::kH264:
      return "H264";
  }
  return "";
}

std::vector<NegotiatedCodec> match_codecs(const Media& media) {
  std::vector<NegotiatedCodec> matched;
  const CodecLine* h264 = best_h264(media);
  for (const CodecLine& codec : media.codecs) {
    const auto name = name_in(media, codec);
    if (!name || (*name == CodecName::kH264 && &codec != h264)) continue;
    // A second payload type of the same codec would only make the choice ambiguous.
    if (std::ranges::find(matched, *name, &NegotiatedCodec::name) != matched.end()) continue;
    matched.push_back(facts_of(media, codec, *name));
  }
  return matched;
}

ExtensionIds match_extensions(const Media& media, Direction direction) {
  ExtensionIds ids;
  const std::array<std::pair<std::string_view, uint8_t*>, 5> wanted{{
      {kMidUri, &ids.mid},
      {kRidUri, &ids.rid},
      {kRepairedRidUri, &ids.repaired_rid},
      {kAbsSendTimeUri, &ids.abs_send_time},
      {kTransportWideCcUri, &ids.transport_wide_cc},
  }};
  for (const Extension& extension : media.extensions) {
    const Direction allowed = extension.direction.value_or(Direction::kSendRecv);
    if (allowed != Direction::kSendRecv && allowed != direction) continue;
    for (const auto& [uri, id] : wanted) {
      if (extension.uri == uri && *id == 0) *id = extension.id;
    }
  }
  return ids;
}

std::vector<StreamSsrc> announced_streams(const Media& media) {
  std::vector<StreamSsrc> streams;
  const auto add = [&](uint32_t ssrc) {
    if (std::ranges::find(streams, ssrc, &StreamSsrc::ssrc) == streams.end()) {
      streams.push_back({ssrc, 0});
    }
  };
  const auto groups_of = [&](std::string_view semantics, auto&& each) {
    for (const SsrcGroup& group : media.ssrc_groups) {
      if (group.semantics == semantics) each(group.ssrcs);
    }
  };
  groups_of("SIM", [&](const auto& ssrcs) { std::ranges::for_each(ssrcs, add); });
  std::vector<uint32_t> repairs;
  groups_of("FID", [&](const auto& ssrcs) {
    if (ssrcs.size() != 2) return;
    add(ssrcs[0]);
    std::ranges::find(streams, ssrcs[0], &StreamSsrc::ssrc)->rtx_ssrc = ssrcs[1];
    repairs.push_back(ssrcs[1]);
  });
  for (const SsrcLine& line : media.ssrcs) {
    if (std::ranges::find(repairs, line.ssrc) == repairs.end()) add(line.ssrc);
  }
  return streams;
}

bool is_live_rtp(const Media& media) {
  const bool is_off = media.port == 0 && !media.is_bundle_only;
  return !is_off && (media.protocol == "UDP/TLS/RTP/SAVPF" || media.protocol == "RTP/SAVPF");
}

}  // namespace lectern::sdp
