#include "base/least_delay.h"

#include "base/rng.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace lectern {
namespace {

constexpr Duration kMs = Duration::milliseconds(1);

// One stamp a second for `seconds`, each late by 20 to 90 ms.
Instant run(LeastDelay& clock, Instant now, int seconds, Duration ahead, Rng& rng) {
  for (int i = 0; i < seconds; ++i) {
    now += Duration::seconds(1);
    clock.add(now, ahead + 20 * kMs + Duration::milliseconds(rng.next_u32() % 71));
  }
  return now;
}

TEST(LeastDelay, KnowsNothingBeforeTheFirstStamp) {
  EXPECT_FALSE(LeastDelay().at(Instant::from_ms(5)).has_value());
}

TEST(LeastDelay, TheFastestTellsTheTruth) {
  Rng rng(1);
  for (const Duration ahead : {3 * kMs, Duration::seconds(3'600), -Duration::seconds(3'600)}) {
    LeastDelay clock;
    const Instant now = run(clock, Instant::from_ms(70'000), 60, ahead, rng);
    const double error = (*clock.at(now) - ahead).to_seconds();
    EXPECT_GE(error, 0.020);
    EXPECT_LT(error, 0.035);
  }
}

TEST(LeastDelay, IsRightWithTheFirstFastStampOfTheBeginning) {
  LeastDelay clock;
  clock.add(Instant::from_ms(1'000), 400 * kMs);
  clock.add(Instant::from_ms(3'000), 25 * kMs);
  EXPECT_EQ(*clock.at(Instant::from_ms(3'000)), 25 * kMs);
}

TEST(LeastDelay, JumpsNoMoreAfterTheBeginning) {
  Rng rng(2);
  LeastDelay clock;
  Instant now = Instant::from_ms(1'000);
  for (int i = 0; i < 12; ++i) clock.add(now += Duration::seconds(1), 400 * kMs);  // all very late
  Duration before = *clock.at(now);
  for (int i = 0; i < 600; ++i) {
    now += 100 * kMs;
    const Duration value = *clock.at(now);
    EXPECT_LE(std::abs((value - before).us()), 501);
    before = value;
    if (i % 10 == 0) clock.add(now, 20 * kMs + Duration::milliseconds(rng.next_u32() % 71));
    EXPECT_EQ(*clock.at(now), before);
  }
  EXPECT_LT(before, 150 * kMs);
}

TEST(LeastDelay, FollowsClocksThatDrift) {
  Rng rng(3);
  LeastDelay clock;
  Instant now = Instant::from_ms(1'000);
  for (const int ppm : {200, -200}) {
    Duration ahead = Duration::zero();
    for (int i = 0; i < 300; ++i) {
      now += Duration::seconds(1);
      ahead += Duration::microseconds(ppm);
      clock.add(now, ahead + Duration::milliseconds(rng.next_u32() % 20));
    }
    EXPECT_NEAR((*clock.at(now) - ahead).to_seconds(), 0.004, 0.010) << ppm;
    now += Duration::seconds(600);
  }
}

TEST(LeastDelay, AClockThatWasSetIsFollowedAtOnceOrAfterTheWindow) {
  Rng rng(4);
  LeastDelay clock;
  Instant now = run(clock, Instant::from_ms(1'000), 30, Duration::zero(), rng);
  now = run(clock, now, 1, -Duration::seconds(50), rng);
  EXPECT_LT(*clock.at(now), -Duration::seconds(49));
  now = run(clock, now, 31, Duration::zero(), rng);
  EXPECT_GT(*clock.at(now), 19 * kMs);
}

}  // namespace
}  // namespace lectern
