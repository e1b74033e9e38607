// The VP8 payload descriptor, its patches, and the keyframe header behind it.

#include "base/check.h"
#include "media/codec/vp8.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace vp8 = lectern::codec::vp8;
  std::vector<uint8_t> payload(data, data + size);
  const auto descriptor = vp8::parse_descriptor(payload);
  if (!descriptor) return 0;
  LECTERN_CHECK(descriptor->size < payload.size());
  static_cast<void>(vp8::starts_keyframe(*descriptor, payload));
  static_cast<void>(vp8::keyframe_size(*descriptor, payload));
  std::array<uint8_t, 8> written{};
  LECTERN_CHECK(vp8::write_descriptor(*descriptor, written) <= descriptor->size);

  // A patch changes its field and nothing else.
  vp8::Descriptor expected = *descriptor;
  vp8::set_picture_id(payload, *descriptor, 0x55);
  vp8::set_tl0picidx(payload, *descriptor, 0xAA);
  if (expected.has_picture_id()) expected.picture_id = 0x55;
  if (expected.has_tl0picidx()) expected.tl0picidx = 0xAA;
  LECTERN_CHECK(vp8::parse_descriptor(payload) == expected);
  return 0;
}
