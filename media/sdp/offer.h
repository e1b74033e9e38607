// The offers of this project's own clients, and the reading of the answers they get.
#pragma once

#include "media/sdp/negotiated.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::sdp {

// One m-line. Payload types, extension ids and feedbacks are fixed: Opus 111, VP8 96 with
// rtx 97, H.264 108 with rtx 109 for constrained baseline, 110 with rtx 112 for high.
struct OfferMedia {
  TrackKind kind = TrackKind::kAudio;
  std::vector<CodecName> codecs;
  std::vector<std::string> rids;    // publisher's simulcast; empty: a single stream
  std::vector<StreamSsrc> streams;  // publisher without rids
  bool has_h264_high = false;       // with H.264 in `codecs`: high profile, too
};

struct OfferParameters {
  uint64_t session_id = 1;
  std::string ufrag;
  std::string pwd;
  std::string fingerprint;  // sha-256
  std::string cname;
  bool is_publisher = false;          // sendonly, else recvonly
  bool wants_transport_cc = false;    // viewers: also take transport-wide feedback
  std::vector<Candidate> candidates;  // empty: the server learns the address from the checks
  std::vector<OfferMedia> media;
};

[[nodiscard]] std::string write_offer(const OfferParameters& parameters);

// Reads the answer to `offer`: only what it accepted is in the session. Works for the answer of
// any server that bundles. Refusals: 502 with a sentence.
[[nodiscard]] std::expected<NegotiatedSession, Refusal> read_answer(std::string_view offer,
                                                                    std::string_view answer);

}  // namespace lectern::sdp
