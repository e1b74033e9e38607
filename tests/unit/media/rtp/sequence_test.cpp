#include "media/rtp/sequence.h"

#include <gtest/gtest.h>

namespace lectern::rtp {
namespace {

TEST(Sequence, NewerIsWithinHalfTheSpace) {
  EXPECT_TRUE(is_newer<uint16_t>(1, 0));
  EXPECT_FALSE(is_newer<uint16_t>(0, 1));
  EXPECT_FALSE(is_newer<uint16_t>(5, 5));
  EXPECT_TRUE(is_newer<uint16_t>(0, 0xFFFF));
  EXPECT_TRUE(is_newer<uint16_t>(0x7FFF, 0));
  EXPECT_FALSE(is_newer<uint16_t>(0x8000, 0));
  EXPECT_TRUE(is_newer<uint32_t>(3, 0xFFFFFFF0));
}

TEST(Unwrapper, CountsOnOverTheWrap) {
  SequenceUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.unwrap(65534), 65534);
  EXPECT_EQ(unwrapper.unwrap(65535), 65535);
  EXPECT_EQ(unwrapper.unwrap(0), 65536);
  EXPECT_EQ(unwrapper.unwrap(2), 65538);
}

TEST(Unwrapper, LateNumbersDoNotMoveIt) {
  SequenceUnwrapper unwrapper;
  unwrapper.unwrap(65535);
  unwrapper.unwrap(1);
  EXPECT_EQ(unwrapper.unwrap(65535), 65535);
  EXPECT_EQ(unwrapper.unwrap(0), 65536);
  EXPECT_EQ(unwrapper.last(), 65537);
  EXPECT_EQ(unwrapper.unwrap(32760), 65536 + 32760);
}

TEST(Unwrapper, NumbersBeforeTheFirstAreNegative) {
  SequenceUnwrapper unwrapper;
  unwrapper.unwrap(0);
  EXPECT_EQ(unwrapper.unwrap(65535), -1);
  EXPECT_EQ(unwrapper.last(), 0);
}

TEST(Unwrapper, PeekDoesNotMove) {
  TimestampUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.peek(7), 7);
  EXPECT_FALSE(unwrapper.last().has_value());
  unwrapper.unwrap(0xFFFFFFFF);
  EXPECT_EQ(unwrapper.peek(1), 0x1'0000'0001);
  EXPECT_EQ(unwrapper.last(), 0xFFFFFFFF);
  unwrapper.reset();
  EXPECT_FALSE(unwrapper.last().has_value());
}

}  // namespace
}  // namespace lectern::rtp
