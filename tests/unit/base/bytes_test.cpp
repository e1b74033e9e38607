#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern {
namespace {

TEST(ByteReader, ReadsBigEndian) {
  const std::array<uint8_t, 10> data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  ByteReader reader(data);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0x0708090AU);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, StaysBadAfterTheEnd) {
  const std::array<uint8_t, 3> data = {1, 2, 3};
  ByteReader reader(data);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  // The three bytes that are there are not given out after a failed read.
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  std::array<uint8_t, 18> buffer{};
  ByteWriter writer(buffer);
  writer.u8(0xAB);
  writer.u16(0x1234);
  writer.u24(0x56789A);
  writer.u32(0xDEADBEEF);
  writer.u64(0x0102030405060708);
  ASSERT_TRUE(writer.ok());
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u8(), 0xAB);
  EXPECT_EQ(reader.u16(), 0x1234);
  EXPECT_EQ(reader.u24(), 0x56789AU);
  EXPECT_EQ(reader.u32(), 0xDEADBEEFU);
  EXPECT_EQ(reader.u64(), 0x0102030405060708U);
}

TEST(ByteWriter, DoesNotWritePastTheEnd) {
  std::array<uint8_t, 4> buffer = {9, 9, 9, 9};
  ByteWriter writer(MutableBytes(buffer).first(3));
  writer.u32(0);
  EXPECT_FALSE(writer.ok());
  writer.u8(1);
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(buffer[0], 9);
  EXPECT_EQ(buffer[3], 9);
}

}  // namespace
}  // namespace lectern
