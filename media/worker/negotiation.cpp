#include "media/worker/negotiation.h"

#include "base/digest.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lectern::worker {
namespace {

// Without a first estimate Chromium needs 20 s to reach 720p (x-google-start-bitrate).
constexpr DataRate kStartBitrate = DataRate::kbps(2000);

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

std::vector<sdp::Candidate> host_candidates(std::span<const Endpoint> endpoints) {
  std::vector<sdp::Candidate> candidates;
  for (const Endpoint& endpoint : endpoints) {
    sdp::Candidate candidate;
    candidate.foundation = std::to_string(candidates.size() + 1);
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
