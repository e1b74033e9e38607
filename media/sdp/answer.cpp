#include "media/sdp/answer.h"

#include "media/sdp/answer_text.h"
#include "media/sdp/media_match.h"

#include <algorithm>
#include <utility>

namespace lectern::sdp {
namespace {

constexpr size_t kMaxEncodings = 3;

using Refused = std::unexpected<Refusal>;

Refused refuse(int status, std::string sentence) {
  return Refused(Refusal{status, std::move(sentence)});
}

// The simulcast encodings that are also described by an a=rid line (RFC 8853 §5.2).
std::vector<std::string> encodings_of(const Media& media) {
  std::vector<std::string> encodings;
  for (const std::string& id : media.simulcast_send) {
    const bool is_described = std::ranges::find(media.rids, Rid{id, true}) != media.rids.end();
    if (is_described && encodings.size() < kMaxEncodings) encodings.push_back(id);
  }
  return encodings;
}

// The answerer's side of one exchange; `streams` is null when the offerer publishes.
class Answerer {
 public:
  Answerer(const AnswerParameters& parameters, const ViewerStreams* streams)
      : parameters_(parameters), streams_(streams) {}

  std::expected<Answer, Refusal> run(std::string_view text);

 private:
  [[nodiscard]] bool is_publisher() const { return streams_ == nullptr; }
  [[nodiscard]] bool is_wanted(const Media& media) const;
  [[nodiscard]] const Media* screen_of(const Description& offer) const;
  std::optional<TrackKind> take_kind(const Media& media, const Media* screen);
  [[nodiscard]] std::string start_bitrate(const NegotiatedCodec& codec) const;
  [[nodiscard]] NegotiatedMedia accept(const Media& media, size_t index, TrackKind kind) const;
  std::expected<void, Refusal> choose(const Description& offer);
  std::expected<void, Refusal> check_bundle(const Description& offer) const;
  std::expected<void, Refusal> settle_transport();

