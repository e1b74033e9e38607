#include "media/sdp/answer.h"

#include "media/sdp/answer_text.h"
#include "media/sdp/media_match.h"
#include "media/sdp/simulcast.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace lectern::sdp {
namespace {

using Refused = std::unexpected<Refusal>;

Refused refuse(int status, std::string sentence) {
  return Refused(Refusal{status, std::move(sentence)});
}

// RFC 8285 §4.2: ids that fit a header of one-byte elements, the only form that is written here.
constexpr uint8_t kMostWrittenId = 14;

// "The video section with mid 1", or what else a person knows it by.
std::string called(const NegotiatedMedia& media) {
  const std::string kind = media.kind == TrackKind::kAudio ? "audio" : "video";
  if (media.mid.empty())
    return "The " + kind + " section (m-line " + std::to_string(media.index + 1) + ")";
  return "The " + kind + " section with mid " + media.mid;
}

// `fmtp` without what only a sender says of its own stream (RFC 6184 §8.1, 7587 §6.1: sprop-).
std::string without_sender_properties(std::string_view fmtp) {
  std::string kept;
  while (!fmtp.empty()) {
    const std::string_view entry = take_word(fmtp, ';');
    if (trimmed(entry).starts_with("sprop-")) continue;
    if (!kept.empty()) kept += ';';
    kept += entry;
  }
  return kept;
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
  void accept_sender(const Media& media, NegotiatedMedia& accepted) const;
  void accept_receiver(const Media& media, NegotiatedMedia& accepted) const;
  std::expected<void, Refusal> choose(const Description& offer);
  std::expected<void, Refusal> check_encodings() const;
  std::expected<void, Refusal> check_groups(const Description& offer) const;
  [[nodiscard]] std::expected<void, Refusal> check_payload_types() const;
  std::expected<void, Refusal> check_bundle(const Description& offer) const;
  [[nodiscard]] const Transport& remote_transport(const Description& offer) const;
  std::expected<void, Refusal> agree_on_transport(const Description& offer);
  std::expected<void, Refusal> agree(const Description& offer);

  const AnswerParameters& parameters_;
  const ViewerStreams* streams_;
  std::vector<Section> sections_;
  std::array<bool, kTrackKinds> taken_{};
  size_t pictures_ = 0;  // wanted sections of video
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
  if (is_publisher())
    accept_sender(media, accepted);
  else
    accept_receiver(media, accepted);
  return accepted;
}

void Answerer::accept_sender(const Media& media, NegotiatedMedia& accepted) const {
  const bool is_picture = accepted.kind != TrackKind::kAudio;
  accepted.codecs = match_codecs(media, Direction::kSendOnly);
  accepted.extensions = match_extensions(media, Direction::kSendOnly);
  if (is_picture) accepted.rids = usable_rids(media, accepted, pictures_ == 1);
  accepted.streams = announced_streams(media);
  if (!media.ssrcs.empty()) accepted.cname = media.ssrcs.front().cname;
  for (NegotiatedCodec& codec : accepted.codecs) {
    codec.fmtp = without_sender_properties(codec.fmtp);
    // Only libwebrtc's peers, which offer goog-remb, know x-google-start-bitrate.
    if (codec.has_remb && is_picture) codec.fmtp += start_bitrate(codec);
    codec.has_remb = false;
    // RFC 8852 §3.2: which stream a repair belongs to, it can then not say.
    if (!accepted.rids.empty() && accepted.extensions.repaired_rid == 0)
      codec.rtx_payload_type.reset();
  }
}

void Answerer::accept_receiver(const Media& media, NegotiatedMedia& accepted) const {
  accepted.codecs = match_codecs(media, Direction::kRecvOnly);
  // Without transport-cc Chromium estimates at the receiver and reports by REMB.
  const uint8_t send_time = match_extensions(media, Direction::kRecvOnly).abs_send_time;
  if (accepted.kind != TrackKind::kAudio && send_time <= kMostWrittenId)
    accepted.extensions.abs_send_time = send_time;
  for (NegotiatedCodec& codec : accepted.codecs) {
    codec.fmtp = without_sender_properties(codec.fmtp);
    codec.has_transport_cc = false;
  }
  accepted.streams = {streams_->by_kind[static_cast<size_t>(accepted.kind)]};
  accepted.cname = streams_->cname;
}

std::expected<void, Refusal> Answerer::choose(const Description& offer) {
  const Media* screen = screen_of(offer);
  pictures_ = static_cast<size_t>(std::ranges::count_if(offer.media, [this](const Media& media) {
    return is_wanted(media) && media.kind == "video";
  }));
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
                  is_publisher()
                      ? "A section has no codec in common with this server, which takes Opus for "
                        "sound and VP8 or H.264 (baseline, main or high profile) for picture."
                      : "The offer has no codec in common with this server, which sends Opus for "
                        "sound and VP8 or H.264 (packetization-mode=1) for picture.");
  }
  if (!is_any) {
    return refuse(422, is_publisher() ? "The offer sends neither sound nor picture: a publisher's "
                                        "sections are sendonly or sendrecv."
                                      : "The offer receives neither sound nor picture: a viewer's "
                                        "sections are recvonly or sendrecv.");
  }
  return {};
}

