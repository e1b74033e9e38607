#include "media/sdp/answer_text.h"

#include "media/sdp/candidate.h"
#include "media/sdp/media_match.h"
#include "media/sdp/simulcast.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace lectern::sdp {
namespace {

class AnswerWriter {
 public:
  AnswerWriter(std::span<const Section> sections, const AnswerParameters& parameters,
               const ViewerStreams* streams, Setup setup)
      : sections_(sections), parameters_(parameters), streams_(streams), setup_(setup) {}

  [[nodiscard]] Description describe(const Description& offer) const;

 private:
  [[nodiscard]] bool is_publisher() const { return streams_ == nullptr; }
  [[nodiscard]] std::vector<std::string> bundled_mids(const Description& offer) const;
  [[nodiscard]] Media write_section(const Section& section, bool carries_candidates) const;
  void write_codecs(const NegotiatedMedia& accepted, Media& out) const;
  void write_extensions(const NegotiatedMedia& accepted, Media& out) const;
  void write_streams(const NegotiatedMedia& accepted, Media& out) const;

  std::span<const Section> sections_;
  const AnswerParameters& parameters_;
  const ViewerStreams* streams_;
  Setup setup_;
};

void AnswerWriter::write_codecs(const NegotiatedMedia& accepted, Media& out) const {
  const bool is_audio = accepted.kind == TrackKind::kAudio;
  for (const NegotiatedCodec& codec : accepted.codecs) {
    CodecLine line{.payload_type = codec.payload_type,
                   .name = std::string(name_of(codec.name)),
                   .clock_rate = is_audio ? 48000U : 90000U,
                   .channels = is_audio ? uint8_t{2} : uint8_t{1},
                   .fmtp = codec.fmtp,
                   .feedbacks = {}};
    if (codec.has_remb) line.feedbacks.emplace_back("goog-remb");
    if (codec.has_transport_cc) line.feedbacks.emplace_back("transport-cc");
    if (codec.has_fir) line.feedbacks.emplace_back("ccm fir");
    if (codec.has_nack) line.feedbacks.emplace_back("nack");
    if (codec.has_pli) line.feedbacks.emplace_back("nack pli");
    out.formats.push_back(std::to_string(codec.payload_type));
    out.codecs.push_back(std::move(line));
    if (!codec.rtx_payload_type) continue;
    out.formats.push_back(std::to_string(*codec.rtx_payload_type));
    out.codecs.push_back({.payload_type = *codec.rtx_payload_type,
                          .name = "rtx",
                          .clock_rate = 90000,
                          .fmtp = "apt=" + std::to_string(codec.payload_type),
                          .feedbacks = {}});
  }
}

void AnswerWriter::write_extensions(const NegotiatedMedia& accepted, Media& out) const {
  const ExtensionIds& ids = accepted.extensions;
  const std::array<std::pair<uint8_t, std::string_view>, 5> known{{
      {ids.mid, kMidUri},
      {ids.rid, kRidUri},
      {ids.repaired_rid, kRepairedRidUri},
      {ids.abs_send_time, kAbsSendTimeUri},
      {ids.transport_wide_cc, kTransportWideCcUri},
  }};
  for (const auto& [id, uri] : known) {
    if (id == 0) continue;
    // RFC 8285 §6: a direction in the offer is answered by its mirror image.
    const auto offered =
        std::ranges::find(sections_[accepted.index].offered->extensions, id, &Extension::id);
    std::optional<Direction> direction = offered->direction;
    if (direction == Direction::kSendOnly)
      direction = Direction::kRecvOnly;
    else if (direction == Direction::kRecvOnly)
      direction = Direction::kSendOnly;
    out.extensions.push_back({id, std::string(uri), direction});
  }
}

void AnswerWriter::write_streams(const NegotiatedMedia& accepted, Media& out) const {
  if (is_publisher()) {
    out.rids = answered_rids(*sections_[accepted.index].offered, accepted);
    out.simulcast_recv = accepted.rids;
    return;
  }
  static constexpr std::array<std::string_view, kTrackKinds> kTrackIds{"audio", "camera", "screen"};
  const StreamSsrc& stream = accepted.streams.front();
  out.msid = streams_->stream_id + ' ' + std::string(kTrackIds[static_cast<size_t>(accepted.kind)]);
  out.ssrcs.push_back({stream.ssrc, streams_->cname, out.msid});
  const bool has_rtx = std::ranges::any_of(accepted.codecs, [](const NegotiatedCodec& codec) {
    return codec.rtx_payload_type.has_value();
  });
  if (!has_rtx || stream.rtx_ssrc == 0) return;
  out.ssrcs.push_back({stream.rtx_ssrc, streams_->cname, out.msid});
  out.ssrc_groups.push_back({"FID", {stream.ssrc, stream.rtx_ssrc}});
}

Media AnswerWriter::write_section(const Section& section, bool carries_candidates) const {
  Media out;
  out.kind = section.offered->kind;
  out.protocol = section.offered->protocol;
  out.mid = section.offered->mid;
  if (!section.accepted) {
    // RFC 3264 §6: rejected; the formats are meaningless but the grammar wants one.
    out.port = 0;
    out.direction = Direction::kInactive;
    out.formats = section.offered->formats;
    if (out.formats.empty()) out.formats.emplace_back("0");
    return out;
  }
  const NegotiatedMedia& accepted = *section.accepted;
  out.direction = is_publisher() ? Direction::kRecvOnly : Direction::kSendOnly;
  out.content = section.offered->content;
  out.transport.ufrag = parameters_.ufrag;
  out.transport.pwd = parameters_.pwd;
  out.transport.fingerprint = Fingerprint{"sha-256", parameters_.fingerprint};
  out.transport.setup = setup_;
  if (carries_candidates) {
    out.transport.candidates = parameters_.candidates;
    for (size_t i = 0; i < out.transport.candidates.size(); ++i) {
      Candidate& candidate = out.transport.candidates[i];
      if (candidate.priority == 0) candidate.priority = host_priority(i);
      candidate.foundation = std::to_string(i + 1);
    }
    out.transport.end_of_candidates = true;
  }
  out.has_rtcp_mux = true;
  out.has_rtcp_rsize = section.offered->has_rtcp_rsize;
  write_codecs(accepted, out);
  write_extensions(accepted, out);
  write_streams(accepted, out);
  return out;
}

Description AnswerWriter::describe(const Description& offer) const {
  Description answer;
  answer.session_id = parameters_.session_id;
  answer.session_version = 1;
  answer.is_ice_lite = true;
  answer.ice_options = {"ice2"};  // RFC 8445 §10
  const std::vector<std::string> bundle = bundled_mids(offer);
  bool has_candidates = false;
  for (const Section& section : sections_) {
    // RFC 9143 §7.3: the first mid of the group names the section whose transport all share.
    const bool is_tagged = section.accepted && !has_candidates &&
                           (bundle.empty() || section.offered->mid == bundle.front());
    answer.media.push_back(write_section(section, is_tagged));
    has_candidates |= is_tagged;
  }
  if (!bundle.empty()) answer.bundles.push_back(bundle);
  return answer;
}

// What is accepted of the group that is, in the offer's order.
std::vector<std::string> AnswerWriter::bundled_mids(const Description& offer) const {
  const auto is_accepted = [this](const std::string& mid) {
    return std::ranges::any_of(sections_, [&mid](const Section& section) {
      return section.accepted && section.offered->mid == mid;
    });
  };
  for (const auto& mids : offer.bundles) {
    std::vector<std::string> bundled;
    std::ranges::copy_if(mids, std::back_inserter(bundled), is_accepted);
    if (!bundled.empty()) return bundled;
  }
  return {};
}

}  // namespace

std::string write_answer(const Description& offer, std::span<const Section> sections,
                         const AnswerParameters& parameters, const ViewerStreams* streams,
                         Setup setup) {
  return write(AnswerWriter(sections, parameters, streams, setup).describe(offer));
}

}  // namespace lectern::sdp
