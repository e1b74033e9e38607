// A publisher's clocks that step by any amount, seconds apart, behind a network that delays, stalls
// and loses. What is held: towards viewers time never goes back, and once all is calm, frames are
// as early as before and sound and picture are in step.
#include "base/rng.h"
#include "tests/property/seed.h"
#include "tests/unit/media/forward/stepping_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace lectern::forward {
namespace {

using Pictures = SteppingSource::Pictures;
using Reports = SteppingSource::Reports;

int64_t below(Rng& rng, uint64_t limit) {
  return static_cast<int64_t>(rng.below(limit));
}

// Each takes a tenth of a second.
constexpr uint64_t kSeeds = 10;

// A step back of less than what lies between two frames that arrive makes no time go back: a slower
// encoder looks the same, and a report has to tell. Where none will, the least step is one that
// only seven lost pictures in a row could hide.
double least_step(Reports reports, Pictures pictures, bool is_lossy) {
  const double least = pictures == Pictures::kH264WithB ? 0.3 : 0.1;
  return is_lossy && reports == Reports::kKeepOldClock ? 3 * least : least;
}

// From `least` to 800,000 times as much, either sign.
double random_step(Rng& rng, double least) {
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

void run_rounds(Pictures pictures, uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
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
    const bool is_lossy = rng.chance(0.5);
    if (is_lossy) source.lose(0.05, rng.next_u32());
    const double least = least_step(reports, pictures, is_lossy);
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
          source.step_wall_clock(random_step(rng, least));
          break;
        default: {
          const double step = random_step(rng, least);
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

void run_seeds(Pictures pictures) {
  const uint64_t first = property_seed();
  for (uint64_t seed = first; seed < first + kSeeds; ++seed) {
    run_rounds(pictures, seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ClockProperty, TimeGoesOnWhateverThePublishersClocksDo) {
  run_seeds(Pictures::kVp8);
}

TEST(ClockProperty, TimeGoesOnWithH264) {
  run_seeds(Pictures::kH264);
}

TEST(ClockProperty, TimeGoesOnWithBPictures) {
  run_seeds(Pictures::kH264WithB);
}

}  // namespace
}  // namespace lectern::forward
