// The small deciders: keyframe requests, repetitions, tiers, rates, clocks.
#include "media/forward/keyframe_requests.h"
#include "media/forward/nack_responder.h"
#include "media/forward/rate_meter.h"
#include "media/forward/source_clock.h"
#include "media/forward/tier_selector.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::forward {
namespace {

constexpr Duration ms(int64_t count) {
  return Duration::milliseconds(count);
}

TEST(KeyframeRequests, MergesWishesAndRepeatsWhatIsNotAnswered) {
  KeyframeRequests requests(ms(1000));
  Instant now = Instant::from_ms(5000);
  EXPECT_FALSE(requests.take_due(now));
  requests.want();
  requests.want();
  EXPECT_TRUE(requests.take_due(now));
  EXPECT_FALSE(requests.take_due(now + ms(299)));
  EXPECT_TRUE(requests.take_due(now + ms(300)));
  EXPECT_FALSE(requests.take_due(now + ms(899)));
  EXPECT_TRUE(requests.take_due(now + ms(900)));
  requests.on_keyframe(now + ms(950));
  EXPECT_EQ(requests.next_due(), Instant::never());
}

TEST(KeyframeRequests, KeepsALeastGapBetweenKeyframes) {
  KeyframeRequests requests(ms(2000));
  const Instant now = Instant::from_ms(5000);
  requests.on_keyframe(now);
  requests.want();
  EXPECT_EQ(requests.next_due(), now + ms(2000));
  EXPECT_FALSE(requests.take_due(now + ms(1999)));
  EXPECT_TRUE(requests.take_due(now + ms(2000)));
}

TEST(NackResponder, DoesNotRepeatBeforeTheAnswerCanHaveArrived) {
  using Verdict = NackResponder::Verdict;
  NackResponder responder;
  Instant now = Instant::from_ms(1000);
  const auto ask = [&](Duration after, Duration round_trip, uint8_t stream = 1) {
    now += after;
    return responder.ask(now, stream, 7, 1000,
                         {.round_trip = round_trip, .rate = DataRate::kbps(1000)});
  };
  EXPECT_EQ(ask(ms(0), ms(300)), Verdict::kSend);
  EXPECT_EQ(ask(ms(170), ms(300)), Verdict::kTooSoon);
  EXPECT_EQ(ask(ms(130), ms(300)), Verdict::kSend);
  EXPECT_EQ(ask(ms(0), ms(300), 2), Verdict::kSend) << "another stream";
  int sent = 2;
  while (sent < 20 && ask(ms(300), ms(300)) == Verdict::kSend) ++sent;
  EXPECT_EQ(sent, 10);
  EXPECT_EQ(ask(ms(300), ms(300)), Verdict::kTooOften);
}

TEST(NackResponder, TakesAFifthOfTheRateAtMostButNeverFromTheSound) {
  using Verdict = NackResponder::Verdict;
  NackResponder responder;
  Instant now = Instant::from_ms(1000);
  int64_t sent = 0;
  for (uint32_t count = 0; count < 100'000; ++count) {
    now += Duration::microseconds(100);
    const auto verdict = responder.ask(now, 1, static_cast<uint16_t>(count), 1000,
                                       {.round_trip = ms(10), .rate = DataRate::kbps(1000)});
    if (verdict == Verdict::kSend) sent += 1000;
  }
  // 10 s at 200 kbit/s and one burst.
  EXPECT_NEAR(static_cast<double>(sent), 250'000 + 48'000, 2000);
  EXPECT_EQ(responder.ask(now, 1, 50'000, 1400, {.round_trip = ms(10), .rate = {}}),
            Verdict::kOverBudget);
  EXPECT_EQ(responder.ask(now, 0, 50'000, 100, {.round_trip = ms(10), .rate = {}}), Verdict::kSend);
}

TEST(RateMeter, MeansTheLastTwoSeconds) {
  RateMeter meter;
  Instant now = Instant::from_ms(100'000);
  for (int frame = 0; frame < 100; ++frame, now += ms(40)) meter.add(now, 2500, true);
  EXPECT_NEAR(static_cast<double>(meter.rate(now).kbps()), 500, 25);
  EXPECT_NEAR(meter.frames_per_second(now), 25, 1);
  EXPECT_EQ(meter.rate(now + Duration::seconds(3)).bps(), 0);
}

TEST(SourceClock, BringsEncodingsOfOneCameraIntoLine) {
  SourceClock first(90'000);
  SourceClock second(90'000);
  const Instant now = Instant::from_ms(1000);
  first.start(1000, 500'000);
  second.start(777'000, 501'800);  // its first packet came 20 ms late
  EXPECT_FALSE(second.skew_against(first));
  const uint64_t ntp = uint64_t{3'900'000'000} << 32;
  first.handle_sender_report(now, {.ntp = ntp, .rtp = 91'000});
  // Half a second later, when the first encoding stands at 136'000.
  second.handle_sender_report(now, {.ntp = ntp + (uint64_t{1} << 31), .rtp = 912'000});
  const auto skew = second.skew_against(first);
  ASSERT_TRUE(skew);
  EXPECT_EQ(second.map(912'000) + static_cast<uint32_t>(*skew), first.map(136'000));
  second.correct(*skew, 912'000, 0);
  EXPECT_EQ(second.map(912'000), first.map(136'000));
  EXPECT_EQ(second.map(911'999), 911'999U - 777'000U + 501'800U) << "late packets keep their time";
}

TEST(SourceClock, ACorrectionNeverGoesBack) {
  SourceClock clock(90'000);
  clock.start(0, 100'000);
  clock.correct(-50'000, 9000, 108'000);
  EXPECT_EQ(clock.map(9000), 108'000U);
}

TEST(SourceClock, TellsWhatThePublisherSaid) {
  SourceClock clock(48'000);
  const Instant now = Instant::from_ms(1000);
  clock.start(5000, 1'000'000);
  EXPECT_FALSE(clock.report_at(now));
  const uint64_t ntp = uint64_t{3'900'000'000} << 32;
  clock.handle_sender_report(now, {.ntp = ntp, .rtp = 9800});
  const auto report = clock.report_at(now + ms(1500));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ntp, ntp + (uint64_t{3} << 31));
  EXPECT_EQ(report->rtp, clock.map(9800) + 72'000);
}

TEST(ClassClock, GoesOnWithTimeAndNeverBack) {
  ClassClock clock(90'000);
  const uint32_t first = clock.begin(Instant::from_ms(1000));
  clock.note(first);
  EXPECT_EQ(clock.begin(Instant::from_ms(3000)) - first, 180'000U);
  clock.note(first + 500'000);  // the source's clock runs fast
  EXPECT_EQ(clock.begin(Instant::from_ms(3000)), first + 500'000 + 900);
}

// ---- the selector, over a link that it cannot see

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
                                           .besides = DataRate::kbps(40),
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
