#include "media/rtp/header.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::rtp {
namespace {

std::vector<uint8_t> bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

// V=2, no extension, marker, type 111, number 0x1234, timestamp 0x11223344, SSRC 0xaabbccdd.
constexpr std::string_view kPlain = "80ef123411223344aabbccdd";

TEST(RtpHeader, ReadsTheFixedFields) {
  const auto packet = bytes_of(std::string(kPlain) + "010203");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->header, (Header{.payload_type = 111,
                                  .marker = true,
                                  .sequence_number = 0x1234,
                                  .timestamp = 0x11223344,
                                  .ssrc = 0xaabbccdd}));
  EXPECT_EQ(view->header_size, 12);
  EXPECT_EQ(to_hex(view->payload), "010203");
  EXPECT_EQ(view->padding_size, 0);
  EXPECT_EQ(view->extension_profile, 0);
}

TEST(RtpHeader, StepsOverContributingSources) {
  const auto packet = bytes_of("82600001000000020000000300000004000000050a");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->header_size, 20);
  EXPECT_EQ(to_hex(view->payload), "0a");
}

TEST(RtpHeader, ReadsOneByteExtensions) {
  // Id 1 with 1 byte, padding, id 3 with 3 bytes, padding to the word.
  const auto packet = bytes_of(
      "906000010000000200000003bede0002105500327788990a"
      "0b");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->extension_profile, kOneByteProfile);
  EXPECT_EQ(view->header_size, 24);
  EXPECT_EQ(to_hex(view->payload), "0b");
  EXPECT_EQ(to_hex(find_extension(*view, 1).value()), "55");
  EXPECT_EQ(to_hex(find_extension(*view, 3).value()), "778899");
  EXPECT_FALSE(find_extension(*view, 2).has_value());
}

TEST(RtpHeader, Id15EndsTheOneByteForm) {
  const auto packet = bytes_of("906000010000000200000003bede0002f05510771177000a");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_FALSE(find_extension(*view, 1).has_value());
}

TEST(RtpHeader, ReadsTwoByteExtensions) {
  // Id 0x20 with 2 bytes, id 1 with none; appbits 5.
  const auto packet = bytes_of(
      "90600001000000020000000310050002200245670100"
      "00000b");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(to_hex(find_extension(*view, 0x20).value()), "4567");
  ASSERT_TRUE(find_extension(*view, 1).has_value());
  EXPECT_TRUE(find_extension(*view, 1)->empty());
}

TEST(RtpHeader, ElementThatLeavesTheBlockIsNotShown) {
  const auto one = bytes_of("906000010000000200000003bede00011f55667700");
  EXPECT_FALSE(find_extension(parse(one).value(), 1).has_value());
  const auto two = bytes_of("9060000100000002000000031000000101ff667700");
  EXPECT_FALSE(find_extension(parse(two).value(), 1).has_value());
}

TEST(RtpHeader, TakesPaddingOff) {
  const auto packet = bytes_of("a0600001000000020000000301020003");
  const auto view = parse(packet);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(to_hex(view->payload), "01");
  EXPECT_EQ(view->padding_size, 3);

  const auto only_padding = bytes_of("a0600001000000020000000300000003");
  EXPECT_FALSE(parse(bytes_of("a06000010000000200000003000000ff")).has_value());
  EXPECT_FALSE(parse(bytes_of("a0600001000000020000000300000000")).has_value());
  EXPECT_FALSE(parse(bytes_of("a06000010000000200000003")).has_value());
  EXPECT_EQ(parse(only_padding)->payload.size(), 1U);
}

TEST(RtpHeader, RefusesWhatIsCutOrOfAnotherVersion) {
  const auto packet = bytes_of("916000010000000200000003000000040000bede0002105500327788990a");
  for (size_t size = 0; size < 24; ++size)
    EXPECT_FALSE(parse(Bytes(packet).first(size)).has_value()) << size;
  auto version_1 = bytes_of(kPlain);
  version_1[0] = 0x40;
  EXPECT_EQ(parse(version_1).error(), ParseError::kUnsupported);
}

TEST(RtpHeader, TellsRtcpByItsType) {
  EXPECT_TRUE(is_rtcp(bytes_of("80c8")));   // 200, SR
  EXPECT_TRUE(is_rtcp(bytes_of("80c0")));   // 192
  EXPECT_FALSE(is_rtcp(bytes_of("80e0")));  // type 96 with the marker
  EXPECT_FALSE(is_rtcp(bytes_of("8060")));
  EXPECT_FALSE(is_rtcp(bytes_of("80")));
}

TEST(RtpHeader, ChoosesTheExtensionForm) {
  const Header header{
      .payload_type = 96, .marker = false, .sequence_number = 1, .timestamp = 2, .ssrc = 3};
  std::array<uint8_t, 64> buffer{};
  const std::array<uint8_t, 2> value = {0xAA, 0xBB};

  EXPECT_EQ(write_header(header, {}, buffer), kFixedHeaderSize);
  EXPECT_EQ(to_hex(Bytes(buffer).first(12)), "806000010000000200000003");

  const std::array one_byte = {Extension{.id = 14, .data = value}};
  ASSERT_EQ(write_header(header, one_byte, buffer), 20U);
  EXPECT_EQ(to_hex(Bytes(buffer).subspan(12, 8)), "bede0001e1aabb00");

  const std::array two_byte = {Extension{.id = 15, .data = value}};
  ASSERT_EQ(write_header(header, two_byte, buffer), 20U);
  EXPECT_EQ(to_hex(Bytes(buffer).subspan(12, 8)), "100000010f02aabb");

  const std::array empty = {Extension{.id = 1, .data = {}}};
  ASSERT_EQ(write_header(header, empty, buffer), 20U);
  EXPECT_EQ(to_hex(Bytes(buffer).subspan(12, 8)), "1000000101000000");
}

TEST(RtpHeader, WritesNothingThatDoesNotFit) {
  std::array<uint8_t, 64> buffer{};
  const std::array<uint8_t, 2> value = {0xAA, 0xBB};
  const std::array extensions = {Extension{.id = 1, .data = value}};
  EXPECT_EQ(write_header({}, extensions, MutableBytes(buffer).first(19)), 0U);
  const std::array id_zero = {Extension{.id = 0, .data = value}};
  EXPECT_EQ(write_header({}, id_zero, buffer), 0U);
}

TEST(RtpHeader, PatchesInPlace) {
  auto packet = bytes_of(kPlain);
  set_payload_type(packet, 96);
  set_marker(packet, false);
  set_sequence_number(packet, 0xFFFF);
  set_timestamp(packet, 7);
  set_ssrc(packet, 8);
  EXPECT_EQ(to_hex(packet), "8060ffff0000000700000008");
  set_marker(packet, true);
  EXPECT_EQ(parse(packet)->header.payload_type, 96);
  EXPECT_TRUE(parse(packet)->header.marker);
}

TEST(RtpHeader, PaddingOnlyPacketHasNoPayload) {
  std::array<uint8_t, 64> buffer{};
  const size_t header = write_header({.payload_type = 96, .ssrc = 9}, {}, buffer);
  const size_t size = append_padding(buffer, header, 4);
  ASSERT_EQ(size, 16U);
  const auto view = parse(Bytes(buffer).first(size));
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(view->payload.empty());
  EXPECT_EQ(view->padding_size, 4);
  EXPECT_EQ(append_padding(MutableBytes(buffer).first(15), header, 4), 0U);
  EXPECT_EQ(append_padding(buffer, header, 0), 0U);
}

}  // namespace
}  // namespace lectern::rtp