// Some of what is offered would be cut off without a word.
std::expected<void, Refusal> Answerer::check_encodings() const {
  for (const Section& section : sections_) {
    if (!section.accepted || section.accepted->kind == TrackKind::kAudio) continue;
    size_t count = section.accepted->rids.size();
    if (count == 0) {
      for (const SsrcGroup& group : section.offered->ssrc_groups)
        if (group.semantics == "SIM") count = std::max(count, group.ssrcs.size());
    }
    if (count > kMaxEncodings) {
      return refuse(406, called(*section.accepted) + " has " + std::to_string(count) +
                             " simulcast layers, and this server takes " +
                             std::to_string(kMaxEncodings) + " at most: send fewer.");
    }
  }
  return {};
}

// RFC 5888 §9.2 and RFC 9143 §7.1: a mid is one section's, and a section is in one group.
std::expected<void, Refusal> Answerer::check_groups(const Description& offer) const {
  const auto sections_of = [&offer](const std::string& mid) {
    return std::ranges::count(offer.media, mid, &Media::mid);
  };
  for (const Media& media : offer.media) {
    if (!media.mid.empty() && sections_of(media.mid) > 1)
      return refuse(400, "The offer has two sections with the mid " + media.mid + ".");
  }
  std::set<std::string_view> grouped;
  for (const auto& mids : offer.bundles) {
    for (const std::string& mid : mids) {
      if (sections_of(mid) == 0) {
        return refuse(400, "The offer's a=group:BUNDLE names the mid " + mid +
                               ", which no section of it has.");
      }
      if (!grouped.insert(mid).second)
        return refuse(400, "The offer's a=group:BUNDLE names the mid " + mid + " twice.");
    }
  }
  return {};
}

// RFC 9143 §9.1.1: in one transport a payload type is one codec.
std::expected<void, Refusal> Answerer::check_payload_types() const {
  std::map<uint8_t, std::string_view> meanings;
  const auto is_taken = [&meanings](uint8_t type, std::string_view name) {
    return meanings.try_emplace(type, name).first->second != name;
  };
  for (const Section& section : sections_) {
    if (!section.accepted) continue;
    for (const NegotiatedCodec& codec : section.accepted->codecs) {
      if (is_taken(codec.payload_type, name_of(codec.name)) ||
          (codec.rtx_payload_type && is_taken(*codec.rtx_payload_type, "rtx"))) {
        return refuse(422, called(*section.accepted) +
                               " uses a payload type that is another codec elsewhere in the same "
                               "transport: give each its own.");
      }
    }
  }
  return {};
}

