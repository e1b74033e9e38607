#include "media/rtp/receive_statistics.h"

#include <gtest/gtest.h>

namespace lectern::rtp {
namespace {

constexpr uint32_t kClockRate = 90'000;

// A packet each 10 ms, 900 units apart: no jitter by itself.
void receive(ReceiveStatistics& statistics, uint16_t number, int64_t late_ms = 0) {
  statistics.on_packet(Instant::from_ms(10'000 + number * 10 + late_ms), number, number * 900U);
}

TEST(ReceiveStatistics, CleanStreamHasNothingToReport) {
  ReceiveStatistics statistics(kClockRate);
  for (uint16_t number = 0; number < 100; ++number) receive(statistics, number);
  const ReportBlock block = statistics.report(Instant::from_ms(12'000), 0xABCD);
  EXPECT_EQ(block, (ReportBlock{.ssrc = 0xABCD, .highest_sequence_number = 99}));
  EXPECT_EQ(statistics.received(), 100);
}

TEST(ReceiveStatistics, FractionIsOfTheLastInterval) {
  ReceiveStatistics statistics(kClockRate);
  for (uint16_t number = 0; number < 100; ++number)
    if (number % 4 != 1) receive(statistics, number);
  ReportBlock block = statistics.report(Instant::from_ms(12'000), 1);
  EXPECT_EQ(block.fraction_lost, 64);  // 25 of 100, in 256ths
  EXPECT_EQ(block.cumulative_lost, 25);
  for (uint16_t number = 100; number < 110; ++number) receive(statistics, number);
  block = statistics.report(Instant::from_ms(13'000), 1);
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 25);
}

TEST(ReceiveStatistics, DuplicatesCanMakeTheLossNegative) {
  ReceiveStatistics statistics(kClockRate);
  for (int i = 0; i < 5; ++i) receive(statistics, 0);
  const ReportBlock block = statistics.report(Instant::from_ms(12'000), 1);
  EXPECT_EQ(block.cumulative_lost, -4);
  EXPECT_EQ(block.fraction_lost, 0);
}

TEST(ReceiveStatistics, LatePacketIsNoLossAndNumbersAreExtended) {
  ReceiveStatistics statistics(kClockRate);
  for (const uint16_t number : {uint16_t{65534}, uint16_t{0}, uint16_t{65535}, uint16_t{1}})
    statistics.on_packet(Instant::from_ms(0), number, 0);
  const ReportBlock block = statistics.report(Instant::from_ms(1), 1);
  EXPECT_EQ(block.cumulative_lost, 0);
  EXPECT_EQ(block.highest_sequence_number, 0x10001U);
}

TEST(ReceiveStatistics, NothingReceivedReportsZeros) {
  ReceiveStatistics statistics(kClockRate);
  EXPECT_EQ(statistics.report(Instant::from_ms(1), 5), (ReportBlock{.ssrc = 5}));
}

TEST(ReceiveStatistics, JitterFollowsRfc3550A8) {
  ReceiveStatistics statistics(kClockRate);
  receive(statistics, 0);
  receive(statistics, 1, 16);  // |D| = 16 ms = 1440 units: J = 1440 / 16 = 90
  EXPECT_EQ(statistics.report(Instant::from_ms(11'000), 1).jitter, 90U);
  EXPECT_EQ(statistics.jitter(), Duration::milliseconds(1));
  for (uint16_t number = 2; number < 400; ++number)
    receive(statistics, number, number % 2 == 1 ? 16 : 0);
  // |D| is 1440 each time, and J comes near it.
  EXPECT_NEAR(statistics.report(Instant::from_ms(15'000), 1).jitter, 1440, 16);
}

TEST(ReceiveStatistics, EchoesTheSenderReport) {
  ReceiveStatistics statistics(kClockRate);
  receive(statistics, 0);
  statistics.on_sender_report(Instant::from_ms(20'000), 0x1111222233334444);
  const ReportBlock block = statistics.report(Instant::from_ms(21'500), 1);
  EXPECT_EQ(block.last_sender_report, 0x22223333U);
  EXPECT_EQ(block.delay_since_last_sender_report, 65536U * 3 / 2);
}

}  // namespace
}  // namespace lectern::rtp
