// A publisher's clocks that step by any amount, seconds apart, behind a network that delays, stalls
// and loses. What is held: towards viewers time never goes back, and once all is calm, frames are
// as early as before and sound and picture are in step.
#include "base/rng.h"
#include "tests/property/seed.h"
#include "tests/unit/media/forward/stepping_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace lectern::forward {
namespace {

using Reports = SteppingSource::Reports;

int64_t below(Rng& rng, uint64_t limit) {
  return static_cast<int64_t>(rng.below(limit));
}

// From a tenth of a second to a day and a half, either sign.
double random_step(Rng& rng) {
  const double size = 0.1 * std::pow(10.0, static_cast<double>(rng.below(5'900)) / 1000);
  return rng.chance(0.5) ? size : -size;
}

void check(const SteppingSource& source, const double (&usual)[2]) {
  for (size_t track : {SteppingSource::kSound, SteppingSource::kPicture}) {
    ASSERT_EQ(source.backward(track), 0);
    ASSERT_NEAR(source.lateness(track), usual[track], 100);
  }
  ASSERT_NEAR(source.lip_error(), 0, 40);
}

TEST(ClockProperty, TimeGoesOnWhateverThePublishersClocksDo) {
  Rng rng(property_seed());
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const auto reports = rng.chance(0.7) ? Reports::kFollow : Reports::kKeepOldClock;
    SCOPED_TRACE(reports == Reports::kFollow ? "reports follow" : "reports keep the old clock");
    SteppingSource source(reports);
    const auto jitter_us = static_cast<uint64_t>(1 + rng.below(15'000));
    const auto jitter = [&](Instant) { return below(rng, jitter_us); };
    source.set_drift(below(rng, 200) - 100);
    source.run(Duration::seconds(8), jitter);
    const double usual[] = {source.lateness(SteppingSource::kSound),
                            source.lateness(SteppingSource::kPicture)};
    if (rng.chance(0.5)) source.lose(0.05, rng.next_u32());
    for (int event = 0; event < 6; ++event) {
      SCOPED_TRACE(event);
      switch (rng.below(5)) {
        case 0: {
          const Instant until = source.now() + Duration::milliseconds(200 + below(rng, 4000));
          source.run(Duration::seconds(6),
                     [&](Instant at) { return std::max((until - at).us(), jitter(at)); });
          break;
        }
        case 1:
          source.pause(Duration::milliseconds(20 * (50 + below(rng, 500))), rng.chance(0.3));
          break;
        case 2:
          source.step_wall_clock(random_step(rng));
          break;
        default: {
          const double step = random_step(rng);
          const bool is_both = rng.chance(0.6);
          const bool is_sound = is_both || rng.chance(0.5);
          if (is_sound) source.step(SteppingSource::kSound, step);
          if (is_both || !is_sound) source.step(SteppingSource::kPicture, step);
          break;
        }
      }
      source.run(Duration::milliseconds(20 * (150 + below(rng, 200))), jitter);
    }
    source.lose(0, 0);
    source.run(Duration::seconds(12), jitter);
    check(source, usual);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace lectern::forward
