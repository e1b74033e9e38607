// Answers of an ICE-lite server that takes one bundled, multiplexed transport (RFC 8829, 9725).
//
// What it is: two pure functions from an offer's text to the answer's text and the facts settled.
// An m-line that cannot be served is answered with port 0, outside the BUNDLE group; an offer of
// which nothing can be served is refused. Left out on purpose: renegotiation, data channels, FEC,
// codecs other than Opus, VP8 and H.264.
#pragma once

#include "base/units.h"
#include "media/sdp/negotiated.h"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::sdp {

// What the server says of itself, in both kinds of answer.
struct AnswerParameters {
  uint64_t session_id = 1;  // of the o= line; below 2^63
  std::string ufrag;        // 4..256 ICE characters
  std::string pwd;          // 22..256 ICE characters
  std::string fingerprint;  // sha-256 of the certificate: "AB:CD:..."
  // What to answer to a=setup:actpass; an offer that is active or passive gets its complement.
  Setup preferred_setup = Setup::kActive;
  // Host candidates; priority 0 gets one by its place in the list, the first being the best.
  std::vector<Candidate> candidates;
  // Publishers alone: Chromium's first estimate of the uplink, without which 720p takes 20 s.
  std::optional<DataRate> start_bitrate;
};

// The streams of a viewer's answer, by track: fixed for the life of the session.
struct ViewerStreams {
  std::array<StreamSsrc, kTrackKinds> by_kind;  // indexed by TrackKind; all SSRCs differ
  std::string cname;
  std::string stream_id = "lectern";  // one msid for all: they are played in step
};

struct Answer {
  std::string text;
  NegotiatedSession session;
};

// Answers a publisher: one audio, the first video as the camera (up to 4 encodings), a second
// video (or the one with a=content:slides) as the screen.
// Refusals: 400 unreadable, 406 no codec in common or too many encodings, 422 readable but nothing
// that can be served.
[[nodiscard]] std::expected<Answer, Refusal> answer_publisher(std::string_view offer,
                                                              const AnswerParameters& parameters);

// Answers a viewer that receives audio, camera and screen, in any number of these. All codecs
// that both sides know stay in the answer: the viewer must take whatever the publisher sends.
// Refusals as above.
[[nodiscard]] std::expected<Answer, Refusal> answer_viewer(std::string_view offer,
                                                           const AnswerParameters& parameters,
                                                           const ViewerStreams& streams);

}  // namespace lectern::sdp
