#include "media/worker/link_watch.h"

#include <gtest/gtest.h>

namespace lectern::worker {
namespace {

using Allowed = LinkWatch::Allowed;

Instant at_ms(int64_t ms) {
  return Instant::from_ms(100'000 + ms);
}

// A viewer that is sent 10 kB each 100 ms and looked at as often.
class LinkWatchTest : public testing::Test {
 protected:
  void run(int64_t from_ms, int64_t to_ms, int64_t heard_ms, bool is_proven = true) {
    for (int64_t ms = from_ms; ms < to_ms; ms += 100) {
      if (watch_.allowed() == Allowed::kAll) sent_ += 10'000;
      static_cast<void>(watch_.look(at_ms(ms), {.last_heard = at_ms(std::min(heard_ms, ms)),
                                                .is_path_proven = is_proven,
                                                .sent_octets = sent_}));
    }
  }

  LinkWatch watch_;
  uint32_t sent_ = 0xFFFF'0000;  // wraps around soon
};

TEST_F(LinkWatchTest, PicturesStopAfterSixSecondsOfSilenceAndSoundAfterSevenAndAHalf) {
  watch_.note_report();
  run(0, 9'000, 3'000);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll);
  run(9'000, 10'500, 3'000);
  EXPECT_EQ(watch_.allowed(), Allowed::kSound);
  EXPECT_EQ(watch_.next_look(), at_ms(10'500));
  run(10'500, 10'600, 3'000);
  EXPECT_EQ(watch_.allowed(), Allowed::kNothing);
  EXPECT_TRUE(watch_.look(
      at_ms(20'000), {.last_heard = at_ms(20'000), .is_path_proven = true, .sent_octets = sent_}));
  EXPECT_EQ(watch_.allowed(), Allowed::kAll) << "the first packet brings all back";
}

TEST_F(LinkWatchTest, WhoNeverReportsIsGivenTimeForItsConsentChecks) {
  run(0, 17'000, 0);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll);
  run(17'000, 20'000, 0);
  EXPECT_EQ(watch_.allowed(), Allowed::kNothing);
}

TEST_F(LinkWatchTest, TimeInWhichNothingWasSentIsNoSilence) {
  watch_.note_report();
  for (int64_t ms = 0; ms < 60'000; ms += 1'000)
    static_cast<void>(watch_.look(
        at_ms(ms), {.last_heard = at_ms(0), .is_path_proven = true, .sent_octets = sent_}));
  EXPECT_EQ(watch_.allowed(), Allowed::kAll);
  run(60'000, 65'900, 0);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll);
  run(65'900, 70'000, 0);
  EXPECT_EQ(watch_.allowed(), Allowed::kNothing);
}

TEST_F(LinkWatchTest, AnUnprovenPathGetsAnAllowanceOnly) {
  run(0, 500, 500, false);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll);
  run(500, 1'000, 1'000, false);
  EXPECT_EQ(watch_.allowed(), Allowed::kSound);
  sent_ += 40'000;  // of sound
  run(1'000, 1'100, 1'100, false);
  EXPECT_EQ(watch_.allowed(), Allowed::kNothing);
  run(1'100, 1'200, 1'200, true);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll) << "a report has come from there";
}

TEST_F(LinkWatchTest, P93AnUnprovenPathIsLookedAtEachFiftyMilliseconds) {
  run(0, 100, 0, false);
  EXPECT_EQ(watch_.next_look(), at_ms(50));
  run(100, 200, 200, true);
  EXPECT_GT(watch_.next_look(), at_ms(6'000)) << "silence alone is to be noticed";
}

TEST_F(LinkWatchTest, GoingToAndFroGivesNoNewAllowanceBeforeTenSeconds) {
  run(0, 500, 500, false);  // 50 kB
  run(500, 2'000, 2'000, true);
  run(2'000, 2'300, 2'300, false);
  EXPECT_EQ(watch_.allowed(), Allowed::kSound) << "80 kB in two trials";
  run(2'300, 10'000, 10'000, true);
  run(10'000, 10'300, 10'300, false);
  EXPECT_EQ(watch_.allowed(), Allowed::kAll) << "30 kB of the next allowance";
}

}  // namespace
}  // namespace lectern::worker
