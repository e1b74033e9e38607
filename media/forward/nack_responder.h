// Which of the packets that a receiver reports missing are worth sending again, and when not.
//
// What it is: a packet is not repeated before the last repetition can have arrived (RTT, at least
// 100 ms), at most four times in all, and repetitions together take at most a fifth of the rate.
// What was sent when is kept only for receivers that lose packets. Left out on purpose: the packets
// (the tier's ring has them) and the sending.
#pragma once

#include "base/time.h"
#include "base/units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lectern::forward {

class NackResponder {
 public:
  enum class Verdict : uint8_t { kSend, kTooSoon, kTooOften, kOverBudget };

  // `stream`: which of the receiver's streams; `size`: of the packet; `rate`: what the receiver is
  // sent in all. kSend counts as sent.
  [[nodiscard]] Verdict ask(Instant now, uint8_t stream, uint16_t sequence_number, size_t size,
                            Duration round_trip, DataRate rate);

 private:
  static constexpr size_t kRemembered = 256;

  struct Repeated {
    Instant last;
    uint32_t key = 0;  // stream and number
    uint8_t times = 0;
  };
  using History = std::array<Repeated, kRemembered>;

  bool take_from_budget(Instant now, size_t size, DataRate rate);

  std::unique_ptr<History> history_;  // made at the first loss
  int64_t budget_ = 0;                // bytes
  Instant budget_at_;
  bool has_budget_ = false;
};

}  // namespace lectern::forward
