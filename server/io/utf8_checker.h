// Whether a text that comes in pieces is UTF-8 (RFC 3629), told at the first octet that is not.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectern::io {

class Utf8Checker {
 public:
  // False once the text cannot be UTF-8, however it goes on.
  [[nodiscard]] bool take(std::string_view piece) {
    for (const char c : piece) {
      if (!take(static_cast<std::uint8_t>(c))) {
        return false;
      }
    }
    return true;
  }
  // Whether no character is cut off.
  [[nodiscard]] bool is_whole() const { return left_ == 0; }

 private:
  bool take(std::uint8_t octet) {
    if (left_ == 0) {
      return octet < 0x80 || begin(octet);
    }
    const bool is_good = octet >= lowest_ && octet <= highest_;
    --left_;
    lowest_ = 0x80;
    highest_ = 0xbf;
    return is_good;
  }

  // Sets what may follow: no overlong form, no surrogate, nothing above U+10FFFF.
  bool begin(std::uint8_t octet) {
    lowest_ = octet == 0xe0 ? 0xa0 : octet == 0xf0 ? 0x90 : 0x80;
    highest_ = octet == 0xed ? 0x9f : octet == 0xf4 ? 0x8f : 0xbf;
    left_ = octet >= 0xf0 ? 3 : octet >= 0xe0 ? 2 : 1;
    return octet >= 0xc2 && octet <= 0xf4;
  }

  std::uint8_t left_ = 0;
  std::uint8_t lowest_ = 0x80;
  std::uint8_t highest_ = 0xbf;
};

}  // namespace lectern::io
