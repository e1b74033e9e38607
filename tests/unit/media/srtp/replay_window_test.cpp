#include "media/srtp/replay_window.h"

#include "base/rng.h"

#include <gtest/gtest.h>

#include <set>

namespace lectern::srtp {
namespace {

TEST(ReplayWindow, KnowsWhatItHasSeen) {
  ReplayWindow<128> window;
  EXPECT_EQ(window.judge(0), Novelty::kNew);
  window.mark(0);
  EXPECT_EQ(window.judge(0), Novelty::kReplayed);
  EXPECT_EQ(window.judge(1), Novelty::kNew);
}

TEST(ReplayWindow, IsExactlyItsSizeWide) {
  ReplayWindow<1024> window;
  window.mark(5000);
  EXPECT_EQ(window.judge(5000 - 1023), Novelty::kNew);
  EXPECT_EQ(window.judge(5000 - 1024), Novelty::kTooOld);
}

TEST(ReplayWindow, ForgetsNothingOnALeapAndTakesNothingStaleForSeen) {
  ReplayWindow<128> window;
  for (uint64_t index = 0; index < 128; ++index) window.mark(index);
  window.mark(130);
  EXPECT_EQ(window.judge(128), Novelty::kNew);
  EXPECT_EQ(window.judge(129), Novelty::kNew);
  EXPECT_EQ(window.judge(127), Novelty::kReplayed);
  window.mark(uint64_t{1} << 40);
  EXPECT_EQ(window.judge((uint64_t{1} << 40) - 127), Novelty::kNew);
}

TEST(ReplayWindow, AgreesWithASetOverRandomOrders) {
  Rng rng(7);
  ReplayWindow<128> window;
  std::set<uint64_t> seen;
  uint64_t highest = 0;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t index = highest + rng.below(200) + 3 - std::min<uint64_t>(highest, 190);
    const auto novelty = window.judge(index);
    if (!seen.empty() && index + 128 <= highest) {
      EXPECT_EQ(novelty, Novelty::kTooOld) << index;
      continue;
    }
    EXPECT_EQ(novelty, seen.contains(index) ? Novelty::kReplayed : Novelty::kNew) << index;
    if (novelty != Novelty::kNew) continue;
    window.mark(index);
    seen.insert(index);
    highest = std::max(highest, index);
  }
  EXPECT_GT(highest, 5'000U);
}

}  // namespace
}  // namespace lectern::srtp
