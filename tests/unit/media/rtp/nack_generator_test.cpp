#include "media/rtp/nack_generator.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

namespace lectern::rtp {
namespace {

Instant at_ms(int64_t ms) {
  return Instant::from_ms(ms);
}

std::vector<uint16_t> due(NackGenerator& nacks, int64_t ms) {
  std::array<uint16_t, 2000> numbers{};
  const size_t count = nacks.take_due(at_ms(ms), numbers);
  return {numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(count)};
}

using Numbers = std::vector<uint16_t>;

TEST(NackGenerator, AsksForTheGap) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 65534);
  EXPECT_TRUE(nacks.next_due().is_never());
  nacks.on_packet(at_ms(0), 65537);
  EXPECT_EQ(nacks.missing(), 2U);
  EXPECT_EQ(due(nacks, 0), Numbers()) << "reordering gets its grace";
  const Instant first = nacks.next_due();
  EXPECT_GT(first, at_ms(0));
  EXPECT_EQ(due(nacks, first.ms() + 1), (Numbers{65535, 0}));
}

TEST(NackGenerator, ReorderedPacketIsNotAskedFor) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 1);
  nacks.on_packet(at_ms(0), 3);
  nacks.on_packet(at_ms(1), 2);
  EXPECT_EQ(nacks.missing(), 0U);
  EXPECT_EQ(due(nacks, 1000), Numbers());
}

TEST(NackGenerator, AsksAgainAfterARoundTrip) {
  NackGenerator nacks;
  nacks.set_round_trip(Duration::milliseconds(300));
  nacks.on_packet(at_ms(0), 1);
  nacks.on_packet(at_ms(0), 3);
  EXPECT_EQ(due(nacks, 10), Numbers{2});
  EXPECT_EQ(due(nacks, 309), Numbers());
  EXPECT_EQ(nacks.next_due(), at_ms(310));
  EXPECT_EQ(due(nacks, 310), Numbers{2});
  nacks.on_packet(at_ms(350), 2);
  EXPECT_EQ(due(nacks, 10'000), Numbers());
}

TEST(NackGenerator, RepairAskedForOnceTellsTheRoundTrip) {
  NackGenerator nacks;
  EXPECT_EQ(nacks.on_packet(at_ms(0), 1), std::nullopt);
  EXPECT_EQ(nacks.on_packet(at_ms(0), 5), std::nullopt);
  EXPECT_EQ(nacks.on_packet(at_ms(1), 4), std::nullopt) << "reordered, never asked for";
  EXPECT_EQ(due(nacks, 10), (Numbers{2, 3}));
  EXPECT_EQ(nacks.on_packet(at_ms(45), 2), Duration::milliseconds(35));
  EXPECT_EQ(nacks.on_packet(at_ms(50), 2), std::nullopt) << "a duplicate";
  EXPECT_EQ(due(nacks, 200), Numbers{3});
  EXPECT_EQ(nacks.on_packet(at_ms(210), 3), std::nullopt) << "which request was answered?";
}

TEST(NackGenerator, AsksSlowerAfterRequestsInVain) {
  NackGenerator nacks(
      {.grace = Duration::milliseconds(1), .least_interval = Duration::milliseconds(10)});
  nacks.set_round_trip(Duration::milliseconds(50));
  nacks.on_packet(at_ms(0), 1);
  nacks.on_packet(at_ms(0), 3);
  std::vector<int64_t> times;
  while (!nacks.next_due().is_never()) {
    const int64_t ms = nacks.next_due().ms();
    if (!due(nacks, ms).empty()) times.push_back(ms);
  }
  EXPECT_EQ(times, (std::vector<int64_t>{1, 51, 101, 151, 251, 451, 651, 851, 1051, 1251}));
}

TEST(NackGenerator, SlowsDownAfterAFewRequestsInVain) {
  NackGenerator nacks(
      {.grace = Duration::milliseconds(1), .least_interval = Duration::milliseconds(4)});
  nacks.set_round_trip(Duration::milliseconds(4));
  nacks.on_packet(at_ms(0), 1);
  nacks.on_packet(at_ms(0), 3);
  std::vector<int64_t> asked;
  for (int64_t ms = 0; ms < 1000; ++ms)
    if (!due(nacks, ms).empty()) asked.push_back(ms);
  EXPECT_EQ(asked, (std::vector<int64_t>{1, 5, 9, 13, 21, 37, 69, 133, 261, 461}));
}

TEST(NackGenerator, ARepairAskedForOnceTellsTheRoundTrip) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 1);
  EXPECT_FALSE(nacks.on_packet(at_ms(0), 4).has_value());
  EXPECT_EQ(due(nacks, 5).size(), 2U);
  EXPECT_EQ(nacks.on_packet(at_ms(65), 2), Duration::milliseconds(60));
  EXPECT_EQ(due(nacks, 105), Numbers{3});
  EXPECT_FALSE(nacks.on_packet(at_ms(170), 3).has_value()) << "which request was answered?";
}