  const AnswerParameters& parameters_;
  const ViewerStreams* streams_;
  std::vector<Section> sections_;
  std::array<bool, kTrackKinds> taken_{};
  NegotiatedSession session_;
  Setup setup_ = Setup::kActive;
};

bool Answerer::is_wanted(const Media& media) const {
  if (!is_live_rtp(media) || (media.kind != "audio" && media.kind != "video")) return false;
  const Direction useful = is_publisher() ? Direction::kSendOnly : Direction::kRecvOnly;
  return media.direction == useful || media.direction == Direction::kSendRecv;
}

// RFC 4796 names a shared screen; without it the second video is the screen.
const Media* Answerer::screen_of(const Description& offer) const {
  std::vector<const Media*> videos;
  for (const Media& media : offer.media) {
    if (is_wanted(media) && media.kind == "video") videos.push_back(&media);
  }
  const auto named = std::ranges::find_if(videos, [](const Media* media) {
    return media->content.find("slides") != std::string::npos;
  });
  if (named != videos.end()) return *named;
  return videos.size() > 1 ? videos[1] : nullptr;
}

std::optional<TrackKind> Answerer::take_kind(const Media& media, const Media* screen) {
  TrackKind kind = TrackKind::kAudio;
  if (media.kind == "video") kind = &media == screen ? TrackKind::kScreen : TrackKind::kCamera;
  bool& taken = taken_[static_cast<size_t>(kind)];
  if (std::exchange(taken, true)) return std::nullopt;
  return kind;
}

std::string Answerer::start_bitrate(const NegotiatedCodec& codec) const {
  if (!parameters_.start_bitrate) return {};
  return (codec.fmtp.empty() ? "" : ";") +
         ("x-google-start-bitrate=" + std::to_string(parameters_.start_bitrate->kbps()));
}

NegotiatedMedia Answerer::accept(const Media& media, size_t index, TrackKind kind) const {
  NegotiatedMedia accepted;
  accepted.index = index;
  accepted.mid = media.mid;
  accepted.kind = kind;
  accepted.codecs = match_codecs(media);
  if (is_publisher()) {
    accepted.extensions = match_extensions(media, Direction::kSendOnly);
    if (kind != TrackKind::kAudio) accepted.rids = encodings_of(media);
    accepted.streams = announced_streams(media);
    if (!media.ssrcs.empty()) accepted.cname = media.ssrcs.front().cname;
    for (NegotiatedCodec& codec : accepted.codecs) {
      // Only libwebrtc's peers, which offer goog-remb, know x-google-start-bitrate.
      if (codec.has_remb && kind != TrackKind::kAudio) codec.fmtp += start_bitrate(codec);
      codec.has_remb = false;
    }
    return accepted;
  }
  // Without transport-cc Chromium estimates at the receiver and reports by REMB.
  if (kind != TrackKind::kAudio) {
    accepted.extensions.abs_send_time = match_extensions(media, Direction::kRecvOnly).abs_send_time;
  }
  for (NegotiatedCodec& codec : accepted.codecs) codec.has_transport_cc = false;
  accepted.streams = {streams_->by_kind[static_cast<size_t>(kind)]};
  accepted.cname = streams_->cname;
  return accepted;
}

std::expected<void, Refusal> Answerer::choose(const Description& offer) {
  const Media* screen = screen_of(offer);
  bool misses_codec = false;
  bool is_any = false;
  for (size_t i = 0; i < offer.media.size(); ++i) {
    const Media& media = offer.media[i];
    Section& section = sections_.emplace_back(Section{&media, std::nullopt});
    if (!is_wanted(media)) continue;
    const auto kind = take_kind(media, screen);
    if (!kind) continue;
    NegotiatedMedia accepted = accept(media, i, *kind);
    if (accepted.codecs.empty()) {
      misses_codec = true;
      continue;
    }
    is_any = true;
    section.accepted = std::move(accepted);
  }
  // A publisher whose picture would silently be missing is told; a viewer takes what there is.
  if (misses_codec && (is_publisher() || !is_any)) {
    return refuse(406,
                  "The offer has no codec in common with this server, which takes Opus for sound "
                  "and VP8 or H.264 (constrained baseline, packetization-mode=1) for picture.");
  }
  if (!is_any) {
    return refuse(422, is_publisher() ? "The offer sends neither sound nor picture."
                                      : "The offer receives neither sound nor picture.");
  }
  return {};
}

// RFC 9725 §4.4 and RFC 8843: one transport for all that is accepted.
std::expected<void, Refusal> Answerer::check_bundle(const Description& offer) const {
  size_t accepted = 0;
  size_t bundled = 0;
  for (const Section& section : sections_) {
    if (!section.accepted) continue;
    ++accepted;
    if (!section.offered->has_rtcp_mux) {
      return refuse(422, "The offer does not multiplex RTCP with RTP (a=rtcp-mux).");
    }
    if (!offer.bundles.empty()) {
      const auto& mids = offer.bundles.front();
      bundled += std::ranges::find(mids, section.accepted->mid) != mids.end() ? 1U : 0U;
    }
  }
  if (accepted > 1 && bundled != accepted) {
    return refuse(422, "The offer does not put its media in one transport (a=group:BUNDLE).");
  }
  return {};
}

std::expected<void, Refusal> Answerer::settle_transport() {
  const auto first = std::ranges::find_if(
      sections_, [](const Section& section) { return section.accepted.has_value(); });
  const Transport& remote = first->offered->transport;
  if (remote.ufrag.empty() || remote.pwd.empty()) {
    return refuse(422, "The offer has no ICE credentials (a=ice-ufrag, a=ice-pwd).");
  }
  if (!remote.fingerprint || remote.fingerprint->algorithm != "sha-256") {
    return refuse(422, "The offer has no sha-256 fingerprint of its DTLS certificate.");
  }
  // RFC 8842 §5.2: an offer is actpass, but an old one may already have chosen.
  setup_ = parameters_.preferred_setup;
  if (remote.setup == Setup::kActive) setup_ = Setup::kPassive;
  if (remote.setup == Setup::kPassive) setup_ = Setup::kActive;
  session_.is_dtls_client = setup_ == Setup::kActive;
  session_.asks_for_gcm = remote.asks_for_gcm;
  session_.remote_ufrag = remote.ufrag;
  session_.remote_pwd = remote.pwd;
  session_.remote_fingerprint = *remote.fingerprint;
  session_.remote_candidates = remote.candidates;
  return {};
}

std::expected<Answer, Refusal> Answerer::run(std::string_view text) {
  const auto offer = parse(text);
  if (!offer) {
    return offer.error() == ParseError::kTooLong
               ? refuse(400, "The offer is longer than 16 KB, or one of its lines than 2 KB.")
               : refuse(400, "The offer is no readable session description.");
  }
  if (auto chosen = choose(*offer); !chosen) return Refused(chosen.error());
  if (auto bundled = check_bundle(*offer); !bundled) return Refused(bundled.error());
  if (auto settled = settle_transport(); !settled) return Refused(settled.error());
  Answer answer{write_answer(*offer, sections_, parameters_, streams_, setup_),
                std::move(session_)};
  for (Section& section : sections_) {
    if (section.accepted) answer.session.media.push_back(std::move(*section.accepted));
  }
  return answer;
}

}  // namespace

std::expected<Answer, Refusal> answer_publisher(std::string_view offer,
                                                const AnswerParameters& parameters) {
  return Answerer(parameters, nullptr).run(offer);
}

std::expected<Answer, Refusal> answer_viewer(std::string_view offer,
                                             const AnswerParameters& parameters,
                                             const ViewerStreams& streams) {
  return Answerer(parameters, &streams).run(offer);
}

}  // namespace lectern::sdp
