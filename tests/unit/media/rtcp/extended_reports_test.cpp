#include "media/rtcp/extended_reports.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace lectern::rtcp {
namespace {

std::vector<uint8_t> bytes(std::initializer_list<uint32_t> words) {
  std::vector<uint8_t> result;
  for (const uint32_t word : words)
    for (const int shift : {24, 16, 8, 0})
      result.push_back(static_cast<uint8_t>(word >> static_cast<uint32_t>(shift)));
  return result;
}

TEST(ExtendedReports, AReferenceTimeAsInRfc3611) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_reference_time(0x01020304, 0xAABBCCDD'11223344, out));
  // Version 2, type 207, four more words; block type 4, two words.
  const auto expected = bytes({0x80CF0004, 0x01020304, 0x04000002, 0xAABBCCDD, 0x11223344});
  EXPECT_EQ(std::vector<uint8_t>(out.written().begin(), out.written().end()), expected);
  CompoundReader reader(expected);
  const auto found = find_reference_time(*reader.next());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->ssrc, 0x01020304U);
  EXPECT_EQ(found->ntp, 0xAABBCCDD'11223344U);
}

TEST(ExtendedReports, AnEchoIsFoundAmongOthersAndGivesTheRoundTrip) {
  // A loss RLE block (type 1) that we skip, then DLRR about two receivers.
  const auto packet = bytes({0x80CF000A, 0x0000000A, 0x01000001, 0xFFFFFFFF, 0x05000006, 0x00000007,
                             0xb7052000, 0x00054000, 0x00000008, 0x00000001, 0x00000002});
  CompoundReader reader(packet);
  auto view = *reader.next();
  const auto echo = find_echo(view, 7);
  ASSERT_TRUE(echo.has_value());
  EXPECT_EQ(round_trip(uint64_t{0xb7108000} << 16, *echo), Duration::milliseconds(6125));
  EXPECT_EQ(find_echo(view, 8)->last_sender_report, 1U);
  EXPECT_FALSE(find_echo(view, 9).has_value());
  EXPECT_FALSE(find_reference_time(view).has_value());
  view.type = PacketType::kReceiverReport;
  EXPECT_FALSE(find_echo(view, 7).has_value());
}

TEST(ExtendedReports, WhatIsWrittenIsRead) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  ASSERT_TRUE(write_echo(
      3, {.ssrc = 7, .last_sender_report = 5, .delay_since_last_sender_report = 6}, out));
  CompoundReader reader(out.written());
  const auto echo = find_echo(*reader.next(), 7);
  ASSERT_TRUE(echo.has_value());
  EXPECT_EQ(echo->last_sender_report, 5U);
  EXPECT_EQ(echo->delay_since_last_sender_report, 6U);
  std::array<uint8_t, 19> little{};
  ByteWriter full(little);
  EXPECT_FALSE(write_reference_time(1, 2, full));
  EXPECT_EQ(full.size(), 0U);
}

TEST(ExtendedReports, BlocksThatEndTooSoonAreNothing) {
  for (const auto& packet :
       {bytes({0x80CF0000}), bytes({0x80CF0001, 1}), bytes({0x80CF0002, 1, 0x04000002}),
        bytes({0x80CF0003, 1, 0x04000001, 5}), bytes({0x80CF0003, 1, 0x05000001, 7}),
        bytes({0x80CF0003, 1, 0x0500FFFF, 7})}) {
    CompoundReader reader(packet);
    const auto view = reader.next();
    ASSERT_TRUE(view.has_value());
    EXPECT_FALSE(find_reference_time(*view).has_value());
    EXPECT_FALSE(find_echo(*view, 7).has_value());
  }
}

}  // namespace
}  // namespace lectern::rtcp
