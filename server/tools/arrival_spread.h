// How long after the first viewer the others get the same packet: the time that a fan-out takes.
//
// What it is: packets of all viewers are told apart by payload type and RTP timestamp, which every
// viewer of a forwarding server sees alike; the delay of each behind the first of its kind goes
// into a histogram. Left out on purpose: servers that shift timestamps from viewer to viewer; they
// show as packets that nobody else got (`shared()` stays small).
#pragma once

#include "base/bytes.h"
#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lectern::tools {

class ArrivalSpread {
 public:
  // One RTP datagram, encrypted or not.
  void note(Instant now, Bytes datagram);

  // Packets that some other viewer had got before, or another packet of the same frame.
  [[nodiscard]] uint64_t shared() const { return shared_; }
  // The delay that `part` (0..1) of those stayed below, to 0.1 ms; 2 s and more count as 2 s.
  [[nodiscard]] Duration percentile(double part) const;

 private:
  static constexpr size_t kSlots = 4096;  // power of two
  static constexpr size_t kBins = 20'000;
  static constexpr int64_t kBinWidth = 100;  // us

  struct Slot {
    uint64_t key = 0;
    Instant first;
  };
  std::array<Slot, kSlots> slots_{};
  std::vector<uint32_t> bins_ = std::vector<uint32_t>(kBins);
  uint64_t shared_ = 0;
};

}  // namespace lectern::tools