// RFC 9725 §4.4 and RFC 9143: one transport for all that is accepted.
std::expected<void, Refusal> Answerer::check_bundle(const Description& offer) const {
  std::vector<std::string_view> accepted;
  for (const Section& section : sections_) {
    if (!section.accepted) continue;
    accepted.push_back(section.accepted->mid);
    if (!section.offered->has_rtcp_mux) {
      return refuse(422, called(*section.accepted) +
                             " does not multiplex RTCP with RTP: add a=rtcp-mux to it.");
    }
  }
  const auto holds_all = [&accepted](const std::vector<std::string>& mids) {
    return std::ranges::all_of(accepted, [&mids](std::string_view mid) {
      return std::ranges::find(mids, mid) != mids.end();
    });
  };
  if (accepted.size() > 1 && std::ranges::none_of(offer.bundles, holds_all)) {
    return refuse(422,
                  "The offer does not put its media in one transport: name all of its sections in "
                  "one a=group:BUNDLE.");
  }
  return {};
}

// RFC 9143 §7.2: that of the section which the group names first, whatever it is for. An offer that
// has it elsewhere is understood all the same.
const Transport& Answerer::remote_transport(const Description& offer) const {
  const auto first = std::ranges::find_if(
      sections_, [](const Section& section) { return section.accepted.has_value(); });
  const Transport& own = first->offered->transport;
  for (const auto& mids : offer.bundles) {
    if (std::ranges::find(mids, first->offered->mid) == mids.end()) continue;
    const auto tagged = std::ranges::find(offer.media, mids.front(), &Media::mid);
    const bool is_whole = !tagged->transport.ufrag.empty() && tagged->transport.fingerprint;
    return is_whole ? tagged->transport : own;
  }
  return own;
}

std::expected<void, Refusal> Answerer::agree_on_transport(const Description& offer) {
  const Transport& remote = remote_transport(offer);
  if (remote.ufrag.empty() || remote.pwd.empty()) {
    return refuse(422, "The offer has no ICE credentials: add a=ice-ufrag and a=ice-pwd.");
  }
  if (!remote.fingerprint || remote.fingerprint->algorithm != "sha-256") {
    return refuse(422,
                  "The offer has no sha-256 fingerprint of its DTLS certificate: add "
                  "a=fingerprint:sha-256.");
  }
  if (remote.setup == Setup::kHoldConn) {
    return refuse(422,
                  "The offer holds its connection back (a=setup:holdconn): offer a=setup:actpass.");
  }
  // RFC 8842 §5.2: an offer is actpass, but an old one may already have chosen. RFC 4145 §4.1: one
  // that does not say is active.
  setup_ = parameters_.preferred_setup;
  if (remote.setup.value_or(Setup::kActive) == Setup::kActive) setup_ = Setup::kPassive;
  if (remote.setup == Setup::kPassive) setup_ = Setup::kActive;
  session_.is_dtls_client = setup_ == Setup::kActive;
  session_.is_reduced_size = std::ranges::all_of(sections_, [](const Section& section) {
    return !section.accepted || section.offered->has_rtcp_rsize;
  });
  session_.asks_for_gcm = remote.asks_for_gcm;
  session_.remote_ufrag = remote.ufrag;
  session_.remote_pwd = remote.pwd;
  session_.remote_fingerprint = *remote.fingerprint;
  session_.remote_candidates = remote.candidates;
  return {};
}

std::expected<void, Refusal> Answerer::agree(const Description& offer) {
  // RFC 8445 §6.1.1: a lite agent sends no checks, and the server learns its peer's address by
  // them.
  if (offer.is_ice_lite) {
    return refuse(422,
                  "The offer is ICE-lite (a=ice-lite), and so is this server: neither would send a "
                  "connectivity check, so use a full ICE agent.");
  }
  if (auto grouped = check_groups(offer); !grouped) return grouped;
  if (auto chosen = choose(offer); !chosen) return chosen;
  if (auto encodings = check_encodings(); !encodings) return encodings;
  if (auto numbered = check_payload_types(); !numbered) return numbered;
  if (auto bundled = check_bundle(offer); !bundled) return bundled;
  return agree_on_transport(offer);
}

std::expected<Answer, Refusal> Answerer::run(std::string_view text) {
  const auto offer = parse(text);
  if (!offer) {
    return refuse(400, "The offer is no readable session description: " + offer.error().sentence);
  }
  if (auto agreed = agree(*offer); !agreed) return Refused(agreed.error());
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
