// Which packet indices have been seen (RFC 3711 §3.3.2): the last kSize of them, one bit each.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace lectern::srtp {

enum class Novelty : uint8_t { kNew, kReplayed, kTooOld };

template <size_t kSize>
class ReplayWindow {
  static_assert(kSize >= 64 && kSize % 64 == 0);

 public:
  [[nodiscard]] Novelty judge(uint64_t index) const {
    if (is_empty_ || index > highest_) return Novelty::kNew;
    if (highest_ - index >= kSize) return Novelty::kTooOld;
    return (word(index) & bit(index)) != 0 ? Novelty::kReplayed : Novelty::kNew;
  }

  // Only for an authenticated packet that judge() called kNew.
  void mark(uint64_t index) {
    if (is_empty_) {
      highest_ = index;
      is_empty_ = false;
    } else if (index > highest_) {
      const uint64_t steps = std::min<uint64_t>(index - highest_, kSize);
      for (uint64_t i = 0; i < steps; ++i) word(index - i) &= ~bit(index - i);
      highest_ = index;
    }
    word(index) |= bit(index);
  }

  [[nodiscard]] bool is_empty() const { return is_empty_; }
  [[nodiscard]] uint64_t highest() const { return highest_; }

 private:
  static uint64_t bit(uint64_t index) { return uint64_t{1} << (index % 64); }
  uint64_t& word(uint64_t index) { return words_[index / 64 % words_.size()]; }
  [[nodiscard]] uint64_t word(uint64_t index) const { return words_[index / 64 % words_.size()]; }

  std::array<uint64_t, kSize / 64> words_{};
  uint64_t highest_ = 0;
  bool is_empty_ = true;
};

}  // namespace lectern::srtp
