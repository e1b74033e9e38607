// The selector, over a link that it cannot see.
#include "media/forward/tier_selector.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::forward {
namespace {

constexpr Duration ms(int64_t count) {
  return Duration::milliseconds(count);
}

class TierSelector : public ::testing::Test {
 protected:
  static constexpr std::array<SelectorStep, 3> kLadder = {{{.rate = DataRate::kbps(150)},
                                                           {.rate = DataRate::kbps(500)},
                                                           {.rate = DataRate::kbps(1500)}}};

  Decision decide(Duration after) {
    now_ += after;
    const Decision decision = select_tier({.now = now_,
                                           .ladder = kLadder,
                                           .current = current_,
                                           .is_switching = false,
                                           .received = current_,
                                           .other_pictures_rate = DataRate::kbps(40),
                                           .estimate = estimate_,
                                           .last_estimate = estimate_,
                                           .sent_before_estimate = sent_,
                                           .loss = loss_,
                                           .lasting_loss = lasting_loss_,
                                           .reported = reported_ ? reported_ : now_,
                                           .round_trip = round_trip_},
                                          memory_);
    current_ = decision.step;
    return decision;
  }
  Duration time_until(size_t step) {
    const Instant start = now_;
    while (current_ != step && now_ - start < Duration::seconds(600)) decide(ms(200));
    return now_ - start;
  }

  // From the largest picture, with nothing but the estimate to speak against it.
  void fall() {
    round_trip_ = ms(40);
    decide(ms(0));
    time_until(2);
    estimate_ = DataRate::kbps(1000);
  }

