// Serial numbers (RFC 1982 arithmetic) and their continuation in 64 bits.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace lectern::rtp {

// True if `a` comes after `b` by less than half of the number space.
template <std::unsigned_integral T>
[[nodiscard]] constexpr bool is_newer(T a, T b) {
  return a != b && static_cast<std::make_signed_t<T>>(static_cast<T>(a - b)) > 0;
}

// Maps wrapping numbers to the nearest 64-bit number of the largest one seen. The first number
// stands for itself, so numbers just before it come out negative or small: callers treat the result
// as a signed position and nothing else.
template <std::unsigned_integral T>
class Unwrapper {
 public:
  // The position of `value`; moves on when it is the newest.
  int64_t unwrap(T value) {
    const int64_t position = peek(value);
    if (!last_ || position > *last_) last_ = position;
    return position;
  }

  // The position that unwrap() would give, without moving.
  [[nodiscard]] int64_t peek(T value) const {
    if (!last_) return static_cast<int64_t>(value);
    const T difference = static_cast<T>(value - static_cast<T>(*last_));
    return *last_ + static_cast<std::make_signed_t<T>>(difference);
  }

  [[nodiscard]] std::optional<int64_t> last() const { return last_; }
  void reset() { last_.reset(); }

 private:
  std::optional<int64_t> last_;
};

using SequenceUnwrapper = Unwrapper<uint16_t>;
using TimestampUnwrapper = Unwrapper<uint32_t>;

}  // namespace lectern::rtp
