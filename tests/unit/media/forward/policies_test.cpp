// The small deciders: keyframe requests, repetitions, rates, clocks.
#include "media/forward/keyframe_requests.h"
#include "media/forward/nack_responder.h"
#include "media/forward/rate_meter.h"
#include "media/forward/source_clock.h"

#include <gtest/gtest.h>

namespace lectern::forward {
namespace {

constexpr Duration ms(int64_t count) {
  return Duration::milliseconds(count);
}

TEST(KeyframeRequests, MergesWishesAndRepeatsWhatIsNotAnswered) {
  KeyframeRequests requests;
  constexpr Duration kGap = ms(1000);
  Instant now = Instant::from_ms(5000);
  EXPECT_FALSE(requests.take_due(now, kGap));
  requests.want();
  requests.want();
  EXPECT_TRUE(requests.take_due(now, kGap));
  EXPECT_FALSE(requests.take_due(now + ms(299), kGap));
  EXPECT_TRUE(requests.take_due(now + ms(300), kGap));
  EXPECT_FALSE(requests.take_due(now + ms(899), kGap));
  EXPECT_TRUE(requests.take_due(now + ms(900), kGap));
  requests.on_keyframe(now + ms(950));
  EXPECT_EQ(requests.next_due(kGap), Instant::never());
}

TEST(KeyframeRequests, KeepsALeastGapBetweenKeyframes) {
  KeyframeRequests requests;
  constexpr Duration kGap = ms(2000);
  const Instant now = Instant::from_ms(5000);
  requests.on_keyframe(now);
  requests.want();
  EXPECT_EQ(requests.next_due(kGap), now + ms(2000));
  EXPECT_FALSE(requests.take_due(now + ms(1999), kGap));
  EXPECT_TRUE(requests.take_due(now + ms(2000), kGap));
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
  EXPECT_NEAR(*meter.frames_per_second(now), 25, 1);
  EXPECT_EQ(meter.rate(now + Duration::seconds(3)).bps(), 0);
}

// A leg begins with the frames since the last keyframe, up to two seconds of them at once.
TEST(RateMeter, TheBurstThatAStreamBeginsWithIsNoFrameRate) {
  for (int64_t phase = 0; phase < 250; phase += 10) {
    RateMeter meter;
    Instant now = Instant::from_ms(100'000 + phase);
    for (int frame = 0; frame < 50; ++frame, now += Duration::microseconds(400))
      meter.add(now, 2500, true);
    EXPECT_EQ(meter.frames_per_second(now), std::nullopt);
    for (int frame = 0; frame < 75; ++frame, now += ms(40)) {
      meter.add(now, 2500, true);
      EXPECT_NEAR(meter.frames_per_second(now).value_or(25), 25, 5) << phase << ", " << frame;
    }
    EXPECT_NEAR(meter.frames_per_second(now).value_or(0), 25, 1);
  }
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
  EXPECT_EQ(second.map(912'000, 7) + static_cast<uint32_t>(*skew), first.map(136'000, 7));
  second.correct(*skew, 912'000, 7, 0);
  EXPECT_EQ(second.map(912'000, 7), first.map(136'000, 7));
  EXPECT_EQ(second.map(911'999, 6), 911'999U - 777'000U + 501'800U)
      << "late packets keep their time";
}

TEST(SourceClock, ACorrectionNeverGoesBack) {
  SourceClock clock(90'000);
  clock.start(0, 100'000);
  clock.correct(-50'000, 9000, 3, 108'000);
  EXPECT_EQ(clock.map(9000, 3), 108'000U);
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
  EXPECT_EQ(report->rtp, clock.map(9800, 1) + 72'000);
}

TEST(TrackClock, GoesOnWithTimeAndNeverBack) {
  TrackClock clock(90'000);
  const uint32_t first = clock.begin(Instant::from_ms(1000));
  clock.note(first);
  EXPECT_EQ(clock.begin(Instant::from_ms(3000)) - first, 180'000U);
  clock.note(first + 500'000);  // the source's clock runs fast
  EXPECT_EQ(clock.begin(Instant::from_ms(3000)), first + 500'000 + 900);
}

}  // namespace
}  // namespace lectern::forward
