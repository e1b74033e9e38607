#include "base/class_time.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

TEST(ClassTime, IsToldFromOneProcessToAnother) {
  ToldClassTime told;
  EXPECT_FALSE(told.at(Instant::from_ms(1)).has_value());
  const ClassTime zero = ClassTime::from_us(1'800'000'000'000'000);  // at Instant zero
  for (int second = 1; second <= 20; ++second) {
    const Instant sent = Instant::from_ms(1'000 * second);
    const Duration way = Duration::microseconds(second == 7 ? 150 : 4'000);
    told.on_told(sent + way, zero + (sent - Instant()));
  }
  const Instant later = Instant::from_ms(21'500);
  EXPECT_NEAR(static_cast<double>((*told.at(later) - zero).us()), 21'499'850, 500);
}

TEST(ClassTime, HasAnOrderAndDistances) {
  const ClassTime a = ClassTime::from_us(5);
  const ClassTime b = a + Duration::microseconds(3);
  EXPECT_LT(a, b);
  EXPECT_EQ(b - a, Duration::microseconds(3));
}

}  // namespace
}  // namespace lectern
