// One H.264 access unit as RTP payloads (RFC 6184 §5.6-5.8, packetization mode 1): NAL units that
// fit go alone, longer ones as FU-A fragments of nearly equal size, the larger
// ones last as browsers cut them.
#pragma once

#include "base/bytes.h"
#include "media/codec/fragment.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::codec {

class H264Packetizer {
 public:
  // `access_unit`: Annex B, with start codes of three or four bytes; must outlive the packetizer.
  // `max_payload`: above 16 bytes.
  H264Packetizer(Bytes access_unit, size_t max_payload);

  // Writes the next payload; nothing when the access unit is done. `out`: at least max_payload
  // bytes.
  std::optional<Fragment> next(MutableBytes out);

 private:
  void take_nal_unit();
  Fragment write_fragment(MutableBytes out);

  Bytes rest_;  // after the start code of what follows `nal_`
  Bytes nal_;   // in hand; while fragmenting: content without the NAL header
  size_t max_payload_;
  size_t fragments_left_ = 0;  // of a fragmented NAL unit
  uint8_t nal_header_ = 0;
  bool is_first_fragment_ = false;
};

}  // namespace lectern::codec
