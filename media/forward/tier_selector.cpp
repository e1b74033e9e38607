#include "media/forward/tier_selector.h"

#include <algorithm>

namespace lectern::forward {
namespace {

// A step up while nothing has gone wrong yet: three encodings in under 2 s.
constexpr Duration kQuickClimb = Duration::milliseconds(400);
constexpr Duration kSlowClimb = Duration::seconds(2);
constexpr Duration kFirstHold = Duration::seconds(5);
constexpr Duration kLongestHold = Duration::seconds(120);
// A step down so soon after a step up means that the step up was the mistake. A receiver's estimate
// grows by about 8 % a second at most, and far less near the link's rate, so it needs about this
// long to reach one and a half times what it was.
constexpr Duration kTrialTime = Duration::seconds(20);
// Without a picture: what a receiver of sound alone spares its ears.
constexpr Duration kFirstDarkHold = Duration::seconds(10);
// Up to this loss a step up may be tried: with no estimate, and with one that carries it.
constexpr double kCleanLoss = 0.02;
constexpr double kRepairableLoss = 0.08;
constexpr double kHeavyLoss = 0.10;
// Without an estimate to the contrary, so much is lost by congestion only. (Reports of a thin
// stream waver: a true 0.2 shows 0.3 once a minute.)
constexpr double kRuinousLoss = 0.40;
constexpr double kRuinousTrial = 0.25;
// An estimate is at most half again what is received; in percent of what is sent: from here on the
// link is not full.
constexpr int64_t kIdleLinkPercent = 125;
// A first estimate of this share of what was sent before it tells of the receiver's start, not of
// the link.
constexpr int64_t kFirstEstimatePercent = 75;
// Below this share of what is sent an estimate says that it is too much.
constexpr int64_t kOverusedPercent = 85;
constexpr Duration kSlowRoundTrip = Duration::milliseconds(400);
// A repair from further away comes too late for the picture that waits for it.
constexpr Duration kFarRoundTrip = Duration::milliseconds(250);
constexpr double kCleanLossFar = 0.005;
constexpr double kHeavyLossFar = 0.015;
// Near enough that the next step up may be taken before the last one has been reported on.
constexpr Duration kNearRoundTrip = Duration::milliseconds(100);
constexpr Duration kLongestDrain = Duration::seconds(1);
constexpr Duration kQueueDelay = Duration::milliseconds(100);

DataRate need(const SelectorInputs& inputs, size_t step) {
  return inputs.ladder[step].rate + inputs.other_pictures_rate;
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

bool is_far(const SelectorInputs& inputs) {
  return inputs.round_trip.value_or(Duration::zero()) > kFarRoundTrip;
}

bool is_queueing(const SelectorInputs& inputs, const SelectorMemory& memory) {
  return inputs.round_trip && memory.least_round_trip &&
         *inputs.round_trip > *memory.least_round_trip * 3 / 2 + kQueueDelay;
}

// True while the bandwidth estimate cannot yet reflect the last step up (or the last moment at
// which it was not believed): it needs about kTrialTime to follow. Within kTrialTime an estimate
// that has not fallen below 97 % of what it was counts as lagging; within three times that only one
// that has doubled, which shows that it is on its way. Example: stepped up at 400 kbit/s estimated;
// 10 s later 395 is lagging, 380 is not; 40 s later 850 is lagging, 500 is not.
bool is_lagging(const SelectorInputs& inputs, const SelectorMemory& memory) {
  if (!memory.estimate_at_up || !inputs.estimate) return false;
  const auto last = std::max(memory.last_up, memory.doubted_at);
  return (is_recent(last, inputs.now, kTrialTime) &&
          *inputs.estimate >= memory.estimate_at_up->percent(97)) ||
         (is_recent(last, inputs.now, 3 * kTrialTime) &&
          *inputs.estimate >= memory.estimate_at_up->percent(200));
}

// A device that is busy for a moment takes its packets late, and its estimate falls as if the link
// were full. But nothing waits in a queue and nothing is lost: one such fall is not believed, nor
// for a while the little that is estimated after it. A second one is, and so is one that ends a
// step up that had failed before. (A receiver that has just joined has not told of a queue yet.)
bool is_doubtful(const SelectorInputs& inputs, const SelectorMemory& memory) {
  if (!memory.joined || !inputs.current || !inputs.estimate) return false;
  if (!inputs.round_trip && inputs.now - *memory.joined > kSlowClimb) return false;
  const auto last = std::max(memory.doubted_at, memory.last_down);
  const bool is_retrial =
      memory.hold > Duration::zero() && is_recent(memory.last_up, inputs.now, kTrialTime);
  return *inputs.estimate < received_rate(inputs).percent(kOverusedPercent) && !is_retrial &&
         !is_queueing(inputs, memory) && inputs.loss < kCleanLoss &&
         !is_recent(last, inputs.now, 3 * kTrialTime);
}

std::optional<Excess> find_excess(const SelectorInputs& inputs, const SelectorMemory& memory) {
  const DataRate sent = received_rate(inputs);
  const bool is_lagging_now = memory.is_estimate_behind;
  const bool is_full = is_queueing(inputs, memory);
  const bool is_far_too_low = is_lagging_now && *inputs.estimate < sent.percent(60);
  const bool is_ruined = is_full || inputs.loss >= (is_far_too_low ? kRuinousTrial : kRuinousLoss);
  // Estimates lag behind: a receiver's first ones start below what it already gets.
  if (inputs.estimate && *inputs.estimate < sent.percent(kOverusedPercent) &&
      (is_full || !is_lagging_now))
    // A receiver short of processor time estimates low, too, and so does one that merely loses
    // packets: as long as nothing waits in a queue, the smallest picture stays.
    return Excess{.capacity = *inputs.estimate,
                  .may_take_picture = is_ruined,
                  .is_urgent = is_full && (is_lagging_now || *inputs.estimate < sent.percent(50))};
  const double heavy = is_far(inputs) ? kHeavyLossFar : kHeavyLoss;
  if (inputs.loss < heavy) return std::nullopt;
  if (inputs.estimate && *inputs.estimate > sent.percent(kIdleLinkPercent)) {
    // No hurry: what is here and gone is repaired.
    if (inputs.lasting_loss < heavy) return std::nullopt;
    const size_t smaller = *inputs.current > 0 ? *inputs.current - 1 : 0;
    return Excess{
        .reason = RungReason::kLoss, .capacity = need(inputs, smaller), .may_take_picture = false};
  }
  return Excess{.reason = RungReason::kLoss,
                .capacity = sent.percent(static_cast<int64_t>(85 * (1 - inputs.loss))),
                .may_take_picture = is_ruined};
}

Decision step_down(const SelectorInputs& inputs, const Excess& excess, SelectorMemory& memory) {
  Decision decision{
      .step = {}, .reason = excess.reason, .is_urgent = excess.is_urgent, .drain = {}};
  if (excess.is_urgent)
    decision.drain = std::min(*inputs.round_trip - *memory.least_round_trip, kLongestDrain);
  size_t step = *inputs.current;
  while (step > 0 && need(inputs, step) > excess.capacity) --step;
  // The smallest picture is oversent a little rather than given up: it is the lesson.
  const bool fits =
      need(inputs, step) <= excess.capacity ||
      (step == 0 && (!excess.may_take_picture || excess.capacity >= need(inputs, 0).percent(60)));
  if (step == *inputs.current && fits) return {.step = step, .reason = excess.reason};
  const bool was_trial = is_recent(memory.last_up, inputs.now, kTrialTime);
  const Duration first = fits ? kFirstHold : kFirstDarkHold;
  memory.hold = memory.hold == Duration::zero() || !was_trial
                    ? first
                    : std::clamp(memory.hold * 2, first, kLongestHold);
  memory.hold_until = inputs.now + memory.hold;
  memory.last_down = inputs.now;
  memory.doubted_at.reset();
  memory.last_up.reset();  // one step up fails once, however far down it ends
  if (fits) decision.step = step;
  return decision;
}

// The highest step that the estimate carries, or the next one as a trial; the current one when
// nothing is to be gained.
size_t step_up(const SelectorInputs& inputs, const SelectorMemory& memory, bool is_quick) {
  const size_t current = *inputs.current;
  size_t best = current;
  // A queue has had its time to show.
  const bool is_doubted = is_recent(memory.doubted_at, inputs.now, kTrialTime) &&
                          !is_recent(memory.doubted_at, inputs.now, kSlowClimb);
  if (inputs.estimate && !(is_doubted && is_quick)) {
    for (size_t step = current + 1; step < inputs.ladder.size(); ++step)
      if (need(inputs, step).percent(110) <= *inputs.estimate) best = step;
    if (best > current) return best;
    // A receiver's estimate is at most half again what it gets: beyond that it says no more than
    // that the link is not the limit. One that grows without hindrance says so too.
    const bool has_grown =
        memory.estimate_at_up && *inputs.estimate >= memory.estimate_at_up->percent(150);
    if (!has_grown && *inputs.estimate < need(inputs, current).percent(115)) return current;
  }
  for (size_t step = current + 1; step < inputs.ladder.size(); ++step)
    if (!is_quick || inputs.ladder[step].has_all_layers) return step;
  return current;
}

// The step in hand has been reported on, so that its price is known.
bool is_proven(const SelectorInputs& inputs, const SelectorMemory& memory) {
  if (!inputs.reported) return false;
  const Duration round_trip = inputs.round_trip.value_or(kFarRoundTrip);
  return round_trip <= kNearRoundTrip || !memory.last_up ||
         *inputs.reported >= *memory.last_up + kQuickClimb + round_trip;
}

bool may_climb(const SelectorInputs& inputs, const SelectorMemory& memory, bool is_quick) {
  const double clean = is_far(inputs)    ? kCleanLossFar
                       : inputs.estimate ? kRepairableLoss
                                         : kCleanLoss;
  const double heavy = inputs.estimate && !is_far(inputs) ? kHeavyLoss : clean;
  return !inputs.is_switching && inputs.now >= memory.hold_until && inputs.loss < heavy &&
         inputs.lasting_loss < clean && is_proven(inputs, memory) && !is_queueing(inputs, memory) &&
         !is_recent(memory.last_up, inputs.now, is_quick ? kQuickClimb : kSlowClimb) &&
         (inputs.estimate || inputs.round_trip.value_or(kQuickClimb) <= kSlowRoundTrip);
}

void note_up(const SelectorInputs& inputs, SelectorMemory& memory) {
  memory.last_up = inputs.now;
  memory.estimate_at_up = inputs.last_estimate;
}

}  // namespace

Decision select_tier(const SelectorInputs& inputs, SelectorMemory& memory) {
  // A receiver's first estimate is 0.85 of what it has received: if that was nearly all that was
  // sent, the estimate starts from there, and what is sent meanwhile may well be more.
  if (!memory.estimate_at_up && inputs.estimate &&
      *inputs.estimate >= inputs.sent_before_estimate.percent(kFirstEstimatePercent))
    memory.estimate_at_up = inputs.estimate;
  if (inputs.round_trip)
    memory.least_round_trip =
        std::min(memory.least_round_trip.value_or(*inputs.round_trip), *inputs.round_trip);
  memory.is_estimate_behind = is_lagging(inputs, memory);
  if (!memory.is_estimate_behind && is_doubtful(inputs, memory)) {
    memory.doubted_at = inputs.now;
    memory.estimate_at_up = inputs.estimate;
    memory.is_estimate_behind = true;
  }
  if (!memory.joined) {
    memory.joined = inputs.now;
    note_up(inputs, memory);
    return {.step = first_step(inputs), .reason = RungReason::kJoin};
  }
  if (!inputs.current) {
    // Sound alone for want of bandwidth: its receiver estimates nothing, so try again after the
    // hold, when the sound at least gets through.
    if (inputs.now < memory.hold_until || inputs.loss >= kHeavyLoss)
      return {.step = {}, .reason = RungReason::kBandwidth};
    note_up(inputs, memory);
    return {.step = 0, .reason = RungReason::kBandwidth};
  }
  // What a step does to the link is not known in its first moments.
  const bool is_settled =
      !is_recent(std::max(memory.last_up, memory.last_down), inputs.now, kQuickClimb);
  if (is_settled && (!inputs.is_switching || inputs.received)) {
    if (const auto excess = find_excess(inputs, memory)) return step_down(inputs, *excess, memory);
  }
  const Decision stay{.step = inputs.current, .reason = RungReason::kBandwidth};
  const bool is_quick = memory.hold == Duration::zero();
  if (!is_settled || !may_climb(inputs, memory, is_quick)) return stay;
  const size_t step = step_up(inputs, memory, is_quick);
  if (step == *inputs.current) return stay;
  note_up(inputs, memory);
  return {.step = step, .reason = RungReason::kBandwidth};
}

}  // namespace lectern::forward
