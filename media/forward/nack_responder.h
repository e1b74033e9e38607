// Which of the packets that a receiver reports missing are worth sending again, and when not.
//
// What it is: a packet is not repeated before the last repetition can have arrived (most of a round
// trip), at most ten times in all, as often as browsers ask; repetitions together take a fifth of
// the rate, and more where the link is known to lose more. Sound is never refused for want of
// budget: it is thin, and comes first.
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
  struct Link {
    Duration round_trip;
    DataRate rate;    // what the receiver is sent in all
    double loss = 0;  // 0..1, as reported
  };

  enum class Verdict : uint8_t { kSend, kTooSoon, kTooOften, kOverBudget };

  // `stream`: which of the receiver's streams, 0 the sound; `size`: of the packet. kSend counts as
  // sent.
  [[nodiscard]] Verdict ask(Instant now, uint8_t stream, uint16_t sequence_number, size_t size,
                            const Link& link);

 private:
  static constexpr size_t kRemembered = 256;

  struct Repeated {
    Instant last;
    uint32_t key = 0;  // stream and number
    uint8_t times = 0;
  };
  using History = std::array<Repeated, kRemembered>;

  bool take_from_budget(Instant now, size_t size, bool is_sound, const Link& link);

  std::unique_ptr<History> history_;  // made at the first loss
  int64_t budget_ = 0;                // bytes
  Instant budget_at_;
  bool has_budget_ = false;
};

}  // namespace lectern::forward
