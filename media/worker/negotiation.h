// From an offer to an answer: what a session of this worker is made of.
#pragma once

#include "base/rng.h"
#include "media/control/messages.h"
#include "media/dtls/certificate.h"
#include "media/forward/subscription.h"
#include "media/sdp/answer.h"
#include "media/transport/transport.h"

#include <expected>
#include <span>
#include <string>

namespace lectern::worker {

struct Negotiated {
  sdp::Answer answer;
  sdp::ViewerStreams streams;  // of a viewer
  transport::Config transport;
};

// Answers `offer` for a session that is called `ufrag`. Refusals are sdp's, and 422 for a
// fingerprint that cannot be checked.
[[nodiscard]] std::expected<Negotiated, sdp::Refusal> negotiate(
    control::Role role, const std::string& offer, const std::string& ufrag,
    const dtls::Fingerprint& fingerprint, std::span<const Endpoint> endpoints, Rng& rng);

// What the forwarder calls the streams of a negotiated payload type; of H.264 it is what the
// payload type promises, until an SPS says what is true.
[[nodiscard]] forward::Codec codec_of(const sdp::NegotiatedCodec& codec);

// Fills `identity` with the payload types that the viewer takes of `media`. A stream of H.264 goes
// by the least demanding of those that cover its profile.
void take_payload_types(const sdp::NegotiatedMedia& media, forward::StreamIdentity& identity);

// Host candidates for the media socket's addresses, the first the best: the same at each call.
[[nodiscard]] std::vector<sdp::Candidate> host_candidates(std::span<const Endpoint> endpoints);

// Characters of a password (RFC 8445 §5.3 asks for 128 bits).
inline constexpr size_t kPasswordSize = 24;

}  // namespace lectern::worker
