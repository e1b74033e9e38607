#include "media/forward/nack_responder.h"

#include <algorithm>

namespace lectern::forward {
namespace {

// However near the receiver is.
constexpr Duration kLeastDistance = Duration::milliseconds(2);
constexpr uint8_t kMostRepetitions = 10;
// Of the rate. Of a share p of lost packets the repetition of p is lost again, and so on: p / (1 -
// p), a quarter at 20 %; twice that leaves room for requests that crossed.
constexpr int64_t kBudgetPercent = 20;
constexpr int64_t kMostBudgetPercent = 60;
// The budget of a thin stream still covers its sound and now and then a keyframe.
constexpr DataRate kLeastBudget = DataRate::kbps(30);
constexpr int64_t kBurst = 48'000;  // bytes: one keyframe of a large picture
// But not more than a second of what the receiver is sent: on a thin link a burst is a queue.
constexpr int64_t kLeastBurst = 4'000;

}  // namespace

NackResponder::Verdict NackResponder::ask(Instant now, uint8_t stream, uint16_t sequence_number,
                                          size_t size, const Link& link) {
  if (!history_) history_ = std::make_unique<History>();
  const uint32_t key = static_cast<uint32_t>(stream) << 16 | sequence_number;
  // One slot per number, streams apart: a number that takes another's slot is merely less
  // suppressed.
  Repeated& repeated = (*history_)[(key ^ key >> 10) % kRemembered];
  const bool is_known = repeated.key == key && repeated.times > 0;
  if (is_known && now - repeated.last > Duration::seconds(5)) repeated.times = 0;
  if (is_known && repeated.times > 0) {
    // A receiver asks again after its own idea of the round trip, which jitters.
    const Duration distance = std::max(link.round_trip * 6 / 10, kLeastDistance);
    if (now - repeated.last < distance) return Verdict::kTooSoon;
    if (repeated.times >= kMostRepetitions) return Verdict::kTooOften;
  }
  if (!take_from_budget(now, size, stream == 0, link)) return Verdict::kOverBudget;
  if (!is_known) repeated = {.last = now, .key = key};
  repeated.last = now;
  ++repeated.times;
  return Verdict::kSend;
}

bool NackResponder::take_from_budget(Instant now, size_t size, bool is_sound, const Link& link) {
  const int64_t burst = std::clamp(link.rate.bps() / 8, kLeastBurst, kBurst);
  if (!has_budget_) {
    has_budget_ = true;
    budget_ = burst;
    budget_at_ = now;
  }
  const auto for_loss = static_cast<int64_t>(250 * link.loss);
  const DataRate share = std::max(
      link.rate.percent(std::clamp(for_loss, kBudgetPercent, kMostBudgetPercent)), kLeastBudget);
  const Duration passed = std::min(now - budget_at_, Duration::seconds(10));
  const int64_t earned = share.bps() * passed.us() / 8'000'000;
  // Not in drops, of which the fractions would be lost.
  if (earned >= 100) {
    budget_ = std::min(burst, budget_ + earned);
    budget_at_ = now;
  }
  const auto cost = static_cast<int64_t>(size);
  if (budget_ < cost && !is_sound) return false;
  budget_ = std::max(budget_ - cost, -kBurst);
  return true;
}

}  // namespace lectern::forward
