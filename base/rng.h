// Randomness is handed in: the shell seeds one Rng from the system, a simulation from its seed.
// ChaCha would be overkill for jitter, but ids and ICE credentials come from here too, so the
// generator is a cryptographic one: SipHash-2-4 in counter mode under a 128-bit key.
#pragma once

#include "base/bytes.h"
#include "base/time.h"

#include <array>
#include <cstdint>
#include <string>

namespace lectern {

class Rng {
 public:
  // `key`: 16 bytes; from getrandom(2) in a shell, from the seed in a test.
  explicit Rng(const std::array<uint8_t, 16>& key) : key_(key) {}
  explicit Rng(uint64_t seed);

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
  std::array<uint8_t, 16> key_;
  uint64_t counter_ = 0;
};

}  // namespace lectern
