// H.264 payloads, parameter sets, and the packetizer on any access unit.

#include "base/check.h"
#include "media/codec/h264.h"
#include "media/codec/h264_packetizer.h"

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace h264 = lectern::codec::h264;
  const lectern::Bytes bytes(data, size);
  const auto info = h264::inspect(bytes);
  LECTERN_CHECK(info.starts_frame || !info.size);
  LECTERN_CHECK(info.is_understood || !info.starts_frame);
  LECTERN_CHECK(!info.is_prelude || !info.has_idr);
  if (const auto picture = h264::parse_sps(bytes))
    LECTERN_CHECK(picture->width > 0 && picture->height > 0);

  lectern::codec::H264Packetizer packetizer(bytes, 40);
  std::array<uint8_t, 40> payload{};
  size_t total = 0;
  bool is_last = true;
  while (const auto fragment = packetizer.next(payload)) {
    LECTERN_CHECK(fragment->size > 0 && fragment->size <= payload.size());
    total += fragment->size;
    is_last = fragment->is_last;
  }
  // Two bytes of headers for each 38 of a fragmented NAL unit, and nothing twice.
  LECTERN_CHECK(is_last && total <= size + size / 8 + 4);
  return 0;
}
