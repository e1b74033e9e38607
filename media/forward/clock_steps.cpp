#include "media/forward/clock_steps.h"

#include <algorithm>
#include <cstdlib>

namespace lectern::forward {
namespace {

// Capture and encoding are uneven by less, and a gap of less is not heard as one.
constexpr Duration kSlack = Duration::milliseconds(50);
// Arrival times vary by as much without a reason that matters: within it, the pace of the frames
// says better than their arrival how far apart they are.
constexpr Duration kJitter = Duration::milliseconds(60);
// Two sources' clocks and ours drift apart by 0.1 % at most (500 ppm each).
constexpr int64_t kDrift = 1000;
// How far before another a B-picture may be shown: 3 of them at 4 pictures a second.
constexpr Duration kLongestReorder = Duration::seconds(1);
constexpr Duration kWindow = Duration::seconds(10);
// With fewer frames than this nothing is known yet about a source's pace and the network's queues.
constexpr int kFewFrames = 5;
constexpr Duration kSureStep = Duration::seconds(2);
// Rule 3.
constexpr Duration kLongLateness = Duration::milliseconds(800);
constexpr Duration kProof = Duration::milliseconds(400);
constexpr Duration kProofWithoutReports = Duration::seconds(5);
constexpr int kProofFrames = 3;
constexpr int64_t kCatchUp = 5;  // a queue gets shorter by a fifth of the time that passes, or more
constexpr Duration kLongestDoubt = Duration::seconds(20);
// How far a report may be from what frames show.
constexpr Duration kReportNoise = Duration::milliseconds(40);

}  // namespace

int64_t ClockSteps::ticks(Duration duration) const {
  return duration.us() * rate_ / 1'000'000;
}

int64_t ClockSteps::follow(const Frame& frame, bool has_reports) {
  if (frames_ == 0) {
    window_start_ = frame.arrival;
    note(frame, 0, ticks(kLongestReorder));
    return 0;
  }
  if (leap_ && frame.arrival - leap_->at > kWindow) leap_.reset();
  const int64_t moved = static_cast<int32_t>(frame.timestamp - last_.timestamp);
  const int64_t elapsed = std::max<int64_t>(ticks(frame.arrival - last_.arrival), 0);
  const int64_t slack = ticks(kSlack) + elapsed / kDrift;
  const int64_t lateness = lateness_ + elapsed - moved;
  const bool is_early = lateness < std::min(least_now_, least_before_) - slack;
  // Lost frames make a gap longer, but not one that has nothing missing.
  const bool is_leap = moved > (frame.follows_directly ? longest_whole_ : longest_moved_) + slack;
  const bool leaps_ahead = is_early && is_leap;
  if (frame.picture != Picture::kInOrder)
    if (const auto step = judge_b(frame, moved, lateness, slack, leaps_ahead)) return *step;
  if (is_step(moved, elapsed, leaps_ahead))
    return undo(frame, moved, gap_before(frame, elapsed), elapsed);
  if (is_put_by_b_ && frame.follows_directly && std::abs(moved - pace_) <= ticks(kJitter) / 2)
    return undo(frame, moved, pace_, elapsed);
  if (is_leap && frame.follows_directly && moved - elapsed > slack && frames_ >= kFewFrames)
    leap_ = Leap{.at = frame.arrival, .usual = std::min(least_now_, least_before_)};
  if (leap_ && lateness < leap_->usual - slack)
    return undo(frame, moved, std::min(moved, std::max<int64_t>(elapsed, rate_ / 1000)), elapsed);
  const int64_t step = judge_lateness(frame.arrival, lateness, slack, has_reports);
  const int64_t counted = std::min(moved, ticks(kSureStep));
  longest_moved_ = std::max(counted, longest_moved_ / 2);
  if (frame.follows_directly) {
    pace_ = moved;
    longest_whole_ = std::max(counted, longest_whole_ / 2);
  }
  note(frame, lateness - step, moved + step);
  return step;
}

// Rule 2, B-pictures. Nothing: it is to be judged like another frame.
std::optional<int64_t> ClockSteps::judge_b(const Frame& frame, int64_t moved, int64_t lateness,
                                           int64_t slack, bool leaps_ahead) {
  const bool is_b = frame.picture == Picture::kB;
  is_whole_ = is_whole_ && frame.follows_directly;
  if (moved <= 0 && -moved < room_) {
    if (is_b) note_b(lateness);
    return 0;
  }
  if (!is_b || !reordered_) return std::nullopt;
  const int64_t usual = std::min(reordered_->last, reordered_->before);
  // One whose later neighbour was lost comes after the last frame, too, but no earlier than usual.
  const bool is_ahead = is_whole_ ? lateness < usual - slack : leaps_ahead;
  if (moved > 0 && !is_ahead) {
    note_b(lateness);
    return 0;
  }
  const int64_t step = std::max(lateness - usual, 1 - room_ - moved);
  note_leap(frame.arrival);
  last_.timestamp -= static_cast<uint32_t>(step);
  is_put_by_b_ = true;
  return step;
}

void ClockSteps::note_b(int64_t lateness) {
  reordered_ = Reordered{.last = lateness, .before = reordered_ ? reordered_->last : lateness};
}

void ClockSteps::note_leap(Instant at) {
  if (!leap_) leap_ = Leap{.at = at, .usual = std::min(least_now_, least_before_)};
}

// `gap`: how long after the last frame this one is put.
int64_t ClockSteps::undo(const Frame& frame, int64_t moved, int64_t gap, int64_t elapsed) {
  note_leap(frame.arrival);
  note(frame, lateness_ + elapsed - gap, std::max(gap, moved));
  return gap - moved;
}

// Rules 1 and 2.
bool ClockSteps::is_step(int64_t moved, int64_t elapsed, bool leaps_ahead) const {
  if (moved <= 0) return true;
  if (frames_ < kFewFrames && moved - elapsed < ticks(kSureStep)) return false;
  // A queue that drains brings frames early too, but one after the other, at their usual distance.
  return leaps_ahead;
}

// How long after the last frame one is that has no timestamp to trust.
int64_t ClockSteps::gap_before(const Frame& frame, int64_t elapsed) const {
  const bool is_at_pace = std::abs(elapsed - pace_) <= ticks(kJitter);
  if (pace_ > 0 && is_at_pace && frame.follows_directly) return pace_;
  return std::max<int64_t>(elapsed, rate_ / 100);
}

// Rule 3.
int64_t ClockSteps::judge_lateness(Instant arrival, int64_t lateness, int64_t slack,
                                   bool has_reports) {
  if (lateness - lateness_ > slack) {
    const int64_t usual = doubt_ ? doubt_->usual : std::min(least_now_, least_before_);
    doubt_ = Doubt{.since = arrival, .usual = usual, .first = lateness, .least = lateness};
    return 0;
  }
  if (!doubt_) return 0;
  doubt_->least = std::min(doubt_->least, lateness);
  ++doubt_->frames;
  int64_t step = 0;
  if (confirmed_ != 0)
    step = confirmed_;
  else if (doubt_->least - doubt_->usual > slack && arrival - doubt_->since <= kLongestDoubt) {
    if (!is_doubt_proven(arrival, has_reports)) return 0;
    step = doubt_->least - doubt_->usual;
  }
  confirmed_ = 0;
  const int64_t usual = doubt_->usual;
  doubt_.reset();
  // A clock may have stepped twice.
  const int64_t rest = lateness - step;
  if (step != 0 && rest - usual > slack)
    doubt_ = Doubt{.since = arrival, .usual = usual, .first = rest, .least = rest};
  return step;
}

bool ClockSteps::is_doubt_proven(Instant arrival, bool has_reports) {
  const bool is_long = doubt_->least - doubt_->usual >= ticks(kLongLateness);
  if (!is_long && has_reports) return false;
  const Duration passed = arrival - doubt_->since;
  if (passed < (is_long ? kProof : kProofWithoutReports) || doubt_->frames < kProofFrames)
    return false;
  if (doubt_->first - doubt_->least <= ticks(passed) / kCatchUp) return true;
  // It gets shorter: look at how it goes on.
  doubt_->since = arrival;
  doubt_->first = doubt_->least;
  return false;
}

bool ClockSteps::confirm(int64_t ticks_behind) {
  if (!doubt_) return false;
  const int64_t late = doubt_->least - doubt_->usual;
  if (std::abs(late - ticks_behind) > std::max(ticks(kReportNoise), late / 4)) return false;
  confirmed_ = ticks_behind;
  return true;
}

// `room`: for B-pictures that come after this frame.
void ClockSteps::note(const Frame& frame, int64_t lateness, int64_t room) {
  room_ = std::min(room, ticks(kLongestReorder));
  is_whole_ = true;
  is_put_by_b_ = false;
  if (frames_ < kFewFrames) ++frames_;
  if (frame.arrival - window_start_ > kWindow) {
    window_start_ = frame.arrival;
    least_before_ = least_now_;
    least_now_ = lateness;
  }
  least_now_ = std::min(least_now_, lateness);
  last_ = frame;
  lateness_ = lateness;
}

}  // namespace lectern::forward
