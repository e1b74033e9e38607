#include "media/forward/nack_responder.h"

#include <algorithm>

namespace lectern::forward {
namespace {

constexpr Duration kLeastDistance = Duration::milliseconds(100);
constexpr uint8_t kMostRepetitions = 4;
constexpr int64_t kBudgetPercent = 20;
// The budget of a thin stream still covers its sound and now and then a keyframe.
constexpr DataRate kLeastBudget = DataRate::kbps(30);
constexpr int64_t kBurst = 48'000;  // bytes: one keyframe of a large picture

}  // namespace

NackResponder::Verdict NackResponder::ask(Instant now, uint8_t stream, uint16_t sequence_number,
                                          size_t size, Duration round_trip, DataRate rate) {
  if (!history_) history_ = std::make_unique<History>();
  const uint32_t key = static_cast<uint32_t>(stream) << 16 | sequence_number;
  // One slot per number, streams apart: a number that takes another's slot is merely less
  // suppressed.
  Repeated& repeated = (*history_)[(sequence_number ^ stream << 6U) % kRemembered];
  const bool is_known = repeated.key == key && repeated.times > 0;
  if (is_known && now - repeated.last > Duration::seconds(5)) repeated.times = 0;
  if (is_known && repeated.times > 0) {
    if (now - repeated.last < std::max(round_trip, kLeastDistance)) return Verdict::kTooSoon;
    if (repeated.times >= kMostRepetitions) return Verdict::kTooOften;
  }
  if (!take_from_budget(now, size, rate)) return Verdict::kOverBudget;
  if (!is_known) repeated = {.last = now, .key = key};
  repeated.last = now;
  ++repeated.times;
  return Verdict::kSend;
}

bool NackResponder::take_from_budget(Instant now, size_t size, DataRate rate) {
  if (!has_budget_) {
    has_budget_ = true;
    budget_ = kBurst;
    budget_at_ = now;
  }
  const DataRate share = std::max(rate.percent(kBudgetPercent), kLeastBudget);
  const Duration passed = std::min(now - budget_at_, Duration::seconds(10));
  const int64_t earned = share.bps() * passed.us() / 8'000'000;
  if (earned > 0) {
    budget_ = std::min(kBurst, budget_ + earned);
    budget_at_ = now;
  }
  const auto cost = static_cast<int64_t>(size);
  if (budget_ < cost) return false;
  budget_ -= cost;
  return true;
}

}  // namespace lectern::forward
