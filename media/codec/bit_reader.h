// Reads the bit fields of ITU-T H.264: parameter sets and the beginnings of slices.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>

namespace lectern::codec::h264 {

// Bits of an RBSP: emulation prevention bytes (H.264 §7.3.1: 00 00 03) are stepped over. Past the
// end it reads zeros and is not ok() any more.
class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}

  uint32_t bit() {
    if (bits_left_ == 0 && !load()) return 0;
    --bits_left_;
    return uint32_t{byte_} >> bits_left_ & 1U;
  }

  uint32_t bits(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }

  // H.264 §9.1: Exp-Golomb, ue(v).
  uint32_t ue() {
    int zeros = 0;
    while (ok_ && bit() == 0) ++zeros;
    if (!ok_ || zeros > 31) {
      ok_ = false;
      return 0;
    }
    return (uint32_t{1} << zeros) - 1 + bits(zeros);
  }

  // H.264 §9.1.1: se(v).
  int32_t se() {
    const uint32_t code = ue();
    const auto magnitude = static_cast<int32_t>(code / 2 + code % 2);
    return code % 2 == 1 ? magnitude : -magnitude;
  }

  [[nodiscard]] bool ok() const { return ok_; }

 private:
  bool load() {
    if (zeros_ >= 2 && offset_ < bytes_.size() && bytes_[offset_] == 3) {
      ++offset_;
      zeros_ = 0;
    }
    if (offset_ >= bytes_.size()) {
      ok_ = false;
      return false;
    }
    byte_ = bytes_[offset_++];
    zeros_ = byte_ == 0 ? zeros_ + 1 : 0;
    bits_left_ = 8;
    return true;
  }

  Bytes bytes_;
  size_t offset_ = 0;
  int zeros_ = 0;
  int bits_left_ = 0;
  uint8_t byte_ = 0;
  bool ok_ = true;
};

}  // namespace lectern::codec::h264
