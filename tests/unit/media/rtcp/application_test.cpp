#include "media/rtcp/application.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::rtcp {
namespace {

constexpr uint32_t kName = 0x4C54524E;  // "LTRN"

TEST(RtcpApplication, LooksAsRfc3550Draws) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  const std::array<uint8_t, 4> data = {1, 2, 3, 4};
  ASSERT_TRUE(write_application({.subtype = 2, .ssrc = 5, .name = kName, .data = data}, out));
  // RFC 3550 §6.7: V=2, subtype 2; PT 204; 4 words in all.
  EXPECT_EQ(to_hex(out.written()), "82cc0003000000054c54524e01020304");
}

TEST(RtcpApplication, ComesBackAsWritten) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  const std::array<uint8_t, 8> data = {1, 2, 3, 4, 5, 6, 7, 8};
  ASSERT_TRUE(write_application({.subtype = 31, .ssrc = 9, .name = kName, .data = data}, out));
  ASSERT_TRUE(write_application({.subtype = 0, .ssrc = 9, .name = kName}, out));
  CompoundReader reader(out.written());
  const auto first = parse_application(reader.next().value());
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->subtype, 31);
  EXPECT_EQ(first->ssrc, 9U);
  EXPECT_EQ(first->name, kName);
  EXPECT_EQ(to_hex(first->data), to_hex(data));
  const auto second = parse_application(reader.next().value());
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->data.empty());
}

TEST(RtcpApplication, OthersAndShortOnesAreRefused) {
  const auto bye = from_hex("81cb000100000001").value();
  EXPECT_EQ(parse_application(*CompoundReader(bye).next()).error(), ParseError::kUnsupported);
  const auto nameless = from_hex("80cc000100000001").value();
  EXPECT_EQ(parse_application(*CompoundReader(nameless).next()).error(), ParseError::kTruncated);
}

TEST(RtcpApplication, NothingIsWrittenWhereThereIsNoRoom) {
  std::array<uint8_t, 12> buffer{};
  ByteWriter out(buffer);
  const std::array<uint8_t, 4> data{};
  EXPECT_FALSE(write_application({.name = kName, .data = data}, out));
  EXPECT_EQ(out.size(), 0U);
}

}  // namespace
}  // namespace lectern::rtcp