  Instant now_ = Instant::from_ms(10'000);
  std::optional<size_t> current_;
  std::optional<DataRate> estimate_;
  DataRate sent_ = DataRate::kbps(8000);
  double loss_ = 0;
  double lasting_loss_ = 0;
  std::optional<Instant> reported_;  // nothing: just now
  std::optional<Duration> round_trip_;
  SelectorMemory memory_;
};

TEST_F(TierSelector, JoinsLowAndClimbsWithinTwoSeconds) {
  round_trip_ = ms(40);
  EXPECT_EQ(decide(ms(0)).step, 0U);
  EXPECT_LE(time_until(2), ms(1400));
}

TEST_F(TierSelector, AStepOnAFarLinkIsReportedOnBeforeTheNext) {
  round_trip_ = ms(200);
  reported_ = now_;
  EXPECT_EQ(decide(ms(0)).step, 0U);
  for (int count = 0; count < 20; ++count) EXPECT_EQ(decide(ms(200)).step, 0U);
  reported_ = now_;
  for (int count = 0; count < 20; ++count) EXPECT_EQ(decide(ms(200)).step, 1U);
  round_trip_ = ms(40);
  EXPECT_EQ(decide(ms(200)).step, 2U) << "near: at once";
}

TEST_F(TierSelector, AnEstimateThatOnlyLagsDoesNotEndATrial) {
  decide(ms(0));
  estimate_ = DataRate::kbps(230);  // half again what the smallest picture takes
  memory_.hold = Duration::seconds(5);
  round_trip_ = ms(40);
  time_until(1);
  for (int count = 0; count < 5; ++count) {
    EXPECT_EQ(decide(ms(1000)).step, 1U);
    estimate_ = estimate_->percent(108);
  }
  estimate_ = DataRate::kbps(200);
  EXPECT_EQ(decide(ms(200)).step, 0U) << "it has fallen";
}

TEST_F(TierSelector, AQueueEndsATrialWhateverTheEstimateWas) {
  decide(ms(0));
  estimate_ = DataRate::kbps(230);
  memory_.hold = Duration::seconds(5);
  round_trip_ = ms(40);
  time_until(1);
  round_trip_ = ms(300);
  const Decision decision = decide(ms(1000));
  EXPECT_EQ(decision.step, 0U);
  EXPECT_TRUE(decision.is_urgent);
}

TEST_F(TierSelector, ALittleLossOnAFarLinkTakesTheSizeDown) {
  decide(ms(0));
  time_until(2);
  round_trip_ = ms(600);
  estimate_ = DataRate::kbps(8000);
  loss_ = lasting_loss_ = 0.02;
  EXPECT_EQ(decide(ms(1000)).step, 1U);
  EXPECT_EQ(decide(ms(1000)).step, 0U);
  EXPECT_EQ(decide(ms(1000)).step, 0U);
}

TEST_F(TierSelector, OneGoodReportOfALossyLinkIsNoReasonToClimb) {
  decide(ms(0));
  estimate_ = DataRate::kbps(8000);
  lasting_loss_ = 0.1;
  for (int count = 0; count < 50; ++count) EXPECT_EQ(decide(ms(200)).step, 0U);
  lasting_loss_ = 0.05;
  EXPECT_LE(time_until(2), ms(1400));
}

TEST_F(TierSelector, DoesNotClimbOverTheEstimate) {
  decide(ms(0));
  estimate_ = DataRate::kbps(200);
  for (int count = 0; count < 50; ++count) EXPECT_EQ(decide(ms(200)).step, 0U);
}

TEST_F(TierSelector, GoesDownToWhatTheEstimateCarriesAtOnce) {
  decide(ms(0));
  time_until(2);
  decide(ms(1000));
  estimate_ = DataRate::kbps(250);
  const Decision decision = decide(ms(200));
  EXPECT_EQ(decision.step, 0U) << "two steps in one";
  EXPECT_EQ(decision.reason, RungReason::kBandwidth);
}

TEST_F(TierSelector, AFirstEstimateOfAllThatWasSentIsNoLimit) {
  decide(ms(0));
  time_until(1);
  sent_ = DataRate::kbps(100);
  estimate_ = DataRate::kbps(85);
  round_trip_ = ms(40);
  EXPECT_EQ(decide(ms(1000)).step, 1U);
  sent_ = DataRate::kbps(400);
  loss_ = 0.05;
  memory_.estimate_at_up.reset();
  EXPECT_LT(decide(ms(1000)).step, 1U) << "most of it did not arrive";
}

TEST_F(TierSelector, AnEstimateThatFallsOnceWithoutAQueueIsNotBelieved) {
  fall();
  for (int count = 0; count < 30; ++count) EXPECT_EQ(decide(ms(200)).step, 2U);
  estimate_ = DataRate::kbps(900);
  EXPECT_EQ(decide(ms(200)).step, 1U) << "twice in a short time";
}

TEST_F(TierSelector, AnEstimateThatIsNotBelievedDoesNotEndTheClimb) {
  round_trip_ = ms(40);
  decide(ms(0));
  estimate_ = DataRate::kbps(70);
  EXPECT_EQ(decide(ms(1000)).step, 0U) << "a queue would need a moment to show";
  EXPECT_LE(time_until(2), ms(3000));
  EXPECT_EQ(decide(ms(1000)).step, 2U);
}

TEST_F(TierSelector, AnEstimateThatFallsWithAQueueIsBelieved) {
  fall();
  round_trip_ = ms(200);
  EXPECT_EQ(decide(ms(500)).step, 1U);
}

TEST_F(TierSelector, AnEstimateThatFallsWithLossIsBelieved) {
  fall();
  loss_ = 0.03;
  EXPECT_EQ(decide(ms(500)).step, 1U);
}

TEST_F(TierSelector, AnEstimateThatFallsIsBelievedIfTheStepUpFailedBefore) {
  fall();
  memory_.hold = Duration::seconds(5);
  EXPECT_EQ(decide(ms(500)).step, 1U);
}

TEST_F(TierSelector, AnEstimateThatFallsIsBelievedWhileNobodyKnowsTheQueue) {
  fall();
  round_trip_.reset();
  memory_.joined = now_ - Duration::seconds(5);
  EXPECT_EQ(decide(ms(500)).step, 1U);
}

TEST_F(TierSelector, AnEstimateBeforeTheFirstRoundTripIsNotBelieved) {
  decide(ms(0));
  estimate_ = DataRate::kbps(70);
  for (int count = 0; count < 4; ++count) {
    EXPECT_EQ(decide(ms(200)).step, 0U);
  }
  round_trip_ = ms(40);
  EXPECT_LE(time_until(2), ms(3000));
}

TEST_F(TierSelector, WaitsLongerAfterEachTryThatFailed) {
  decide(ms(0));
  time_until(2);
  Duration before;
  for (int round = 0; round < 3; ++round) {
    decide(ms(1000));
    estimate_ = DataRate::kbps(600);
    decide(ms(200));
    ASSERT_EQ(current_, 1U);
    estimate_ = DataRate::kbps(800);  // half again what it gets: no limit in sight
    const Duration wait = time_until(2);
    EXPECT_GE(wait, Duration::seconds(4));
    if (round > 0) {
      EXPECT_GE(wait, before * 3 / 2);
    }
    before = wait;
  }
}

TEST_F(TierSelector, LossOnAWideLinkTakesTheSizeDownButNeverThePicture) {
  decide(ms(0));
  time_until(2);
  decide(ms(1000));
  loss_ = 0.15;
  lasting_loss_ = 0.05;
  estimate_ = DataRate::kbps(8000);
  EXPECT_EQ(decide(ms(200)).step, 2U) << "not for one report";
  lasting_loss_ = 0.12;
  const Decision decision = decide(ms(200));
  EXPECT_EQ(decision.step, 1U);
  EXPECT_EQ(decision.reason, RungReason::kLoss);
  for (int count = 0; count < 50; ++count) EXPECT_TRUE(decide(ms(500)).step.has_value());
  EXPECT_EQ(current_, 0U);
}

TEST_F(TierSelector, LossWithoutAnEstimateIsCongestion) {
  decide(ms(0));
  time_until(2);
  decide(ms(1000));
  loss_ = 0.15;
  const Decision decision = decide(ms(200));
  EXPECT_LT(decision.step, 2U);
  EXPECT_EQ(decision.reason, RungReason::kLoss);
}

TEST_F(TierSelector, GivesUpThePictureOnlyWhenNothingFitsAndTriesAgain) {
  decide(ms(0));
  decide(ms(1000));
  current_ = 0;
  estimate_ = DataRate::kbps(150);
  EXPECT_EQ(decide(ms(1000)).step, 0U) << "the smallest picture is oversent a little";
  estimate_ = DataRate::kbps(60);
  EXPECT_EQ(decide(ms(200)).step, 0U) << "an estimate alone does not take the picture";
  round_trip_ = ms(40);
  decide(ms(200));
  round_trip_ = ms(300);
  EXPECT_EQ(decide(ms(200)).step, std::nullopt) << "a queue does";
  round_trip_ = ms(40);
  estimate_.reset();
  EXPECT_GE(time_until(0), Duration::seconds(4));
}

TEST_F(TierSelector, DoesNotTryItsLuckOnASlowLink) {
  decide(ms(0));
  round_trip_ = ms(600);
  for (int count = 0; count < 20; ++count) EXPECT_EQ(decide(ms(200)).step, 0U);
}

}  // namespace
}  // namespace lectern::forward
