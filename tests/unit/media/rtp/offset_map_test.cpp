#include "media/rtp/offset_map.h"

#include <gtest/gtest.h>

#include <optional>

namespace lectern::rtp {
namespace {

TEST(OffsetMap, KeepsDistancesAndStartsWhereTold) {
  OffsetMap map(1000);
  EXPECT_FALSE(map.started());
  EXPECT_EQ(map.next_number(), 1000);
  EXPECT_EQ(map.forward(70), 1000);
  EXPECT_EQ(map.forward(71), 1001);
  EXPECT_EQ(map.forward(75), 1005) << "a gap stays a gap";
  EXPECT_EQ(map.next_number(), 1006);
  EXPECT_TRUE(map.started());
}

TEST(OffsetMap, DroppedPacketsCloseUp) {
  OffsetMap map;
  EXPECT_EQ(map.forward(10), 0);
  EXPECT_EQ(map.drop(11), std::nullopt);
  EXPECT_EQ(map.drop(12), std::nullopt);
  EXPECT_EQ(map.forward(13), 1);
  EXPECT_EQ(map.drop(14), std::nullopt);
  EXPECT_EQ(map.forward(15), 2);
}

TEST(OffsetMap, LatePacketGetsTheNumberInItsPlace) {
  OffsetMap map;
  map.forward(10);  // 0
  map.drop(11);
  map.forward(13);  // 12 is on its way
  map.drop(14);
  EXPECT_EQ(map.forward(15), 3);
  EXPECT_EQ(map.forward(12), 1);
  EXPECT_EQ(map.forward(13), 2) << "asked again, told the same";
}

TEST(OffsetMap, LatePacketThatIsDroppedLeavesItsNumberToFill) {
  OffsetMap map;
  map.forward(10);
  map.forward(12);
  EXPECT_EQ(map.drop(11), 1);
  EXPECT_EQ(map.next_number(), 3);
}

TEST(OffsetMap, GapBeforeADroppedPacketKeepsItsNumbers) {
  OffsetMap map;
  map.forward(10);  // 0
  map.drop(13);     // 11 and 12 are on their way
  EXPECT_EQ(map.next_number(), 3);
  EXPECT_EQ(map.forward(14), 3);
  EXPECT_EQ(map.forward(11), 1);
  EXPECT_EQ(map.forward(12), 2);
  EXPECT_EQ(map.forward(13), std::nullopt);
}

TEST(OffsetMap, DroppedPacketsHaveNoNumberEver) {
  OffsetMap map;
  map.forward(10);
  map.drop(11);
  map.drop(12);
  map.forward(13);
  EXPECT_EQ(map.forward(11), std::nullopt);
  EXPECT_EQ(map.drop(12), std::nullopt);
}

TEST(OffsetMap, DropsBeforeTheFirstPacketTakeNoNumbers) {
  OffsetMap map(5);
  map.drop(100);
  map.drop(101);
  EXPECT_EQ(map.forward(102), 5);
  EXPECT_EQ(map.forward(99), std::nullopt);
}

TEST(OffsetMap, SpliceGoesOnWithTheNextNumber) {
  OffsetMap map;
  map.forward(10);
  map.forward(11);
  map.splice(500);
  EXPECT_EQ(map.forward(500), 2);
  EXPECT_EQ(map.forward(501), 3);
  EXPECT_EQ(map.forward(499), std::nullopt);
  EXPECT_EQ(map.forward(12), std::nullopt);
  map.splice(3);
  map.drop(3);
  EXPECT_EQ(map.forward(4), 4);
}

TEST(OffsetMap, RunOfDropsCostsOneInterval) {
  OffsetMap map;
  map.forward(0);
  map.forward(2);
  for (int64_t source = 3; source < 3 + 10 * static_cast<int64_t>(OffsetMap::kMaxIntervals);
       ++source)
    map.drop(source);
  EXPECT_EQ(map.forward(1), 1) << "the history still reaches back to it";
}

TEST(OffsetMap, ForgetsWhatIsOlderThanItsHistory) {
  OffsetMap map;
  // Every second packet dropped: one interval each. Source 4k is left out and comes late.
  int64_t source = 0;
  for (size_t i = 0; i < OffsetMap::kMaxIntervals + 10; ++i) {
    map.forward(source + 1);
    map.drop(source + 3);
    source += 4;
  }
  EXPECT_EQ(map.forward(0), std::nullopt);
  EXPECT_EQ(map.forward(4), std::nullopt);
  const int64_t late = source - 4;
  const auto number = map.forward(late);
  ASSERT_TRUE(number.has_value());
  EXPECT_EQ(map.forward(late + 1), *number + 1);
}

TEST(OffsetMap, APacketPutInHasANumberOfItsOwn) {
  OffsetMap map(100);
  EXPECT_EQ(map.forward(10), 100);
  EXPECT_EQ(map.drop(11), std::nullopt);
  // 12 and 13 are still on their way.
  EXPECT_EQ(map.insert(14), 103);
  EXPECT_EQ(map.next_number(), 104);
  EXPECT_EQ(map.forward(14), 104);
  EXPECT_EQ(map.forward(15), 105);
  EXPECT_EQ(map.forward(13), 102);
  EXPECT_EQ(map.drop(12), 101);
  EXPECT_EQ(map.insert(15), std::nullopt) << "it has gone out already";
  EXPECT_EQ(map.insert(16), 106);
  EXPECT_EQ(map.insert(16), 107);
  EXPECT_EQ(map.forward(16), 108);
}

TEST(OffsetMap, APacketPutInMayBeTheFirst) {
  OffsetMap map(7);
  EXPECT_EQ(map.insert(50), 7);
  EXPECT_EQ(map.forward(50), 8);
  EXPECT_EQ(map.forward(49), std::nullopt);
  map.splice(1000);
  EXPECT_EQ(map.insert(1016), 25) << "what a splice has kept free stays free";
  EXPECT_EQ(map.forward(1016), 26);
  EXPECT_EQ(map.forward(1015), 24);
}

}  // namespace
}  // namespace lectern::rtp
