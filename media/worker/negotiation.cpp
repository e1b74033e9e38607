#include "media/worker/negotiation.h"

#include "base/digest.h"
#include "media/forward/track.h"
#include "media/sdp/candidate.h"
#include "media/sdp/simulcast.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lectern::worker {
namespace {

// Without a first estimate Chromium needs 20 s to reach 720p (x-google-start-bitrate).
constexpr DataRate kStartBitrate = DataRate::kbps(2000);
static_assert(sdp::kMaxEncodings == forward::kMaxEncodings, "what is answered is forwarded");

std::optional<dtls::Fingerprint> read_fingerprint(const sdp::Fingerprint& fingerprint) {
  if (fingerprint.algorithm != "sha-256") return std::nullopt;
  std::string digits = fingerprint.value;
  std::erase(digits, ':');
  const auto bytes = from_hex(digits);
  dtls::Fingerprint result{};
  if (!bytes || bytes->size() != result.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), result.begin());
  return result;
}

sdp::ViewerStreams make_streams(Rng& rng) {
  sdp::ViewerStreams streams;
  streams.cname = rng.hex(8);
  // Distinct by their low bits: random in the rest.
  const uint32_t base = rng.next_u32() & ~uint32_t{0xF};
  for (size_t index = 0; index < sdp::kTrackKinds; ++index) {
    const auto offset = static_cast<uint32_t>(2 * index);
    streams.by_kind[index] = {.ssrc = base + 1 + offset, .rtx_ssrc = base + 2 + offset};
  }
  return streams;
}

}  // namespace

forward::Codec codec_of(const sdp::NegotiatedCodec& codec) {
  switch (codec.name) {
    case sdp::CodecName::kOpus:
      return forward::Codec::kOpus;
    case sdp::CodecName::kVp8:
      return forward::Codec::kVp8;
    case sdp::CodecName::kH264:
      return forward::h264_codec(codec.profile);
  }
  return forward::Codec::kOpus;
}

void take_payload_types(const sdp::NegotiatedMedia& media, forward::StreamIdentity& identity) {
  for (const sdp::NegotiatedCodec& codec : media.codecs) {
    const auto index = static_cast<size_t>(codec_of(codec));
    if (identity.payload_types[index] != forward::kNoPayloadType) continue;
    identity.payload_types[index] = codec.payload_type;
    if (codec.rtx_payload_type) identity.rtx_payload_types[index] = *codec.rtx_payload_type;
  }
  // Who decodes a profile decodes those before it.
  constexpr auto kFirst = static_cast<size_t>(forward::Codec::kH264);
  for (size_t index = forward::kCodecs - 1; index-- > kFirst;) {
    if (identity.payload_types[index] != forward::kNoPayloadType) continue;
    identity.payload_types[index] = identity.payload_types[index + 1];
    identity.rtx_payload_types[index] = identity.rtx_payload_types[index + 1];
  }
}

std::vector<sdp::Candidate> host_candidates(std::span<const Endpoint> endpoints) {
  std::vector<sdp::Candidate> candidates;
  for (const Endpoint& endpoint : endpoints) {
    sdp::Candidate candidate;
    candidate.foundation = std::to_string(candidates.size() + 1);
    candidate.priority = sdp::host_priority(candidates.size());
    candidate.address = endpoint.address_text();
    candidate.port = endpoint.port;
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::expected<Negotiated, sdp::Refusal> negotiate(control::Role role, const std::string& offer,
                                                  const std::string& ufrag,
                                                  const dtls::Fingerprint& fingerprint,
                                                  std::span<const Endpoint> endpoints, Rng& rng) {
  const bool is_publisher = role == control::Role::kPublish;
  const std::string password = rng.ice_chars(kPasswordSize);
  sdp::AnswerParameters parameters;
  parameters.session_id = rng.next_u64() >> 1;
  parameters.ufrag = ufrag;
  parameters.pwd = password;
  parameters.fingerprint = dtls::to_sdp(fingerprint);
  parameters.candidates = host_candidates(endpoints);
  if (is_publisher) parameters.start_bitrate = kStartBitrate;

  Negotiated result;
  result.streams = make_streams(rng);
  auto answer = is_publisher ? sdp::answer_publisher(offer, parameters)
                             : sdp::answer_viewer(offer, parameters, result.streams);
  if (!answer) return std::unexpected(answer.error());
  const auto remote = read_fingerprint(answer->session.remote_fingerprint);
  if (!remote)
    return std::unexpected(
        sdp::Refusal{.status = 422, .sentence = "The offer's fingerprint is not a SHA-256 one."});
  result.transport.local = {.ufrag = ufrag, .password = password};
  result.transport.dtls_role =
      answer->session.is_dtls_client ? dtls::Role::kClient : dtls::Role::kServer;
  if (answer->session.asks_for_gcm) result.transport.profiles = dtls::Profiles::kGcmOnly;
  result.transport.remote_fingerprint = *remote;
  result.transport.inbound = is_publisher ? srtp::Inbound::kLibsrtp : srtp::Inbound::kRtcpOnly;
  result.answer = std::move(*answer);
  return result;
}

}  // namespace lectern::worker
