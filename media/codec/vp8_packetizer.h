// One VP8 frame as RTP payloads (RFC 7741 §4): fragments of nearly equal size, the larger ones last
// as browsers cut them, each with a descriptor.
#pragma once

#include "base/bytes.h"
#include "media/codec/fragment.h"
#include "media/codec/vp8.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::codec {

class Vp8Packetizer {
 public:
  // `frame`: must outlive the packetizer. `descriptor`: picture id, tl0picidx, temporal id... of
  // the frame; partition fields are filled in. `max_payload`: above 16 bytes.
  Vp8Packetizer(Bytes frame, const vp8::Descriptor& descriptor, size_t max_payload);

  // Writes the next payload; nothing when the frame is done. `out`: at least max_payload bytes.
  std::optional<Fragment> next(MutableBytes out);

 private:
  Bytes rest_;
  vp8::Descriptor descriptor_;
  size_t fragments_left_ = 0;
};

}  // namespace lectern::codec
