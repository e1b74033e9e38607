// Randomness is handed in. A shell gives the system's own, since tickets, ids and ICE passwords
// come from here too; a simulation gives a seed and gets SipHash-2-4 in counter mode under it, the
// same numbers each time.
#pragma once

#include "base/bytes.h"
#include "base/time.h"

#include <array>
#include <cstdint>
#include <string>

namespace lectern {

class Rng {
 public:
  // Fills all of `out` with random bytes.
  using Source = void (*)(MutableBytes out);
  // Taken from the source at once: one system call for so many is cheap enough for each draw, and
  // getrandom(2) gives up to 256 bytes whole.
  static constexpr size_t kBuffered = 256;

  // For secrets. What was given out is kept nowhere.
  [[nodiscard]] static Rng of_system(Source source) { return Rng(source); }
  // From a seed, or from 16 bytes that another one gave.
  explicit Rng(uint64_t seed);
  explicit Rng(const std::array<uint8_t, 16>& key) : key_(key) {}
  // Two copies would give the same secrets.
  Rng(const Rng&) = delete;
  Rng& operator=(const Rng&) = delete;
  ~Rng() = default;

  uint64_t next_u64();
  uint32_t next_u32() { return static_cast<uint32_t>(next_u64() >> 32); }
  // Uniform in [0, bound); 0 when bound is 0.
  uint64_t below(uint64_t bound);
  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  // Uniform in [0, limit].
  Duration jitter(Duration limit);
  void fill(MutableBytes out);
  // `count` characters of the ICE alphabet (RFC 8839 §5.4: ALPHA / DIGIT / "+" / "/"),
  // 6 bits of randomness each.
  std::string ice_chars(size_t count);
  // `bytes` random bytes in lower-case hex.
  std::string hex(size_t bytes);

 private:
  explicit Rng(Source source) : source_(source) {}

  uint64_t next_of_system();

  std::array<uint8_t, 16> key_{};
  uint64_t counter_ = 0;
  Source source_ = nullptr;  // null: the key
  std::array<uint8_t, kBuffered> buffer_{};
  size_t used_ = kBuffered;  // of the buffer
};

}  // namespace lectern
