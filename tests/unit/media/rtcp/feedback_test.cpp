#include "media/rtcp/feedback.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

namespace lectern::rtcp {
namespace {

using Numbers = std::vector<uint16_t>;

PacketView only_packet(Bytes datagram) {
  return CompoundReader(datagram).next().value();
}

Numbers read(NackNumbers numbers) {
  Numbers result;
  while (const auto number = numbers.next()) result.push_back(*number);
  return result;
}

TEST(RtcpNack, PidAndBitsGiveTheNumbers) {
  // RFC 4585 §6.2.1: PID 10 with bits 0 and 15, then PID 65535 with bit 0.
  const auto datagram = from_hex(
                            "81cd000400000001000000020"
                            "00a8001"
                            "ffff0001")
                            .value();
  const auto nack = parse_nack(only_packet(datagram));
  ASSERT_TRUE(nack.has_value());
  EXPECT_EQ(nack->sender_ssrc, 1U);
  EXPECT_EQ(nack->media_ssrc, 2U);
  EXPECT_EQ(read(nack->numbers), (Numbers{10, 11, 26, 65535, 0}));
}

TEST(RtcpNack, NumbersComeBackAsWritten) {
  for (const Numbers& numbers :
       {Numbers{7}, Numbers{7, 8, 23}, Numbers{7, 24}, Numbers{65530, 65535, 0, 3, 10, 11, 500}}) {
    std::array<uint8_t, 64> buffer{};
    ByteWriter out(buffer);
    EXPECT_EQ(write_nack(1, 2, numbers, out), numbers.size());
    EXPECT_EQ(read(parse_nack(only_packet(out.written()))->numbers), numbers);
  }
}

TEST(RtcpNack, SeventeenNumbersFitOneEntry) {
  Numbers numbers;
  for (uint16_t i = 0; i < 17; ++i) numbers.push_back(i);
  std::array<uint8_t, 16> buffer{};
  ByteWriter out(buffer);
  EXPECT_EQ(write_nack(1, 2, numbers, out), 17U);
  EXPECT_EQ(out.size(), 16U);
}

TEST(RtcpNack, WritesAsManyAsFit) {
  std::array<uint8_t, 22> buffer{};  // header, SSRCs and two entries
  ByteWriter out(buffer);
  EXPECT_EQ(write_nack(1, 2, Numbers{1, 100, 200}, out), 2U);
  EXPECT_EQ(read(parse_nack(only_packet(out.written()))->numbers), (Numbers{1, 100}));
  EXPECT_EQ(write_nack(1, 2, Numbers{1}, out), 0U);
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(write_nack(1, 2, {}, out), 0U);
}

TEST(RtcpPli, ComesBackAsWritten) {
  std::array<uint8_t, 16> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_pli({.sender_ssrc = 3, .media_ssrc = 4}, out));
  EXPECT_EQ(to_hex(out.written()), "81ce00020000000300000004");
  EXPECT_EQ(parse_pli(only_packet(out.written())), (Pli{.sender_ssrc = 3, .media_ssrc = 4}));
  EXPECT_FALSE(write_pli({}, out));
}

TEST(RtcpFir, ComesBackAsWritten) {
  std::array<uint8_t, 32> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_fir(3, {.ssrc = 4, .sequence_number = 200}, out));
  EXPECT_EQ(to_hex(out.written()), "84ce0004000000030000000000000004c8000000");
  const auto fir = parse_fir(only_packet(out.written()));
  ASSERT_TRUE(fir.has_value());
  EXPECT_EQ(fir->sender_ssrc, 3U);
  ASSERT_EQ(fir->entries.size(), 1U);
  EXPECT_EQ(fir->entries[0], (FirEntry{.ssrc = 4, .sequence_number = 200}));
}

TEST(RtcpFeedback, KeyframeIsAskedForByPliOrFir) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_pli({.sender_ssrc = 1, .media_ssrc = 4}, out));
  ASSERT_TRUE(write_fir(1, {.ssrc = 5}, out));
  CompoundReader reader(out.written());
  const auto pli = reader.next();
  const auto fir = reader.next();
  EXPECT_TRUE(asks_keyframe(*pli, 4));
  EXPECT_FALSE(asks_keyframe(*pli, 5));
  EXPECT_TRUE(asks_keyframe(*fir, 5));
  EXPECT_FALSE(asks_keyframe(*fir, 4));
  EXPECT_FALSE(parse_nack(*pli).has_value());
  EXPECT_FALSE(parse_remb(*pli).has_value());
}

TEST(RtcpRemb, ReadsExponentAndMantissa) {
  // 0x3FB93 << 1, for one SSRC.
  const auto datagram = from_hex(
                            "8fce000500000001000000005245"
                            "4d420107fb9300000002")
                            .value();
  const auto remb = parse_remb(only_packet(datagram));
  ASSERT_TRUE(remb.has_value());
  EXPECT_EQ(remb->sender_ssrc, 1U);
  EXPECT_EQ(remb->rate.bps(), 0x3FB93 * 2);
}

TEST(RtcpRemb, KeepsEighteenBitsOfTheRate) {
  for (const int64_t bps :
       {int64_t{0}, int64_t{1}, int64_t{30'000}, int64_t{262'143}, int64_t{262'144},
        int64_t{2'500'000}, int64_t{40'000'000'000}, std::numeric_limits<int64_t>::max()}) {
    std::array<uint8_t, 32> buffer{};
    ByteWriter out(buffer);
    ASSERT_TRUE(write_remb({.sender_ssrc = 1, .rate = DataRate::bps(bps)},
                           std::array<uint32_t, 2>{4, 5}, out));
    const int64_t read = parse_remb(only_packet(out.written()))->rate.bps();
    EXPECT_LE(read, bps);
    EXPECT_GE(static_cast<double>(read), static_cast<double>(bps) * (1 - 1.0 / 131'072));
    if (bps <= 262'144) {
      EXPECT_EQ(read, bps);
    }
  }
}

TEST(RtcpRemb, AbsurdRateIsTheLargest) {
  const auto datagram = from_hex("8fce0004000000010000000052454d4200ffffff").value();
  EXPECT_EQ(parse_remb(only_packet(datagram))->rate.bps(), std::numeric_limits<int64_t>::max());
  const auto nothing = from_hex("8fce0004000000010000000052454d4200fc0000").value();
  EXPECT_EQ(parse_remb(only_packet(nothing))->rate.bps(), 0);
}

TEST(RtcpRemb, OtherApplicationFeedbackIsNotRemb) {
  const auto other = from_hex(
                         "8fce0004000000010000000041424344"
                         "00000000")
                         .value();
  EXPECT_EQ(parse_remb(only_packet(other)).error(), ParseError::kUnsupported);
  const auto cut = from_hex("8fce0004000000010000000052454d4201000000").value();
  EXPECT_EQ(parse_remb(only_packet(cut)).error(), ParseError::kTruncated);
}

}  // namespace
}  // namespace lectern::rtcp
