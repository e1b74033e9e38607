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
// Without a picture: what a receiver of sound alone spares its ears.
constexpr Duration kFirstDarkHold = Duration::seconds(10);
// Up to this loss a step up may be tried: with no estimate, and with one that carries it.
constexpr double kCleanLoss = 0.02;
constexpr double kRepairableLoss = 0.06;
constexpr double kHeavyLoss = 0.10;
// Without an estimate to the contrary, so much is lost by congestion only. (Reports of a thin
// stream waver: a true 0.2 shows 0.3 once a minute.)
constexpr double kRuinousLoss = 0.40;
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

// Why what is sent now is too much, and what would not be.
struct Excess {
  RungReason reason = RungReason::kBandwidth;
  DataRate capacity;
  bool may_take_picture = true;  // down to sound alone
  bool is_urgent = false;
};

DataRate received_rate(const SelectorInputs& inputs) {
  return need(inputs, inputs.is_switching && inputs.received ? *inputs.received : *inputs.current);
}

std::optional<Excess> find_excess(const SelectorInputs& inputs) {
  const DataRate sent = received_rate(inputs);
  const bool is_harmed =
      inputs.loss >= kRepairableLoss || inputs.round_trip.value_or(Duration::zero()) > kSlowLink;
  // Estimates lag behind: a receiver's first ones start below what it already gets.
  if (inputs.estimate && *inputs.estimate < sent.percent(85))
    // A receiver short of processor time estimates low, too: as long as nothing is lost and nothing
    // waits, the smallest picture stays.
    return Excess{.capacity = *inputs.estimate,
                  .may_take_picture = is_harmed,
                  .is_urgent = is_harmed && *inputs.estimate < sent.percent(50)};
  if (inputs.loss < kHeavyLoss) return std::nullopt;
  if (inputs.estimate && *inputs.estimate > sent.percent(150)) {
    const size_t smaller = *inputs.current > 0 ? *inputs.current - 1 : 0;
    return Excess{
        .reason = RungReason::kLoss, .capacity = need(inputs, smaller), .may_take_picture = false};
  }
  return Excess{.reason = RungReason::kLoss,
                .capacity = sent.percent(static_cast<int64_t>(85 * (1 - inputs.loss))),
                .may_take_picture = inputs.loss >= kRuinousLoss};
}

Decision step_down(const SelectorInputs& inputs, const Excess& excess, SelectorMemory& memory) {
  Decision decision{.step = {}, .reason = excess.reason, .is_urgent = excess.is_urgent};
  size_t step = *inputs.current;
  while (step > 0 && need(inputs, step) > excess.capacity) --step;
  // The smallest picture is oversent a little rather than given up: it is the lesson.
  const bool fits =
      need(inputs, step) <= excess.capacity ||
      (step == 0 && (!excess.may_take_picture || excess.capacity >= need(inputs, 0).percent(60)));
  if (step == *inputs.current && fits) return {.step = step, .reason = excess.reason};
  const bool was_trial = inputs.now - memory.last_up < kTrial && memory.last_up > Instant();
  const Duration first = fits ? kFirstHold : kFirstDarkHold;
  memory.hold = memory.hold == Duration::zero() || !was_trial
                    ? first
                    : std::clamp(memory.hold * 2, first, kLongestHold);
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
    // hold, when the sound at least gets through.
    if (inputs.now < memory.hold_until || inputs.loss >= kHeavyLoss)
      return {.step = {}, .reason = RungReason::kBandwidth};
    memory.last_up = inputs.now;
    return {.step = 0, .reason = RungReason::kBandwidth};
  }
  // What a step does to the link is not known in its first moments.
  const bool is_settled = inputs.now - std::max(memory.last_up, memory.last_down) >= kQuickClimb;
  if (is_settled && (!inputs.is_switching || inputs.received)) {
    if (const auto excess = find_excess(inputs)) return step_down(inputs, *excess, memory);
  }
  const Decision stay{.step = inputs.current, .reason = RungReason::kBandwidth};
  const bool is_quick = memory.hold == Duration::zero();
  const bool may_climb = is_settled && !inputs.is_switching && inputs.now >= memory.hold_until &&
                         inputs.loss < (inputs.estimate ? kRepairableLoss : kCleanLoss) &&
                         inputs.now - memory.last_up >= (is_quick ? kQuickClimb : kSlowClimb) &&
                         (inputs.estimate || inputs.round_trip.value_or(kQuickClimb) <= kSlowLink);
  if (!may_climb) return stay;
  const size_t step = step_up(inputs, is_quick);
  if (step == *inputs.current) return stay;
  memory.last_up = inputs.now;
  return {.step = step, .reason = RungReason::kBandwidth};
}

}  // namespace lectern::forward
