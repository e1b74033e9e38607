#include "base/time.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

TEST(Instant, NeverStaysNever) {
  EXPECT_TRUE((Instant::never() + Duration::seconds(1)).is_never());
  EXPECT_TRUE((Instant::from_ms(5) + Duration::infinite()).is_never());
  EXPECT_LT(Instant::from_ms(1), Instant::never());
}

TEST(Instant, DifferencesAreDurations) {
  const Instant start = Instant::from_ms(100);
  EXPECT_EQ((start + Duration::milliseconds(20)) - start, Duration::milliseconds(20));
  EXPECT_EQ(start - Duration::milliseconds(40), Instant::from_ms(60));
  EXPECT_EQ(Duration::seconds(3) / Duration::milliseconds(500), 6);
}

TEST(DataRate, IsSizeOverTime) {
  EXPECT_EQ(DataSize::bytes(125'000) / Duration::seconds(1), DataRate::kbps(1000));
  EXPECT_EQ(DataSize::bytes(1) / Duration::zero(), DataRate());
  EXPECT_EQ(DataRate::kbps(200).percent(85), DataRate::kbps(170));
}

}  // namespace
}  // namespace lectern
