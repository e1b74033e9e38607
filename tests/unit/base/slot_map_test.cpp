#include "base/slot_map.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern {
namespace {

TEST(SlotMap, AnOldIdFindsNothingAfterItsSlotIsReused) {
  SlotMap<std::string> map;
  const SlotId first = map.emplace("first");
  ASSERT_TRUE(map.erase(first));
  EXPECT_FALSE(map.erase(first));
  const SlotId second = map.emplace("second");
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_EQ(map.find(first), nullptr);
  EXPECT_EQ(*map.find(second), "second");
  EXPECT_EQ(map.size(), 1U);
}

TEST(SlotMap, NextIdIsTheIdThatEmplaceGives) {
  SlotMap<int> map;
  for (int i = 0; i < 5; ++i) {
    const SlotId expected = map.next_id();
    EXPECT_EQ(map.emplace(i), expected);
    if (i % 2 == 0) map.erase(expected);
  }
}

TEST(SlotMap, ValuesKeepTheirPlaceWhileOthersComeAndGo) {
  SlotMap<int> map;
  const SlotId kept = map.emplace(7);
  const int* place = map.find(kept);
  for (int i = 0; i < 1000; ++i) map.emplace(i);
  EXPECT_EQ(map.find(kept), place);
}

TEST(SlotMap, VisitsLiveValuesOnly) {
  SlotMap<int> map;
  const SlotId a = map.emplace(1);
  map.emplace(2);
  map.erase(a);
  int sum = 0;
  map.for_each([&](SlotId, int& value) { sum += value; });
  EXPECT_EQ(sum, 2);
  EXPECT_EQ(map.at_slot(a.slot), nullptr);
  EXPECT_EQ(map.find(SlotId{99, 1}), nullptr);
  EXPECT_FALSE(SlotId{}.is_valid());
}

}  // namespace
}  // namespace lectern
