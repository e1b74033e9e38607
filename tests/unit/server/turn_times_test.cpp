#include "server/io/turn_times.h"

#include <gtest/gtest.h>

namespace lectern::io {
namespace {

TEST(TurnTimes, TheNinetyNinthPercentileIsTheEdgeOfItsBucket) {
  TurnTimes times;
  for (int i = 0; i < 98; ++i) {
    times.add(Duration::microseconds(10));
  }
  times.add(Duration::milliseconds(3));
  times.add(Duration::milliseconds(3));
  EXPECT_EQ(times.take_p99(), Duration::microseconds(4096));
}

TEST(TurnTimes, OneSlowTurnInAHundredIsNotSeen) {
  TurnTimes times;
  for (int i = 0; i < 99; ++i) {
    times.add(Duration::microseconds(10));
  }
  times.add(Duration::seconds(1));
  EXPECT_EQ(times.take_p99(), Duration::microseconds(16));
}

TEST(TurnTimes, TakingBeginsAnew) {
  TurnTimes times;
  times.add(Duration::seconds(1));
  EXPECT_GE(times.take_p99(), Duration::seconds(1));
  EXPECT_EQ(times.take_p99(), Duration::zero());
}

TEST(TurnTimes, AnythingFitsTheLastBucket) {
  TurnTimes times;
  times.add(Duration::seconds(100'000));
  times.add(Duration::microseconds(-5));
  EXPECT_GE(times.take_p99(), Duration::seconds(16));
}

}  // namespace
}  // namespace lectern::io
