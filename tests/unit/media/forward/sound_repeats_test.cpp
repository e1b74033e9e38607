#include "media/forward/sound_repeats.h"

#include <gtest/gtest.h>

namespace lectern::forward {
namespace {

class SoundRepeatsTest : public testing::Test {
 protected:
  // Reports each second for `seconds`; returns how many of them left repeats on.
  int report(int seconds, const SoundRepeats::Report& what) {
    int with_repeats = 0;
    for (int second = 0; second < seconds; ++second) {
      now_ += Duration::seconds(1);
      repeats_.on_report(now_, what);
      if (repeats_.count() > 0) ++with_repeats;
    }
    return with_repeats;
  }

  Instant now_ = Instant::from_ms(10'000);
  SoundRepeats repeats_;
};

TEST_F(SoundRepeatsTest, NoneOnAGoodLink) {
  EXPECT_EQ(report(100, {.sound_loss = 0.008, .picture_loss = 0.005}), 0);
}

TEST_F(SoundRepeatsTest, OneFromOnePercentTwoFromEight) {
  report(1, {.sound_loss = 0.01, .picture_loss = {}});
  EXPECT_EQ(repeats_.count(), 1U);
  report(1, {.sound_loss = 0.01, .picture_loss = 0.08});
  EXPECT_EQ(repeats_.count(), 2U) << "the picture is the better witness";
}

TEST_F(SoundRepeatsTest, StayWhileThePictureStillLoses) {
  report(1, {.sound_loss = 0.05, .picture_loss = 0.05});
  EXPECT_EQ(report(100, {.sound_loss = 0.002, .picture_loss = 0.05}), 100);
}

TEST_F(SoundRepeatsTest, SoundAloneGetsATrialAfterAHoldThatDoubles) {
  report(1, {.sound_loss = 0.05, .picture_loss = {}});
  const int first = report(200, {.sound_loss = 0.002, .picture_loss = {}});
  EXPECT_GE(first, 9);
  EXPECT_LE(first, 12);
  repeats_ = {};
  report(1, {.sound_loss = 0.05, .picture_loss = {}});
  report(11, {.sound_loss = 0.002, .picture_loss = {}});
  EXPECT_EQ(repeats_.count(), 0U);
  report(2, {.sound_loss = 0.05, .picture_loss = {}});
  const int second = report(200, {.sound_loss = 0.002, .picture_loss = {}});
  EXPECT_GE(second, 19) << "they had to come back at once";
  EXPECT_LE(second, 22);
}

TEST_F(SoundRepeatsTest, TwoBecomeOneFirst) {
  report(1, {.sound_loss = 0.1, .picture_loss = 0.1});
  report(12, {.sound_loss = 0.002, .picture_loss = 0.02});
  EXPECT_EQ(repeats_.count(), 1U);
}

TEST_F(SoundRepeatsTest, WhereTheyDoNotHelpTheLinkIsFull) {
  report(1, {.sound_loss = 0.3, .picture_loss = {}});
  EXPECT_EQ(repeats_.count(), 2U);
  report(4, {.sound_loss = 0.4, .picture_loss = {}});
  EXPECT_EQ(repeats_.count(), 0U);
  EXPECT_EQ(report(29, {.sound_loss = 0.3, .picture_loss = {}}), 0);
  EXPECT_GT(report(5, {.sound_loss = 0.3, .picture_loss = {}}), 0) << "and are tried again";
}

TEST_F(SoundRepeatsTest, NoneWithoutRoom) {
  report(1, {.sound_loss = 0.1, .picture_loss = 0.1});
  EXPECT_EQ(report(5, {.sound_loss = 0.1, .picture_loss = 0.1, .has_room = false}), 0);
}

}  // namespace
}  // namespace lectern::forward
