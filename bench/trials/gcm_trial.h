// AES-128-GCM by libipsec-mb in the two ways that the library has: a direct call for each packet,
// which is what the server does, or jobs handed over in bursts. A key for each receiver, in one
// piece of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// The library's own names. NOLINTBEGIN(readability-identifier-naming)
struct IMB_MGR;
struct gcm_key_data;
// NOLINTEND(readability-identifier-naming)

namespace lectern::bench {

class GcmTrial {
 public:
  enum class Way : uint8_t { kDirect, kBurst };

  GcmTrial(size_t receivers, size_t payload, Way way, bool is_on_huge_pages);
  ~GcmTrial();
  GcmTrial(const GcmTrial&) = delete;
  GcmTrial& operator=(const GcmTrial&) = delete;

  // Seals at least `packets` packets, one for each receiver by turns; returns how many.
  size_t seal(size_t packets);
  // What the last kBurst packets look like, tags included: both ways must agree.
  [[nodiscard]] const std::vector<uint8_t>& sealed() const { return packets_; }

 private:
  static constexpr size_t kBurst = 32;
  static constexpr size_t kHeader = 20;
  static constexpr size_t kTag = 16;

  void seal_directly();
  void seal_in_a_burst();
  uint8_t* packet(size_t i) { return packets_.data() + i * (kHeader + payload_ + kTag); }

  size_t receivers_;
  size_t payload_;
  Way way_;
  IMB_MGR* manager_;
  size_t memory_size_;
  gcm_key_data* keys_;
  std::vector<uint8_t> packets_;
  size_t receiver_ = 0;
};

}  // namespace lectern::bench
