#include "media/codec/vp8_packetizer.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace lectern::codec {
namespace {

constexpr vp8::Descriptor kDescriptor{.picture_id_offset = 1,
                                      .tl0picidx_offset = 1,
                                      .has_wide_picture_id = true,
                                      .picture_id = 77,
                                      .tl0picidx = 5,
                                      .temporal_id = 0};

std::vector<uint8_t> frame_of(size_t size) {
  std::vector<uint8_t> frame(size);
  std::iota(frame.begin(), frame.end(), uint8_t{0});
  return frame;
}

TEST(Vp8Packetizer, FragmentsMakeUpTheFrame) {
  for (const size_t size : {size_t{1}, size_t{94}, size_t{95}, size_t{1000}}) {
    const auto frame = frame_of(size);
    Vp8Packetizer packetizer(frame, kDescriptor, 100);
    std::vector<uint8_t> joined;
    size_t fragments = 0;
    bool is_done = false;
    std::array<uint8_t, 100> payload{};
    while (const auto fragment = packetizer.next(payload)) {
      ASSERT_LE(fragment->size, 100U);
      EXPECT_FALSE(is_done);
      is_done = fragment->is_last;
      const Bytes bytes = Bytes(payload).first(fragment->size);
      const auto descriptor = vp8::parse_descriptor(bytes).value();
      EXPECT_EQ(descriptor.starts_frame(), fragments == 0);
      EXPECT_EQ(descriptor.picture_id, 77);
      EXPECT_EQ(descriptor.tl0picidx, 5);
      EXPECT_EQ(descriptor.temporal_id, 0);
      const Bytes data = bytes.subspan(descriptor.size);
      joined.insert(joined.end(), data.begin(), data.end());
      ++fragments;
    }
    EXPECT_TRUE(is_done);
    EXPECT_EQ(joined, frame);
    EXPECT_EQ(fragments, (size + 93) / 94);  // six bytes of descriptor in each
  }
}

TEST(Vp8Packetizer, FragmentsAreNearlyEqualTheLargerOnesLast) {
  const auto frame = frame_of(1000);
  Vp8Packetizer packetizer(frame, kDescriptor, 400);
  std::array<uint8_t, 400> payload{};
  std::vector<size_t> sizes;
  while (const auto fragment = packetizer.next(payload)) sizes.push_back(fragment->size);
  EXPECT_EQ(sizes, (std::vector<size_t>{339, 339, 340}));
}

TEST(Vp8Packetizer, EmptyFrameHasNoFragments) {
  Vp8Packetizer packetizer({}, kDescriptor, 100);
  std::array<uint8_t, 100> payload{};
  EXPECT_FALSE(packetizer.next(payload).has_value());
}

}  // namespace
}  // namespace lectern::codec
