// One RTCP packet being appended: the header comes first, its length is filled in at the end.
#pragma once

#include "base/bytes.h"
#include "media/rtcp/compound.h"

#include <cstddef>
#include <cstdint>

namespace lectern::rtcp {

class PacketWriter {
 public:
  // `count`: report count, source count or feedback format. `size`: of the whole packet, a multiple
  // of four; the writers below may write no more than that.
  PacketWriter(PacketType type, uint8_t count, size_t size, ByteWriter& out) : out_(out) {
    // RFC 3550 §6.4.1: length in words, less one.
    fits_ = out.ok() && out.remaining() >= size && size % 4 == 0 && size / 4 - 1 <= 0xFFFF;
    if (!fits_) return;
    out.u8(static_cast<uint8_t>(2U << 6 | count));
    out.u8(static_cast<uint8_t>(type));
    out.u16(static_cast<uint16_t>(size / 4 - 1));
  }

  // False: nothing was written and nothing may be.
  [[nodiscard]] bool fits() const { return fits_; }
  ByteWriter& body() { return out_; }

 private:
  ByteWriter& out_;
  bool fits_;
};

}  // namespace lectern::rtcp
