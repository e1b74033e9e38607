#include "server/tools/send_stamp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lectern::tools {
namespace {

constexpr SendStamp kStamp{.sent = Instant::from_us(1'234'567'890'123), .is_keyframe = true};

// The datagram that ends a frame, decrypted in place: header, frame, tag.
std::vector<uint8_t> datagram(const std::vector<uint8_t>& frame, size_t tag) {
  std::vector<uint8_t> bytes(12, 0x80);
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  bytes.insert(bytes.end(), tag, 0xee);
  return bytes;
}

TEST(SendStamp, IsReadBehindEitherTag) {
  std::vector<uint8_t> frame(80, 0x11);
  write_stamp(kStamp, frame);
  EXPECT_EQ(read_stamp(datagram(frame, 16)), kStamp);
  EXPECT_EQ(read_stamp(datagram(frame, 10)), kStamp);
}

TEST(SendStamp, IsReadBehindPadding) {
  std::vector<uint8_t> frame(80, 0x11);
  write_stamp(kStamp, frame);
  frame.insert(frame.end(), {0, 0, 3});
  auto bytes = datagram(frame, 16);
  EXPECT_FALSE(read_stamp(bytes));
  bytes[0] = 0xa0;
  EXPECT_EQ(read_stamp(bytes), kStamp);
}

TEST(SendStamp, LeavesTheFrontAloneAndHasNoZero) {
  std::vector<uint8_t> frame(80, 0x11);
  write_stamp({}, frame);
  EXPECT_EQ(std::ranges::count(frame, 0x11), 80 - static_cast<int>(SendStamp::kSize));
  EXPECT_EQ(std::ranges::count(frame, 0), 0);
  EXPECT_EQ(read_stamp(datagram(frame, 16)), SendStamp());
}

TEST(SendStamp, IsNotFoundWhereThereIsNone) {
  std::vector<uint8_t> tiny(31, 0x11);
  write_stamp(kStamp, tiny);
  EXPECT_EQ(std::ranges::count(tiny, 0x11), 31);
  EXPECT_FALSE(read_stamp(datagram(tiny, 16)));
  EXPECT_FALSE(read_stamp({}));
  std::vector<uint8_t> frame(80, 0x11);
  write_stamp(kStamp, frame);
  frame.push_back(0x11);
  EXPECT_FALSE(read_stamp(datagram(frame, 16)));
}

}  // namespace
}  // namespace lectern::tools
