#include "media/rtcp/twcc_recorder.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

namespace lectern::rtcp {
namespace {

constexpr Duration kInterval = Duration::milliseconds(100);

Instant at_ms(int64_t ms) {
  return Instant::from_ms(5000 + ms);
}

class TwccRecorderTest : public testing::Test {
 protected:
  // All feedback due at `ms`; what it says goes into told_. The number of packets.
  int collect(int64_t ms) {
    int packets = 0;
    while (true) {
      std::array<uint8_t, 1200> buffer{};
      ByteWriter out(buffer);
      if (!recorder_.write_due(at_ms(ms), out)) return packets;
      ++packets;
      auto reader = TwccReader::parse(CompoundReader(out.written()).next().value());
      EXPECT_TRUE(reader.has_value());
      headers_.push_back(reader->header());
      while (const auto status = reader->next()) {
        EXPECT_FALSE(told_.contains(status->sequence_number)) << "told twice";
        told_[status->sequence_number] = status->arrival;
      }
    }
  }

  TwccRecorder recorder_{0xABCD, kInterval};
  std::vector<TwccHeader> headers_;
  std::map<uint16_t, std::optional<Duration>> told_;
};

TEST_F(TwccRecorderTest, IsIdleWithoutPackets) {
  EXPECT_TRUE(recorder_.next_timeout().is_never());
  EXPECT_EQ(collect(1000), 0);
}

TEST_F(TwccRecorderTest, TellsArrivalsAndLossesOncePerInterval) {
  recorder_.on_packet(at_ms(0), 65534, 1);
  recorder_.on_packet(at_ms(10), 65535, 1);
  recorder_.on_packet(at_ms(20), 1, 2);
  EXPECT_EQ(recorder_.next_timeout(), at_ms(100));
  EXPECT_EQ(collect(99), 0);
  EXPECT_EQ(collect(100), 1);
  EXPECT_EQ(headers_[0].sender_ssrc, 0xABCDU);
  EXPECT_EQ(headers_[0].media_ssrc, 2U);
  EXPECT_EQ(headers_[0].base_sequence_number, 65534);
  EXPECT_EQ(headers_[0].feedback_count, 0);
  EXPECT_EQ(told_.size(), 4U);
  EXPECT_EQ(told_[65534], Duration::zero());
  EXPECT_EQ(told_[65535], Duration::milliseconds(10));
  EXPECT_EQ(told_[0], std::nullopt);
  EXPECT_EQ(told_[1], Duration::milliseconds(20));
  EXPECT_TRUE(recorder_.next_timeout().is_never());

  recorder_.on_packet(at_ms(150), 2, 2);
  EXPECT_EQ(recorder_.next_timeout(), at_ms(250));
  EXPECT_EQ(collect(250), 1);
  EXPECT_EQ(headers_[1].feedback_count, 1);
  EXPECT_EQ(told_[2], Duration::milliseconds(150));
}

TEST_F(TwccRecorderTest, ReorderedPacketIsToldInItsPlace) {
  recorder_.on_packet(at_ms(0), 10, 1);
  recorder_.on_packet(at_ms(1), 12, 1);
  recorder_.on_packet(at_ms(2), 11, 1);
  collect(100);
  EXPECT_EQ(told_[11], Duration::milliseconds(2));
}

TEST_F(TwccRecorderTest, PacketAfterItsReportStaysLost) {
  recorder_.on_packet(at_ms(0), 10, 1);
  recorder_.on_packet(at_ms(1), 12, 1);
  collect(100);
  recorder_.on_packet(at_ms(110), 11, 1);
  EXPECT_TRUE(recorder_.next_timeout().is_never());
  EXPECT_EQ(told_[11], std::nullopt);
}

TEST_F(TwccRecorderTest, ManyPacketsNeedSeveralFeedbacks) {
  for (uint16_t number = 0; number < 900; ++number)
    recorder_.on_packet(at_ms(number / 10), number, 1);
  EXPECT_EQ(collect(100), 2);
  EXPECT_EQ(told_.size(), 900U);
}

TEST_F(TwccRecorderTest, LongPauseStartsANewReference) {
  recorder_.on_packet(at_ms(0), 1, 1);
  recorder_.on_packet(at_ms(20'000), 2, 1);
  EXPECT_EQ(collect(20'000), 2);
  EXPECT_EQ(told_[2], Duration::seconds(20));
}

TEST_F(TwccRecorderTest, JumpOfTheNumbersForgetsTheOld) {
  recorder_.on_packet(at_ms(0), 1, 1);
  recorder_.on_packet(at_ms(1), 20'000, 1);
  EXPECT_LE(collect(100) + collect(200) + collect(300), 3);
  EXPECT_EQ(told_[20'000], Duration::milliseconds(1));
  EXPECT_LE(told_.size(), TwccRecorder::kWindow);
  EXPECT_TRUE(recorder_.next_timeout().is_never());
}

}  // namespace
}  // namespace lectern::rtcp
