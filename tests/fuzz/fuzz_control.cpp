// Records on the control channel: whatever the bytes, no crash, and what was read is written back
// the same.
#include "base/bytes.h"
#include "base/check.h"
#include "media/control/codec.h"

using namespace lectern;

namespace {

// Defaults that a short record leaves out make the written one longer, at most twentyfold.
constexpr size_t kMaxRewritten = 2048;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view record = as_text(Bytes(data, size));
  const auto order = control::decode_to_worker(record);
  if (order && size <= kMaxRewritten)
    LECTERN_CHECK(control::decode_to_worker(control::encode(*order)) == *order);
  const auto report = control::decode_from_worker(record);
  if (report && size <= kMaxRewritten)
    LECTERN_CHECK(control::decode_from_worker(control::encode(*report)) == *report);
  return 0;
}
