#include "media/rtcp/reports.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lectern::rtcp {
namespace {

constexpr ReportBlock kBlock{.ssrc = 0x11111111,
                             .fraction_lost = 64,
                             .cumulative_lost = -5,
                             .highest_sequence_number = 0x00012345,
                             .jitter = 77,
                             .last_sender_report = 0x22223333,
                             .delay_since_last_sender_report = 0x00010000};

PacketView only_packet(Bytes datagram) {
  return CompoundReader(datagram).next().value();
}

TEST(RtcpReports, SenderReportComesBackAsWritten) {
  const SenderInfo sender{.ssrc = 0xAABBCCDD,
                          .ntp = 0x0123456789ABCDEF,
                          .rtp_timestamp = 90'000,
                          .packet_count = 100,
                          .octet_count = 110'000};
  std::array<uint8_t, 128> buffer{};
  ByteWriter out(buffer);
  const std::array blocks = {kBlock, kBlock};
  ASSERT_TRUE(write_sender_report(sender, blocks, out));
  EXPECT_EQ(out.size(), 28U + 48U);
  const auto report = parse_sender_report(only_packet(out.written()));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->sender, sender);
  ASSERT_EQ(report->blocks.size(), 2U);
  EXPECT_EQ(report->blocks[0], kBlock);
  EXPECT_EQ(report->blocks[1], kBlock);
}

TEST(RtcpReports, ReceiverReportIsAsInTheRfc) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_receiver_report(0xAABBCCDD, std::array{kBlock}, out));
  EXPECT_EQ(to_hex(out.written()),
            "81c90007aabbccdd"
            "1111111140fffffb000123450000004d2222333300010000");
  const auto report = parse_receiver_report(only_packet(out.written()));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->ssrc, 0xAABBCCDDU);
  ASSERT_EQ(report->blocks.size(), 1U);
  EXPECT_EQ(report->blocks[0], kBlock);
}

TEST(RtcpReports, BlocksThatAreNotThereAreRefused) {
  const auto datagram =
      from_hex("82c90007aabbccdd1111111140fffffb000123450000004d2222333300010000");
  const PacketView packet = only_packet(*datagram);
  EXPECT_EQ(parse_receiver_report(packet).error(), ParseError::kTruncated);
  EXPECT_EQ(parse_sender_report(packet).error(), ParseError::kUnsupported);
}

TEST(RtcpReports, CnameIsFoundBehindOtherItems) {
  // First chunk without CNAME, second with NAME before it.
  const auto datagram = from_hex(
                            "82ca0006"
                            "00000001"
                            "02017800"
                            "00000002"
                            "0201790101"
                            "610000"
                            "00000000")
                            .value();
  const auto cname = find_cname(only_packet(datagram));
  ASSERT_TRUE(cname.has_value());
  EXPECT_EQ(cname->ssrc, 2U);
  EXPECT_EQ(cname->cname, "a");
}

TEST(RtcpReports, CnameComesBackAsWritten) {
  for (const std::string& name : {std::string(), std::string("a"), std::string("ab"),
                                  std::string("abcdef"), std::string(255, 'x')}) {
    std::array<uint8_t, 300> buffer{};
    ByteWriter out(buffer);
    ASSERT_TRUE(write_cname(7, name, out));
    EXPECT_EQ(out.size() % 4, 0U);
    const auto cname = find_cname(only_packet(out.written()));
    ASSERT_TRUE(cname.has_value());
    EXPECT_EQ(cname->ssrc, 7U);
    EXPECT_EQ(cname->cname, name);
  }
}

TEST(RtcpReports, MalformedSdesHasNoCname) {
  // An item longer than the packet, an item without its length, no chunk at all.
  for (const char* hex : {"81ca00020000000101ff6100", "81ca00020000000102016101", "81ca0000"}) {
    const auto datagram = from_hex(hex).value();
    EXPECT_FALSE(find_cname(only_packet(datagram)).has_value()) << hex;
  }
}

TEST(RtcpReports, ByeNamesItsSources) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_bye(std::array<uint32_t, 2>{5, 6}, out));
  const PacketView packet = only_packet(out.written());
  EXPECT_TRUE(says_bye(packet, 5));
  EXPECT_TRUE(says_bye(packet, 6));
  EXPECT_FALSE(says_bye(packet, 7));
  // Two sources announced, one there.
  const auto cut = from_hex("82cb000100000005").value();
  EXPECT_TRUE(says_bye(only_packet(cut), 5));
  EXPECT_FALSE(says_bye(only_packet(cut), 0));
}

TEST(RtcpReports, WritersLeaveAFullBufferAsItIs) {
  std::array<uint8_t, 40> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_bye(std::array<uint32_t, 1>{5}, out));
  const size_t before = out.size();
  EXPECT_FALSE(write_sender_report({}, std::array{kBlock}, out));
  EXPECT_FALSE(write_receiver_report(1, std::vector<ReportBlock>(32), out));
  EXPECT_FALSE(write_cname(1, std::string(30, 'x'), out));
  EXPECT_EQ(out.size(), before);
  EXPECT_TRUE(out.ok());
}

TEST(RtcpNtp, ConvertsBothWays) {
  EXPECT_EQ(to_ntp(Duration::milliseconds(1500)), 0x0000000180000000U);
  EXPECT_EQ(compact_ntp(0x0123456789ABCDEF), 0x456789ABU);
  for (const int64_t us : {int64_t{0}, int64_t{1}, int64_t{999'999}, int64_t{1'000'000},
                           int64_t{3'900'000'000'123'457}})
    EXPECT_EQ(from_ntp(to_ntp(Duration::microseconds(us))).us(), us);
}

TEST(RtcpNtp, RoundTripByTheExampleOfRfc3550) {
  // RFC 3550 §6.4.1, figure 2: A is b710:8000, LSR b705:2000, DLSR 5:4000; the round trip is 6.125
  // s.
  const ReportBlock block{.last_sender_report = 0xb7052000,
                          .delay_since_last_sender_report = 0x00054000};
  EXPECT_EQ(round_trip(uint64_t{0xb7108000} << 16, block), Duration::milliseconds(6125));
}

TEST(RtcpNtp, RoundTripNeedsAReportOfOurs) {
  EXPECT_FALSE(round_trip(1, {}).has_value());
  const ReportBlock early{.last_sender_report = 0x00020000, .delay_since_last_sender_report = 1};
  EXPECT_EQ(round_trip(uint64_t{0x00020000} << 16, early), Duration::zero());
  EXPECT_FALSE(round_trip(uint64_t{0x00400000} << 16, early).has_value()) << "over 60 s";
}

}  // namespace
}  // namespace lectern::rtcp
