#include "server/tools/arrival_spread.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::tools {
namespace {

std::array<uint8_t, 20> packet(uint8_t payload_type, uint32_t timestamp) {
  std::array<uint8_t, 20> bytes{0x80, payload_type};
  store_be32(bytes.data() + 4, timestamp);
  return bytes;
}

TEST(ArrivalSpread, CountsFromTheFirstViewersPacket) {
  ArrivalSpread spread;
  const Instant start = Instant::from_ms(1000);
  for (int viewer = 0; viewer < 101; ++viewer)
    spread.note(start + Duration::milliseconds(viewer), packet(96, 3000));
  EXPECT_EQ(spread.shared(), 100U);
  EXPECT_NEAR(static_cast<double>(spread.percentile(0.5).us()), 50'000, 200);
  EXPECT_NEAR(static_cast<double>(spread.percentile(0.99).us()), 99'000, 200);
}

TEST(ArrivalSpread, TellsTracksAndTimesApart) {
  ArrivalSpread spread;
  const Instant start = Instant::from_ms(1000);
  spread.note(start, packet(96, 3000));
  spread.note(start, packet(111, 3000));
  spread.note(start, packet(96, 6000));
  // The marker bit is not part of the payload type.
  spread.note(start + Duration::milliseconds(5), packet(96 | 0x80, 6000));
  EXPECT_EQ(spread.shared(), 1U);
  EXPECT_NEAR(static_cast<double>(spread.percentile(0.5).us()), 5000, 200);
}

TEST(ArrivalSpread, OfNothingIsZero) {
  ArrivalSpread spread;
  spread.note(Instant::from_ms(1), std::array<uint8_t, 3>{0x80, 96, 0});
  EXPECT_EQ(spread.shared(), 0U);
  EXPECT_EQ(spread.percentile(0.99), Duration::zero());
}

}  // namespace
}  // namespace lectern::tools
