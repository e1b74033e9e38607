#include "media/codec/vp8.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::codec::vp8 {
namespace {

std::vector<uint8_t> bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

// The first bytes of a keyframe of 318x178 and of the frame after it, from libvpx.
constexpr std::string_view kKeyframe = "f062009d012a3e01b2000007088585889984880202b305fd";
constexpr std::string_view kInterframe = "911b000d10f8001ed562955f5c0ff336063dd171a6fe3e1c";

TEST(Vp8Descriptor, ReadsTheShortestForm) {
  // RFC 7741 §4.2: X=0, N=1, S=1, PID 3.
  const auto payload = bytes_of("3300");
  const auto descriptor = parse_descriptor(payload);
  ASSERT_TRUE(descriptor.has_value());
  EXPECT_EQ(
      *descriptor,
      (Descriptor{.size = 1, .partition = 3, .starts_partition = true, .is_non_reference = true}));
  EXPECT_FALSE(descriptor->starts_frame());
}

TEST(Vp8Descriptor, ReadsAllFields) {
  // As Chromium sends them: wide picture id 0x1234, TL0PICIDX 0x56, TID 2 with Y, KEYIDX 5.
  const auto payload = bytes_of("90f0923456a500");
  const auto descriptor = parse_descriptor(payload);
  ASSERT_TRUE(descriptor.has_value());
  EXPECT_EQ(*descriptor, (Descriptor{.size = 6,
                                     .picture_id_offset = 2,
                                     .tl0picidx_offset = 4,
                                     .starts_partition = true,
                                     .has_wide_picture_id = true,
                                     .layer_sync = true,
                                     .picture_id = 0x1234,
                                     .tl0picidx = 0x56,
                                     .temporal_id = 2,
                                     .key_index = 5}));
  EXPECT_TRUE(descriptor->starts_frame());
}

TEST(Vp8Descriptor, ReadsASevenBitPictureId) {
  const auto payload = bytes_of("80804400");
  const auto descriptor = parse_descriptor(payload);
  ASSERT_TRUE(descriptor.has_value());
  EXPECT_EQ(descriptor->picture_id, 0x44);
  EXPECT_FALSE(descriptor->has_wide_picture_id);
  EXPECT_EQ(descriptor->size, 3);
  EXPECT_FALSE(descriptor->temporal_id.has_value());
}

TEST(Vp8Descriptor, KeyIndexAloneSaysNothingOfLayers) {
  const auto payload = bytes_of("8010e700");
  const auto descriptor = parse_descriptor(payload);
  ASSERT_TRUE(descriptor.has_value());
  EXPECT_FALSE(descriptor->temporal_id.has_value());
  EXPECT_FALSE(descriptor->layer_sync);
  EXPECT_EQ(descriptor->key_index, 7);
}

TEST(Vp8Descriptor, NeedsDataBehindIt) {
  const auto payload = bytes_of("90f0923456a500");
  for (size_t size = 0; size < payload.size(); ++size)
    EXPECT_EQ(parse_descriptor(Bytes(payload).first(size)).error(), ParseError::kTruncated) << size;
}

TEST(Vp8Frame, TellsKeyframesAndTheirSize) {
  const auto keyframe = bytes_of("10" + std::string(kKeyframe));
  const auto descriptor = parse_descriptor(keyframe).value();
  EXPECT_TRUE(starts_keyframe(descriptor, keyframe));
  EXPECT_EQ(keyframe_size(descriptor, keyframe), (PictureSize{.width = 318, .height = 178}));

  const auto interframe = bytes_of("10" + std::string(kInterframe));
  EXPECT_FALSE(starts_keyframe(parse_descriptor(interframe).value(), interframe));
  EXPECT_FALSE(keyframe_size(parse_descriptor(interframe).value(), interframe).has_value());
}

TEST(Vp8Frame, LaterPacketsOfAKeyframeDoNotStartIt) {
  for (const char* first : {"00", "11"}) {  // S=0; S=1 of the second partition
    const auto payload = bytes_of(first + std::string(kKeyframe));
    EXPECT_FALSE(starts_keyframe(parse_descriptor(payload).value(), payload));
  }
}

TEST(Vp8Frame, SizeNeedsTheWholeHeaderAndItsStartCode) {
  auto payload = bytes_of("10" + std::string(kKeyframe));
  const auto descriptor = parse_descriptor(payload).value();
  EXPECT_FALSE(keyframe_size(descriptor, Bytes(payload).first(10)).has_value());
  payload[4] ^= 1;
  EXPECT_FALSE(keyframe_size(descriptor, payload).has_value());
}

TEST(Vp8Patch, KeepsTheWidthOfThePictureId) {
  auto wide = bytes_of("90f0923456a500");
  const auto wide_descriptor = parse_descriptor(wide).value();
  set_picture_id(wide, wide_descriptor, 0x8001);  // 15 bits: the top one is M
  set_tl0picidx(wide, wide_descriptor, 0xFF);
  EXPECT_EQ(to_hex(wide), "90f08001ffa500");

  auto narrow = bytes_of("80804400");
  set_picture_id(narrow, parse_descriptor(narrow).value(), 0x0181);
  EXPECT_EQ(to_hex(narrow), "80800100");
}

TEST(Vp8Patch, LeavesAbsentFieldsAlone) {
  auto payload = bytes_of("1000");
  const auto descriptor = parse_descriptor(payload).value();
  set_picture_id(payload, descriptor, 5);
  set_tl0picidx(payload, descriptor, 5);
  EXPECT_EQ(to_hex(payload), "1000");
}

TEST(Vp8Write, GivesBackWhatWasRead) {
  for (const char* hex : {"3300", "90f0923456a500", "80804400", "8010e700", "90e00156800000"}) {
    const auto payload = bytes_of(hex);
    const auto descriptor = parse_descriptor(payload).value();
    std::array<uint8_t, 8> buffer{};
    const size_t size = write_descriptor(descriptor, buffer);
    ASSERT_EQ(size, descriptor.size) << hex;
    buffer[size] = 0x01;  // frame data
    EXPECT_EQ(parse_descriptor(Bytes(buffer).first(size + 1)), descriptor) << hex;
    EXPECT_EQ(write_descriptor(descriptor, MutableBytes(buffer).first(size - 1)), 0U);
  }
}

}  // namespace
}  // namespace lectern::codec::vp8
