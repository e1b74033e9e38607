#include "base/rng.h"

#include "base/digest.h"

#include <cstring>

namespace lectern {

namespace {

constexpr char kIceChars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Rng::Rng(uint64_t seed) {
  store_be64(key_.data(), seed);
  store_be64(key_.data() + 8, ~seed);
}

uint64_t Rng::next_of_system() {
  constexpr size_t kSize = sizeof(uint64_t);
  if (used_ + kSize > buffer_.size()) {
    source_(buffer_);
    used_ = 0;
  }
  uint8_t* const at = buffer_.data() + used_;
  used_ += kSize;
  const uint64_t value = load_be64(at);
  store_be64(at, 0);
  return value;
}

uint64_t Rng::next_u64() {
  if (source_ != nullptr) return next_of_system();
  std::array<uint8_t, 8> block;
  store_be64(block.data(), counter_++);
  return siphash(key_, block);
}

uint64_t Rng::below(uint64_t bound) {
  if (bound == 0) return 0;
  // Rejection keeps it uniform: values under 2^64 mod bound would favour small results.
  const uint64_t threshold = (0 - bound) % bound;
  uint64_t value = next_u64();
  while (value < threshold) value = next_u64();
  return value % bound;
}

Duration Rng::jitter(Duration limit) {
  if (limit <= Duration::zero()) return Duration::zero();
  return Duration::microseconds(static_cast<int64_t>(below(static_cast<uint64_t>(limit.us()) + 1)));
}

void Rng::fill(MutableBytes out) {
  while (!out.empty()) {
    std::array<uint8_t, 8> block;
    store_be64(block.data(), next_u64());
    const size_t count = std::min(out.size(), block.size());
    std::memcpy(out.data(), block.data(), count);
    out = out.subspan(count);
  }
}

std::string Rng::ice_chars(size_t count) {
  std::string text(count, '\0');
  for (char& c : text) c = kIceChars[next_u64() & 63];
  return text;
}

std::string Rng::hex(size_t bytes) {
  std::string raw(bytes, '\0');
  fill(MutableBytes(reinterpret_cast<uint8_t*>(raw.data()), raw.size()));
  return to_hex(as_bytes(raw));
}

}  // namespace lectern
