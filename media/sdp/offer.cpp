#include "media/sdp/offer.h"

#include "media/sdp/media_match.h"

#include <array>
#include <utility>

namespace lectern::sdp {
namespace {

using Refused = std::unexpected<Refusal>;

Refused refuse(std::string sentence) {
  return Refused(Refusal{502, std::move(sentence)});
}

struct CodecOffer {
  CodecName name;
  uint8_t payload_type;
  uint8_t rtx_payload_type;  // 0: none
  std::string_view fmtp;
  bool is_high = false;
};
constexpr std::array<CodecOffer, 4> kCodecOffers{{
    {CodecName::kOpus, 111, 0, "minptime=10;useinbandfec=1"},
    {CodecName::kVp8, 96, 97, ""},
    {CodecName::kH264, 108, 109,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
    {CodecName::kH264, 110, 112,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f", true},
}};

struct ExtensionOffer {
  uint8_t id;
  std::string_view uri;
};
constexpr std::array<ExtensionOffer, 5> kExtensionOffers{{
    {1, kMidUri},
    {2, kAbsSendTimeUri},
    {3, kTransportWideCcUri},
    {4, kRidUri},
    {5, kRepairedRidUri},
}};

void offer_codec(const CodecOffer& codec, const OfferParameters& parameters, Media& media) {
  const bool is_audio = codec.name == CodecName::kOpus;
  CodecLine line{.payload_type = codec.payload_type,
                 .name = std::string(name_of(codec.name)),
                 .clock_rate = is_audio ? 48000U : 90000U,
                 .channels = is_audio ? uint8_t{2} : uint8_t{1},
                 .fmtp = std::string(codec.fmtp),
                 .feedbacks = {}};
  if (parameters.is_publisher || parameters.wants_transport_cc) {
    line.feedbacks.emplace_back("transport-cc");
  }
  line.feedbacks.emplace_back("nack");
  if (!is_audio) {
    line.feedbacks.insert(line.feedbacks.end(), {"goog-remb", "ccm fir", "nack pli"});
  }
  media.formats.push_back(std::to_string(codec.payload_type));
  media.codecs.push_back(std::move(line));
  if (codec.rtx_payload_type == 0) return;
  media.formats.push_back(std::to_string(codec.rtx_payload_type));
  media.codecs.push_back({.payload_type = codec.rtx_payload_type,
                          .name = "rtx",
                          .clock_rate = 90000,
                          .fmtp = "apt=" + std::to_string(codec.payload_type),
                          .feedbacks = {}});
}

void offer_extensions(const OfferParameters& parameters, const OfferMedia& wanted, Media& media) {
  for (const ExtensionOffer& extension : kExtensionOffers) {
    const bool is_rid = extension.uri == kRidUri || extension.uri == kRepairedRidUri;
    const bool is_transport_cc = extension.uri == kTransportWideCcUri;
    if (is_rid && wanted.rids.empty()) continue;
    if (is_transport_cc && !parameters.is_publisher && !parameters.wants_transport_cc) continue;
    media.extensions.push_back({extension.id, std::string(extension.uri), std::nullopt});
  }
}

void offer_streams(const OfferParameters& parameters, const OfferMedia& wanted, Media& media) {
  for (const std::string& rid : wanted.rids) media.rids.push_back({rid, true, {}});
  media.simulcast_send = wanted.rids;
  for (const StreamSsrc& stream : wanted.streams) {
    media.ssrcs.push_back({stream.ssrc, parameters.cname, {}});
    if (stream.rtx_ssrc == 0) continue;
    media.ssrcs.push_back({stream.rtx_ssrc, parameters.cname, {}});
    media.ssrc_groups.push_back({"FID", {stream.ssrc, stream.rtx_ssrc}});
  }
}

Media offer_media(const OfferParameters& parameters, const OfferMedia& wanted, std::string mid) {
  Media media;
  media.kind = wanted.kind == TrackKind::kAudio ? "audio" : "video";
  media.mid = std::move(mid);
  media.direction = parameters.is_publisher ? Direction::kSendOnly : Direction::kRecvOnly;
  media.transport = {.ufrag = parameters.ufrag,
                     .pwd = parameters.pwd,
                     .fingerprint = Fingerprint{"sha-256", parameters.fingerprint},
                     .setup = Setup::kActPass,
                     .candidates = parameters.candidates};
  media.has_rtcp_mux = true;
  media.has_rtcp_rsize = true;
  if (wanted.kind == TrackKind::kScreen) media.content = "slides";
  for (const CodecName name : wanted.codecs) {
    for (const CodecOffer& codec : kCodecOffers) {
      if (codec.name == name && (!codec.is_high || wanted.has_h264_high))
        offer_codec(codec, parameters, media);
    }
  }
  offer_extensions(parameters, wanted, media);
  offer_streams(parameters, wanted, media);
  return media;
}

// The kinds by m-line, as the offer meant them.
TrackKind kind_of(const Description& offer, size_t index) {
  const Media& media = offer.media[index];
  if (media.kind == "audio") return TrackKind::kAudio;
  return media.content == "slides" ? TrackKind::kScreen : TrackKind::kCamera;
}

NegotiatedMedia read_media(const Description& offer, const Media& answered, size_t index) {
  NegotiatedMedia media{.index = index,
                        .mid = offer.media[index].mid,
                        .kind = kind_of(offer, index),
                        .codecs = match_codecs(answered, offer.media[index].direction),
                        .extensions = match_extensions(answered, Direction::kSendRecv),
                        .rids = answered.simulcast_recv,
                        .streams = announced_streams(answered),
                        .cname = {}};
  if (offer.media[index].direction == Direction::kSendOnly) {
    media.streams = announced_streams(offer.media[index]);
  }
  if (!answered.ssrcs.empty()) media.cname = answered.ssrcs.front().cname;
  return media;
}

}  // namespace

std::string write_offer(const OfferParameters& parameters) {
  Description offer;
  offer.session_id = parameters.session_id;
  offer.session_version = 1;
  offer.ice_options = {"trickle"};
  std::vector<std::string>& mids = offer.bundles.emplace_back();
  for (const OfferMedia& wanted : parameters.media) {
    mids.push_back(std::to_string(mids.size()));
    offer.media.push_back(offer_media(parameters, wanted, mids.back()));
  }
  return write(offer);
}

std::expected<NegotiatedSession, Refusal> read_answer(std::string_view offer_text,
                                                      std::string_view answer_text) {
  const auto offer = parse(offer_text);
  const auto answer = parse(answer_text);
  if (!offer || !answer) return refuse("The answer is no readable session description.");
  if (offer->media.size() != answer->media.size()) {
    return refuse("The answer has another number of media sections than the offer.");
  }
  NegotiatedSession session;
  session.is_remote_lite = answer->is_ice_lite;
  for (size_t i = 0; i < answer->media.size(); ++i) {
    const Media& answered = answer->media[i];
    if (answered.port == 0 || answered.direction == Direction::kInactive) continue;
    const Transport& transport = answered.transport;
    if (session.remote_ufrag.empty() && !transport.ufrag.empty()) {
      session.remote_ufrag = transport.ufrag;
      session.remote_pwd = transport.pwd;
      session.remote_fingerprint = transport.fingerprint.value_or(Fingerprint{});
      // RFC 8842 §5.3: the answerer chose; who is passive waits for our ClientHello.
      session.is_dtls_client = transport.setup == Setup::kPassive;
    }
    auto& candidates = session.remote_candidates;
    candidates.insert(candidates.end(), transport.candidates.begin(), transport.candidates.end());
    session.media.push_back(read_media(*offer, answered, i));
  }
  auto& candidates = session.remote_candidates;
  candidates.insert(candidates.end(), answer->transport.candidates.begin(),
                    answer->transport.candidates.end());
  if (session.media.empty()) return refuse("The answer rejects all media sections.");
  if (session.remote_ufrag.empty() || session.remote_pwd.empty() ||
      session.remote_fingerprint.algorithm != "sha-256") {
    return refuse("The answer lacks ICE credentials or a sha-256 fingerprint.");
  }
  return session;
}

}  // namespace lectern::sdp
