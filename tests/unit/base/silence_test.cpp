#include "base/silence.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

constexpr Duration kPeriod = Duration::milliseconds(250);

TEST(Silence, LastsAsLongAsItIsLookedAt) {
  Silence silence(kPeriod);
  for (int i = 0; i < 8; ++i) silence.look(kPeriod);
  EXPECT_EQ(silence.lasted(), Duration::seconds(2));
  silence.heard();
  EXPECT_EQ(silence.lasted(), Duration::zero());
}

TEST(Silence, ThePausesOfTheLookerAreNotTheOthersSilence) {
  Silence silence(kPeriod);
  silence.look(kPeriod);
  silence.look(Duration::seconds(3600));
  EXPECT_EQ(silence.lasted(), kPeriod * 3);
  silence.look(Duration::seconds(-5));
  EXPECT_EQ(silence.lasted(), kPeriod * 3);
}

}  // namespace
}  // namespace lectern
