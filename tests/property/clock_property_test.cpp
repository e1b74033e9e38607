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

using Pictures = SteppingSource::Pictures;
using Reports = SteppingSource::Reports;

int64_t below(Rng& rng, uint64_t limit) {
  return static_cast<int64_t>(rng.below(limit));
}

// From `least` to 800,000 times as much, either sign. A tenth of a second is no more than what lies
// between two pictures that are no B-pictures, which waits for a report if one of them is lost.
double random_step(Rng& rng, Pictures pictures) {
  const double least = pictures == Pictures::kH264WithB ? 0.3 : 0.1;
  const double size = least * std::pow(10.0, static_cast<double>(rng.below(5'900)) / 1000);
  return rng.chance(0.5) ? size : -size;
}

void check(const SteppingSource& source, const double (&usual)[2], int backward) {
  for (size_t track : {SteppingSource::kSound, SteppingSource::kPicture}) {
    ASSERT_LE(source.backward(track), backward) << track;
    ASSERT_NEAR(source.lateness(track), usual[track], 100);
  }
  ASSERT_NEAR(source.lip_error(), 0, 40);
}

void run_rounds(Pictures pictures) {
  Rng rng(property_seed());
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const auto reports = rng.chance(0.7) ? Reports::kFollow : Reports::kKeepOldClock;
    SCOPED_TRACE(reports == Reports::kFollow ? "reports follow" : "reports keep the old clock");
    SteppingSource source(reports, pictures);
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
          source.step_wall_clock(random_step(rng, pictures));
          break;
        default: {
          const double step = random_step(rng, pictures);
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
    check(source, usual, pictures == Pictures::kH264WithB ? 2 : 0);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ClockProperty, TimeGoesOnWhateverThePublishersClocksDo) {
  run_rounds(Pictures::kVp8);
}

TEST(ClockProperty, TimeGoesOnWithH264) {
  run_rounds(Pictures::kH264);
}

TEST(ClockProperty, TimeGoesOnWithBPictures) {
  run_rounds(Pictures::kH264WithB);
}

}  // namespace
}  // namespace lectern::forward
