#include "media/sdp/media_match.h"

#include "base/digest.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

namespace lectern::sdp {
namespace {

using codec::h264::Profile;

bool has(const CodecLine& codec, std::string_view feedback) {
  return std::ranges::any_of(codec.feedbacks, [feedback](const std::string& offered) {
    return equal_ignoring_case(offered, feedback);
  });
}

// What an H.264 payload type says of its streams.
struct H264Line {
  const CodecLine* codec = nullptr;
  Profile profile = Profile::kBaseline;
  bool is_constrained = false;  // constrained baseline: the dialect that every receiver takes
  bool names_profile = false;
  bool names_mode = false;
  bool may_fragment = false;  // packetization-mode 1

  // RFC 6184 reads a mode that is not named as 0. Players that name none (GStreamer's whepsrc) take
  // every payload, and other servers send them mode 1: only who names mode 0 is taken at its word.
  [[nodiscard]] bool takes_fragments() const { return may_fragment || !names_mode; }
};

// Nothing where the parameters cannot be understood. Levels are not looked at: receivers decode far
// more than the level that they offer, which is 3.1 in every browser.
std::optional<H264Line> read_h264(const CodecLine& codec) {
  // RFC 6184 §8.1: absent, mode 0 (one NAL unit a packet) and Baseline, level 1.
  const auto named_mode = fmtp_value(codec.fmtp, "packetization-mode");
  const auto named_level = fmtp_value(codec.fmtp, "profile-level-id");
  const auto mode = named_mode.value_or("0");
  const auto level = from_hex(named_level.value_or("42000a"));
  if ((mode != "0" && mode != "1") || !level || level->size() != 3) return std::nullopt;
  constexpr uint8_t kConstraintSet1 = 0x40;  // RFC 6184 table 5: also decodable as Main
  return H264Line{
      .codec = &codec,
      .profile = codec::h264::profile_of(
          {.profile_idc = (*level)[0], .constraints = (*level)[1], .level_idc = (*level)[2]}),
      .is_constrained = ((*level)[1] & kConstraintSet1) != 0,
      .names_profile = named_level.has_value(),
      .names_mode = named_mode.has_value(),
      .may_fragment = mode == "1"};
}

// RFC 5761 §4: with RTCP on the same port these look like RTCP.
bool looks_like_rtcp(const CodecLine& codec) {
  return codec.payload_type >= 64 && codec.payload_type <= 95;
}

// Nothing for what is not relayed here.
std::optional<CodecName> name_in(const Media& media, const CodecLine& codec) {
  if (looks_like_rtcp(codec)) return std::nullopt;
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
    if (!equal_ignoring_case(codec.name, "rtx") || looks_like_rtcp(codec)) continue;
    const auto apt = fmtp_value(codec.fmtp, "apt");  // RFC 4588 §8.1
    if (apt && parse_number<uint8_t>(*apt) == payload_type) return codec.payload_type;
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

std::vector<H264Line> h264_lines(const Media& media) {
  std::vector<H264Line> lines;
  for (const CodecLine& codec : media.codecs) {
    if (name_in(media, codec) != CodecName::kH264) continue;
    if (const auto line = read_h264(codec)) lines.push_back(*line);
  }
  return lines;
}

const H264Line* best_of(const std::vector<H264Line>& lines, auto&& suits, auto&& is_better) {
  const H264Line* best = nullptr;
  for (const H264Line& line : lines)
    if (suits(line) && (best == nullptr || is_better(line, *best))) best = &line;
  return best;
}

// Of a sender one: the least that a viewer must be able to do; one that may cut its NAL units into
// packets before one that may not. What browsers cannot decode is not taken.
std::vector<H264Line> h264_to_take(const Media& media) {
  const auto lines = h264_lines(media);
  const auto rank = [](const H264Line& line) {
    return std::tuple(line.profile, !line.may_fragment, !line.is_constrained);
  };
  const H264Line* best = best_of(
      lines, [](const H264Line& line) { return line.profile <= Profile::kHigh; },
      [&](const H264Line& a, const H264Line& b) { return rank(a) < rank(b); });
  return best == nullptr ? std::vector<H264Line>{} : std::vector{*best};
}

// Of a receiver one for each profile: what is sent decides which of them it goes by. One that names
// mode 0 could take nothing of a publisher who fragments. One that names no profile is a player
// that leaves it to the stream, like its mode: it gets what browsers decode.
std::vector<H264Line> h264_to_send(const Media& media) {
  auto lines = h264_lines(media);
  for (H264Line& line : lines)
    if (!line.names_profile) line.profile = Profile::kHigh;
  const auto rank = [](const H264Line& line) {
    return std::tuple(line.names_profile, line.may_fragment, line.is_constrained);
  };
  std::vector<H264Line> chosen;
  for (const Profile profile :
       {Profile::kBaseline, Profile::kMain, Profile::kHigh, Profile::kHigh444}) {
    const H264Line* best = best_of(
        lines,
        [&](const H264Line& line) { return line.takes_fragments() && line.profile == profile; },
        [&](const H264Line& a, const H264Line& b) { return rank(a) > rank(b); });
    if (best != nullptr) chosen.push_back(*best);
  }
  return chosen;
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

std::vector<NegotiatedCodec> match_codecs(const Media& media, Direction direction) {
  std::vector<NegotiatedCodec> matched;
  const auto h264 = direction == Direction::kSendOnly ? h264_to_take(media) : h264_to_send(media);
  for (const CodecLine& codec : media.codecs) {
    const auto name = name_in(media, codec);
    if (!name) continue;
    if (*name == CodecName::kH264) {
      const auto line = std::ranges::find(h264, &codec, &H264Line::codec);
      if (line == h264.end()) continue;
      matched.push_back(facts_of(media, codec, *name));
      matched.back().profile = line->profile;
      continue;
    }
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

std::vector<std::vector<uint8_t>> parameter_sets_of(std::string_view fmtp) {
  std::vector<std::vector<uint8_t>> sets;
  std::string_view list = fmtp_value(fmtp, "sprop-parameter-sets").value_or("");
  while (!list.empty()) {
    // RFC 4648 §4, where §5 (base64url) writes "-" and "_" and leaves "=" out.
    std::string text(take_word(list, ','));
    while (text.ends_with('=')) text.pop_back();
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    if (auto set = from_base64url(text)) sets.push_back(std::move(*set));
  }
  return sets;
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
  // RFC 5956 §4.3: a stream and what protects it, which is not taken here.
  groups_of("FEC-FR", [&](const auto& ssrcs) {
    if (ssrcs.size() > 1) repairs.insert(repairs.end(), ssrcs.begin() + 1, ssrcs.end());
  });
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

// RFC 9429 §5.1.2: all of these mean the same to who encrypts by DTLS-SRTP over ICE.
bool is_live_rtp(const Media& media) {
  static constexpr std::array<std::string_view, 8> kProtocols = {
      "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP",
      "RTP/SAVPF",         "RTP/SAVP",         "RTP/AVPF",           "RTP/AVP"};
  const bool is_off = media.port == 0 && !media.is_bundle_only;
  return !is_off && std::ranges::any_of(kProtocols, [&](std::string_view protocol) {
    return equal_ignoring_case(media.protocol, protocol);
  });
}

}  // namespace lectern::sdp
