#include "media/forward/tier_selector.h"

#include <algorithm>

namespace lectern::forward {
namespace {

// A step up while nothing has gone wrong yet: three encodings in under 2 s.
constexpr Duration kQuickClimb = Duration::milliseconds(400);
constexpr Duration kSlowClimb = Duration::seconds(2);
constexpr Duration kFirstHold = Duration::seconds(5);
constexpr Duration kLongestHold = Duration::seconds(120);
// A step down so soon after a step up means that the step up was the mistake.
constexpr Duration kTrial = Duration::seconds(8);
constexpr double kCleanLoss = 0.02;
constexpr double kHeavyLoss = 0.10;
// So much is lost by congestion only, whatever the estimate says.
constexpr double kRuinousLoss = 0.30;
constexpr Duration kSlowLink = Duration::milliseconds(400);

DataRate need(const SelectorInputs& inputs, size_t step) {
  return inputs.ladder[step].rate + inputs.besides;
}

// The first step with all layers: the smallest picture at its full frame rate.
size_t first_step(const SelectorInputs& inputs) {
  for (size_t step = 0; step < inputs.ladder.size(); ++step)
    if (inputs.ladder[step].has_all_layers) return step;
  return 0;
}

// What the link is believed to carry, when that is less than what is being sent.
std::optional<Decision> congestion(const SelectorInputs& inputs, DataRate& capacity) {
  const DataRate sent = need(inputs, *inputs.current);
  // Estimates lag behind: a receiver's first ones start below what it already gets.
  if (inputs.estimate && *inputs.estimate < sent.percent(85)) {
    capacity = *inputs.estimate;
    return Decision{.step = {}, .reason = RungReason::kBandwidth};
  }
  const bool is_wide = inputs.estimate && *inputs.estimate > sent.percent(150);
  if (inputs.loss >= kRuinousLoss || (inputs.loss >= kHeavyLoss && !is_wide)) {
    capacity = sent.percent(static_cast<int64_t>(85 * (1 - inputs.loss)));
    return Decision{.step = {}, .reason = RungReason::kLoss};
  }
  return std::nullopt;
}

Decision step_down(const SelectorInputs& inputs, DataRate capacity, Decision decision,
                   SelectorMemory& memory) {
  size_t step = *inputs.current;
  while (step > 0 && need(inputs, step) > capacity) --step;
  // The smallest picture is oversent a little rather than given up: it is the lesson.
  const bool fits =
      need(inputs, step) <= capacity || (step == 0 && capacity >= need(inputs, 0).percent(60));
  if (step == *inputs.current && fits) return {.step = step, .reason = decision.reason};
  const bool was_trial = inputs.now - memory.last_up < kTrial && memory.last_up > Instant();
  memory.hold = memory.hold == Duration::zero() || !was_trial
                    ? kFirstHold
                    : std::min(memory.hold * 2, kLongestHold);
  memory.hold_until = inputs.now + memory.hold;
  memory.last_down = inputs.now;
  if (fits) decision.step = step;
  return decision;
}

// The highest step that the estimate carries, or the next one as a trial; the current one when
// nothing is to be gained.
size_t step_up(const SelectorInputs& inputs, bool is_quick) {
  const size_t current = *inputs.current;
  size_t best = current;
  if (inputs.estimate) {
    for (size_t step = current + 1; step < inputs.ladder.size(); ++step)
      if (need(inputs, step).percent(110) <= *inputs.estimate) best = step;
    if (best > current) return best;
    // A receiver's estimate is at most half again what it gets: beyond that it says no more than
    // that the link is not the limit.
    if (*inputs.estimate < need(inputs, current).percent(115)) return current;
  }
  for (size_t step = current + 1; step < inputs.ladder.size(); ++step)
    if (!is_quick || inputs.ladder[step].has_all_layers) return step;
  return current;
}

}  // namespace

Decision select_tier(const SelectorInputs& inputs, SelectorMemory& memory) {
  if (!memory.has_started) {
    memory.has_started = true;
    memory.last_up = inputs.now;
    return {.step = first_step(inputs), .reason = RungReason::kJoin};
  }
  if (!inputs.current) {
    // Sound alone for want of bandwidth: its receiver estimates nothing, so try again after the
    // hold.
    if (inputs.now < memory.hold_until) return {.step = {}, .reason = RungReason::kBandwidth};
    memory.last_up = inputs.now;
    return {.step = 0, .reason = RungReason::kBandwidth};
  }
  DataRate capacity;
  // What a step not yet received does to the link is not known, nor in its first moments.
  const bool is_settled = !inputs.is_switching &&
                          inputs.now - std::max(memory.last_up, memory.last_down) >= kQuickClimb;
  if (is_settled) {
    if (const auto reason = congestion(inputs, capacity))
      return step_down(inputs, capacity, *reason, memory);
  }
  const Decision stay{.step = inputs.current, .reason = RungReason::kBandwidth};
  const bool is_quick = memory.hold == Duration::zero();
  const bool may_climb = is_settled && inputs.now >= memory.hold_until &&
                         inputs.loss < kCleanLoss &&
                         inputs.now - memory.last_up >= (is_quick ? kQuickClimb : kSlowClimb) &&
                         (inputs.estimate || inputs.round_trip.value_or(kQuickClimb) <= kSlowLink);
  if (!may_climb) return stay;
  const size_t step = step_up(inputs, is_quick);
  if (step == *inputs.current) return stay;
  memory.last_up = inputs.now;
  return {.step = step, .reason = RungReason::kBandwidth};
}

}  // namespace lectern::forward
