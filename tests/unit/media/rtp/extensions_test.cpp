#include "media/rtp/extensions.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::rtp {
namespace {

constexpr ExtensionIds kIds{.mid = 4,
                            .rid = 10,
                            .repaired_rid = 11,
                            .abs_send_time = 2,
                            .transport_wide_cc = 3,
                            .audio_level = 1};

TEST(RtpExtensions, ReadsAllThatAreNegotiated) {
  const std::array<uint8_t, 3> time = {0x12, 0x34, 0x56};
  const std::array<uint8_t, 2> number = {0xAB, 0xCD};
  const std::array<uint8_t, 1> level = {0x80 | 42};
  const std::array extensions = {
      Extension{.id = 4, .data = as_bytes("0")},   Extension{.id = 10, .data = as_bytes("hi")},
      Extension{.id = 11, .data = as_bytes("lo")}, Extension{.id = 2, .data = time},
      Extension{.id = 3, .data = number},          Extension{.id = 1, .data = level}};
  std::array<uint8_t, 128> buffer{};
  const size_t size = write_header({}, extensions, buffer);
  const auto view = parse(Bytes(buffer).first(size));
  ASSERT_TRUE(view.has_value());
  const Extensions read = read_extensions(*view, kIds);
  EXPECT_EQ(read.mid, "0");
  EXPECT_EQ(read.rid, "hi");
  EXPECT_EQ(read.repaired_rid, "lo");
  EXPECT_EQ(read.abs_send_time, 0x123456U);
  EXPECT_EQ(read.transport_sequence_number, 0xABCD);
  EXPECT_EQ(read.audio_level, (AudioLevel{.minus_dbov = 42, .voice = true}));

  const Extensions nothing = read_extensions(*view, {});
  EXPECT_TRUE(nothing.mid.empty());
  EXPECT_FALSE(nothing.abs_send_time.has_value());
}

TEST(RtpExtensions, WrongLengthIsAbsent) {
  const std::array<uint8_t, 2> two = {1, 2};
  const std::array extensions = {Extension{.id = 2, .data = two}, Extension{.id = 1, .data = two}};
  std::array<uint8_t, 64> buffer{};
  const size_t size = write_header({}, extensions, buffer);
  const Extensions read = read_extensions(parse(Bytes(buffer).first(size)).value(), kIds);
  EXPECT_FALSE(read.abs_send_time.has_value());
  EXPECT_FALSE(read.audio_level.has_value());
}

TEST(RtpExtensions, ZerosEndATextOfFixedLength) {
  const std::array<uint8_t, 4> padded = {'h', 'i', 0, 0};
  const std::array extensions = {Extension{.id = 10, .data = padded}};
  std::array<uint8_t, 64> buffer{};
  const size_t size = write_header({}, extensions, buffer);
  EXPECT_EQ(read_extensions(parse(Bytes(buffer).first(size)).value(), kIds).rid, "hi");
}

TEST(AbsSendTime, CountsSecondsIn18BitFractions) {
  EXPECT_EQ(to_abs_send_time(Instant::from_ms(0)), 0U);
  EXPECT_EQ(to_abs_send_time(Instant::from_ms(1000)), 1U << 18);
  EXPECT_EQ(to_abs_send_time(Instant::from_ms(500)), 1U << 17);
  EXPECT_EQ(to_abs_send_time(Instant::from_ms(64'000)), 0U);
  EXPECT_EQ(to_abs_send_time(Instant::from_ms(64'250)), 1U << 16);
  const auto bytes = abs_send_time_bytes(Instant::from_ms(3000));
  EXPECT_EQ(load_be24(bytes.data()), 3U << 18);
}

TEST(AbsSendTime, DifferencesCrossTheWrap) {
  const uint32_t before = to_abs_send_time(Instant::from_ms(63'990));
  const uint32_t after = to_abs_send_time(Instant::from_ms(64'010));
  EXPECT_NEAR(static_cast<double>(abs_send_time_difference(after, before).us()), 20'000, 8);
  EXPECT_NEAR(static_cast<double>(abs_send_time_difference(before, after).us()), -20'000, 8);
}

}  // namespace
}  // namespace lectern::rtp