TEST(NackGenerator, GivesUpAfterTenRequestsAndWantsAKeyframe) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 1);
  nacks.on_packet(at_ms(0), 3);
  for (int64_t i = 1; i <= NackGenerator::kMaxRequests; ++i)
    EXPECT_EQ(due(nacks, i * 1000), Numbers{2}) << i;
  EXPECT_FALSE(nacks.take_keyframe_wanted());
  EXPECT_EQ(due(nacks, 11'000), Numbers());
  EXPECT_TRUE(nacks.take_keyframe_wanted());
  EXPECT_FALSE(nacks.take_keyframe_wanted());
  EXPECT_EQ(nacks.missing(), 0U);
}

TEST(NackGenerator, ForgetsTheOldestBeyondItsBound) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  for (int64_t position = 2; position <= 2010; position += 2) nacks.on_packet(at_ms(0), position);
  EXPECT_EQ(nacks.missing(), NackGenerator::kMaxMissing);
  EXPECT_TRUE(nacks.take_keyframe_wanted());
  EXPECT_EQ(due(nacks, 100).front(), 11);
}

TEST(NackGenerator, LongGapIsCutToTheBound) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  nacks.on_packet(at_ms(0), 5000);
  EXPECT_EQ(nacks.missing(), NackGenerator::kMaxMissing);
  EXPECT_TRUE(nacks.take_keyframe_wanted());
  EXPECT_EQ(due(nacks, 100).front(), 4000);
}

TEST(NackGenerator, JumpOfTheSourceAsksForNothing) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  nacks.on_packet(at_ms(0), 2);
  nacks.on_packet(at_ms(0), 30'000);
  EXPECT_EQ(nacks.missing(), 0U);
  EXPECT_TRUE(nacks.take_keyframe_wanted());
}

TEST(NackGenerator, KeyframeMakesTheOlderUseless) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  nacks.on_packet(at_ms(0), 3);
  nacks.on_packet(at_ms(0), 6);
  nacks.on_keyframe(5);
  EXPECT_EQ(due(nacks, 100), Numbers{5});
}

TEST(NackGenerator, FullListLeavesTheRestForTheNext) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  nacks.on_packet(at_ms(0), 5);
  std::array<uint16_t, 3> numbers{};
  EXPECT_EQ(nacks.take_due(at_ms(100), numbers), 3U);
  EXPECT_EQ(numbers, (std::array<uint16_t, 3>{1, 2, 3}));
  EXPECT_EQ(nacks.take_due(at_ms(100), numbers), 1U);
  EXPECT_EQ(numbers[0], 4);
  EXPECT_EQ(nacks.take_due(at_ms(100), numbers), 0U);
}

TEST(NackGenerator, StartsAnewAfterAReset) {
  NackGenerator nacks;
  nacks.on_packet(at_ms(0), 0);
  nacks.on_packet(at_ms(0), 5);
  nacks.reset();
  nacks.on_packet(at_ms(0), 1000);
  EXPECT_EQ(nacks.missing(), 0U);
}

}  // namespace
}  // namespace lectern::rtp
