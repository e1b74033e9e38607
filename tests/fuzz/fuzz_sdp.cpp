// Session descriptions, answers and trickle fragments from anybody: whatever the text, no crash,
// and what was read is written back the same.
#include "base/bytes.h"
#include "base/check.h"
#include "media/sdp/answer.h"
#include "media/sdp/fragment.h"
#include "media/sdp/offer.h"

#include <cstdlib>
#include <string_view>

using namespace lectern;

namespace {

const sdp::AnswerParameters kServer{.ufrag = "SRV1",
                                    .pwd = "0123456789abcdefghijkl",
                                    .fingerprint = "AA:BB",
                                    .candidates = {{.address = "192.0.2.2", .port = 9000}},
                                    .start_bitrate = DataRate::kbps(2000)};
const sdp::ViewerStreams kStreams{
    .by_kind = {sdp::StreamSsrc{10, 0}, sdp::StreamSsrc{20, 21}, sdp::StreamSsrc{30, 31}},
    .cname = "c"};

// An answer we gave must be one that our own clients could read.
void check_answer(std::string_view offer, const std::expected<sdp::Answer, sdp::Refusal>& answer) {
  if (!answer) {
    LECTERN_CHECK(answer.error().status >= 400 && !answer.error().sentence.empty());
    return;
  }
  LECTERN_CHECK(!answer->session.media.empty());
  if (answer->text.size() > sdp::kMaxText) return;
  const auto read = sdp::read_answer(offer, answer->text);
  LECTERN_CHECK(read.has_value() && read->media.size() == answer->session.media.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = as_text(Bytes(data, size));
  if (const auto description = sdp::parse(text)) {
    const std::string written = sdp::write(*description);
    if (written.size() <= sdp::kMaxText) {
      const auto again = sdp::parse(written);
      LECTERN_CHECK(again && *again == *description);
    }
  }
  check_answer(text, sdp::answer_publisher(text, kServer));
  check_answer(text, sdp::answer_viewer(text, kServer, kStreams));
  if (const auto fragment = sdp::parse_fragment(text)) {
    const auto again = sdp::parse_fragment(sdp::write_fragment(*fragment));
    LECTERN_CHECK(again && *again == *fragment);
  }
  return 0;
}
