// Bytes as they stand on a wire: views, and a big-endian reader and writer that never run past
// the end. A reader or writer that meets the end turns bad and stays bad, so that a parser may
// read a whole structure and ask ok() once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace lectern {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

// The bytes of a text, without its terminator. The text must outlive the view.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The text of some bytes; no check that it is UTF-8. The bytes must outlive the view.
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline uint16_t load_be16(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] << 8 | p[1]);
}
inline uint32_t load_be24(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) << 16 | static_cast<uint32_t>(p[1]) << 8 | p[2];
}
inline uint32_t load_be32(const uint8_t* p) {
  return static_cast<uint32_t>(load_be16(p)) << 16 | load_be16(p + 2);
}
inline uint64_t load_be64(const uint8_t* p) {
  return static_cast<uint64_t>(load_be32(p)) << 32 | load_be32(p + 4);
}
inline void store_be16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}
inline void store_be24(uint8_t* p, uint32_t v) {
  p[0] = static_cast<uint8_t>(v >> 16);
  store_be16(p + 1, static_cast<uint16_t>(v));
}
inline void store_be32(uint8_t* p, uint32_t v) {
  store_be16(p, static_cast<uint16_t>(v >> 16));
  store_be16(p + 2, static_cast<uint16_t>(v));
}
inline void store_be64(uint8_t* p, uint64_t v) {
  store_be32(p, static_cast<uint32_t>(v >> 32));
  store_be32(p + 4, static_cast<uint32_t>(v));
}

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t remaining() const { return bytes_.size() - offset_; }
  [[nodiscard]] size_t offset() const { return offset_; }

  // Each read answers zeros (or an empty view) once the input has run out.
  uint8_t u8() { return need(1) ? bytes_[offset_++] : uint8_t{0}; }
  uint16_t u16() { return need(2) ? load_be16(advance(2)) : uint16_t{0}; }
  uint32_t u24() { return need(3) ? load_be24(advance(3)) : 0; }
  uint32_t u32() { return need(4) ? load_be32(advance(4)) : 0; }
  uint64_t u64() { return need(8) ? load_be64(advance(8)) : 0; }
  Bytes bytes(size_t count) { return need(count) ? Bytes(advance(count), count) : Bytes(); }
  void skip(size_t count) {
    if (need(count)) offset_ += count;
  }
  Bytes rest() { return bytes(remaining()); }

 private:
  bool need(size_t count) {
    if (ok_ && remaining() >= count) return true;
    ok_ = false;
    return false;
  }
  const uint8_t* advance(size_t count) {
    const uint8_t* at = bytes_.data() + offset_;
    offset_ += count;
    return at;
  }

  Bytes bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t size() const { return offset_; }
  [[nodiscard]] size_t remaining() const { return bytes_.size() - offset_; }
  [[nodiscard]] MutableBytes written() const { return bytes_.first(offset_); }
  // The whole underlying buffer, for patching a length that is known only at the end.
  [[nodiscard]] MutableBytes buffer() const { return bytes_; }

  void u8(uint8_t v) {
    if (need(1)) bytes_[offset_++] = v;
  }
  void u16(uint16_t v) {
    if (need(2)) store_be16(advance(2), v);
  }
  void u24(uint32_t v) {
    if (need(3)) store_be24(advance(3), v);
  }
  void u32(uint32_t v) {
    if (need(4)) store_be32(advance(4), v);
  }
  void u64(uint64_t v) {
    if (need(8)) store_be64(advance(8), v);
  }
  void bytes(Bytes source) {
    if (!source.empty() && need(source.size()))
      std::memcpy(advance(source.size()), source.data(), source.size());
  }
  void zeros(size_t count) {
    if (need(count)) std::fill_n(advance(count), count, uint8_t{0});
  }

 private:
  bool need(size_t count) {
    if (ok_ && remaining() >= count) return true;
    ok_ = false;
    return false;
  }
  uint8_t* advance(size_t count) {
    uint8_t* at = bytes_.data() + offset_;
    offset_ += count;
    return at;
  }

  MutableBytes bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace lectern
