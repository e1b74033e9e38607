#include "media/rtp/rtx.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lectern::rtp {
namespace {

// Extension block and padding have to come through as they are.
constexpr std::string_view kOriginal = "b0e01234112233440000000abede000110550000010203040002";

TEST(Rtx, CarriesTheOriginalNumberBeforeThePayload) {
  const auto original = from_hex(kOriginal).value();
  std::array<uint8_t, 64> buffer{};
  const size_t size = write_rtx(
      original, {.payload_type = 97, .sequence_number = 0x0042, .ssrc = 0x0000000b}, buffer);
  ASSERT_EQ(size, original.size() + kRtxHeaderSize);
  EXPECT_EQ(to_hex(Bytes(buffer).first(size)),
            "b0e10042112233440000000bbede0001105500001234010203040002");
}

TEST(Rtx, IsUndoneInPlace) {
  const auto original = from_hex(kOriginal).value();
  std::array<uint8_t, 64> buffer{};
  const size_t size =
      write_rtx(original, {.payload_type = 97, .sequence_number = 9, .ssrc = 11}, buffer);
  const auto restored = undo_rtx(MutableBytes(buffer).first(size), 96, 10);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(to_hex(*restored), kOriginal);
}

TEST(Rtx, ProbesWithoutAnOriginalAreRefused) {
  // Padding only, and a payload of one byte.
  auto padding = from_hex("a061000100000002000000030000000000000008").value();
  EXPECT_EQ(undo_rtx(padding, 96, 10).error(), ParseError::kTruncated);
  auto one_byte = from_hex("80610001000000020000000301").value();
  EXPECT_FALSE(undo_rtx(one_byte, 96, 10).has_value());
  auto not_rtp = from_hex("0061").value();
  EXPECT_FALSE(undo_rtx(not_rtp, 96, 10).has_value());
}

TEST(Rtx, NeedsRoomForTwoMoreBytes) {
  const auto original = from_hex(kOriginal).value();
  std::array<uint8_t, 64> buffer{};
  EXPECT_EQ(write_rtx(original, {}, MutableBytes(buffer).first(original.size() + 1)), 0U);
  EXPECT_EQ(write_rtx(as_bytes("no"), {}, buffer), 0U);
}

}  // namespace
}  // namespace lectern::rtp
