#include "base/rng.h"
#include "media/codec/h264.h"
#include "media/codec/h264_packetizer.h"
#include "media/codec/vp8.h"
#include "media/codec/vp8_packetizer.h"
#include "tests/property/seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace lectern::codec {
namespace {

vp8::Descriptor random_descriptor(Rng& rng) {
  vp8::Descriptor descriptor;
  descriptor.is_non_reference = rng.chance(0.5);
  descriptor.starts_partition = rng.chance(0.5);
  descriptor.partition = static_cast<uint8_t>(rng.below(8));
  if (rng.chance(0.7)) {
    descriptor.picture_id_offset = 1;
    descriptor.has_wide_picture_id = rng.chance(0.5);
    descriptor.picture_id =
        static_cast<uint16_t>(rng.below(descriptor.has_wide_picture_id ? 1 << 15 : 1 << 7));
  }
  if (rng.chance(0.5)) {
    descriptor.tl0picidx_offset = 1;
    descriptor.tl0picidx = static_cast<uint8_t>(rng.next_u32());
  }
  if (rng.chance(0.5)) {
    descriptor.temporal_id = static_cast<uint8_t>(rng.below(4));
    descriptor.layer_sync = rng.chance(0.5);
  }
  if (rng.chance(0.5)) descriptor.key_index = static_cast<uint8_t>(rng.below(32));
  return descriptor;
}

TEST(Vp8Property, DescriptorsComeBackAsWrittenAndPatched) {
  Rng rng(property_seed());
  for (int round = 0; round < 5000; ++round) {
    SCOPED_TRACE(round);
    vp8::Descriptor expected = random_descriptor(rng);
    std::array<uint8_t, 8> buffer{};
    const size_t size = vp8::write_descriptor(expected, buffer);
    const MutableBytes payload = MutableBytes(buffer).first(size + 1);
    auto read = vp8::parse_descriptor(payload);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->has_picture_id(), expected.has_picture_id());
    EXPECT_EQ(read->has_tl0picidx(), expected.has_tl0picidx());
    expected.size = static_cast<uint8_t>(size);
    expected.picture_id_offset = read->picture_id_offset;
    expected.tl0picidx_offset = read->tl0picidx_offset;
    ASSERT_EQ(*read, expected);

    const auto picture_id = static_cast<uint16_t>(rng.next_u32());
    vp8::set_picture_id(payload, *read, picture_id);
    vp8::set_tl0picidx(payload, *read, 99);
    if (expected.has_picture_id())
      expected.picture_id = picture_id & (expected.has_wide_picture_id ? 0x7FFF : 0x7F);
    if (expected.has_tl0picidx()) expected.tl0picidx = 99;
    EXPECT_EQ(vp8::parse_descriptor(payload), expected);
  }
}

TEST(Vp8Property, FramesComeBackFromTheirFragments) {
  Rng rng(property_seed());
  for (int round = 0; round < 500; ++round) {
    std::vector<uint8_t> frame(1 + rng.below(20'000));
    rng.fill(frame);
    const size_t max_payload = 17 + rng.below(1300);
    Vp8Packetizer packetizer(frame, random_descriptor(rng), max_payload);
    std::vector<uint8_t> joined;
    std::vector<uint8_t> buffer(max_payload);
    while (const auto fragment = packetizer.next(buffer)) {
      const Bytes payload = Bytes(buffer).first(fragment->size);
      const auto descriptor = vp8::parse_descriptor(payload).value();
      ASSERT_EQ(descriptor.starts_frame(), joined.empty());
      joined.insert(joined.end(), payload.begin() + descriptor.size, payload.end());
      ASSERT_EQ(fragment->is_last, joined.size() == frame.size());
    }
    ASSERT_EQ(joined, frame);
  }
}

TEST(H264Property, AccessUnitsComeBackFromTheirPayloads) {
  Rng rng(property_seed());
  for (int round = 0; round < 500; ++round) {
    std::vector<std::vector<uint8_t>> nals(1 + rng.below(5));
    std::vector<uint8_t> unit;
    for (auto& nal : nals) {
      nal.resize(2 + rng.below(4000));
      for (uint8_t& byte : nal) byte = static_cast<uint8_t>(1 + rng.below(255));
      nal[0] = static_cast<uint8_t>((nal[0] & 0x60) | (1 + rng.below(12)));
      unit.insert(unit.end(), rng.chance(0.5) ? 3 : 2, 0);
      unit.push_back(1);
      unit.insert(unit.end(), nal.begin(), nal.end());
    }
    const size_t max_payload = 17 + rng.below(1300);
    H264Packetizer packetizer(unit, max_payload);
    std::vector<std::vector<uint8_t>> joined;
    std::vector<uint8_t> buffer(max_payload);
    while (const auto fragment = packetizer.next(buffer)) {
      const auto nal = h264::NalReader(Bytes(buffer).first(fragment->size)).next();
      ASSERT_TRUE(nal.has_value());
      if (nal->is_start)
        joined.push_back({static_cast<uint8_t>(nal->reference_idc << 5 | nal->type)});
      joined.back().insert(joined.back().end(), nal->content.begin(), nal->content.end());
    }
    ASSERT_EQ(joined, nals);
  }
}

// Bits of an SPS, with emulation prevention put in at the end.
class BitWriter {
 public:
  void bits(uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) bits_.push_back((value >> i & 1) != 0);
  }
  void ue(uint32_t value) {
    const auto length = static_cast<int>(std::bit_width(value + 1));
    bits(0, length - 1);
    bits(value + 1, length);
  }
  void se(int32_t value) {
    ue(value > 0 ? static_cast<uint32_t>(value) * 2 - 1 : static_cast<uint32_t>(-value) * 2);
  }
  std::vector<uint8_t> escaped() {
    bits(1, 1);  // rbsp_stop_one_bit
    while (bits_.size() % 8 != 0) bits_.push_back(false);
    std::vector<uint8_t> bytes;
    int zeros = 0;
    for (size_t i = 0; i < bits_.size(); i += 8) {
      uint8_t byte = 0;
      for (size_t j = i; j < i + 8; ++j) byte = static_cast<uint8_t>(byte << 1 | bits_[j]);
      if (zeros == 2 && byte <= 3) {
        bytes.push_back(3);
        zeros = 0;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      bytes.push_back(byte);
    }
    return bytes;
  }

 private:
  std::vector<bool> bits_;
};

// H.264 §7.3.2.1.1.1: a list ends early once its next scale is 0.
void write_scaling_list(Rng& rng, BitWriter& out, int size) {
  uint8_t last = 8;
  for (int i = 0; i < size; ++i) {
    const auto next = static_cast<uint8_t>(rng.below(32) == 0 ? 0 : rng.next_u32());
    out.se(static_cast<int8_t>(static_cast<uint8_t>(next - last)));
    if (next == 0) return;
    last = next;
  }
}

void write_scaling_matrix(Rng& rng, BitWriter& out) {
  for (int i = 0; i < 8; ++i) {
    const bool is_present = rng.chance(0.5);
    out.bits(is_present, 1);
    if (is_present) write_scaling_list(rng, out, i < 6 ? 16 : 64);
  }
}

struct Sps {
  std::vector<uint8_t> bytes;
  PictureSize size;
};

Sps random_sps(Rng& rng) {
  BitWriter out;
  const bool is_high = rng.chance(0.5);
  out.bits(is_high ? 100 : 66, 8);
  out.bits(rng.next_u32() & 0xFFFF, 16);
  out.ue(static_cast<uint32_t>(rng.below(32)));
  if (is_high) {
    out.ue(1);
    out.ue(0);
    out.ue(0);
    out.bits(0, 1);
    const bool has_matrix = rng.chance(0.5);
    out.bits(has_matrix, 1);
    if (has_matrix) write_scaling_matrix(rng, out);
  }
  out.ue(static_cast<uint32_t>(rng.below(13)));
  const auto order_type = static_cast<uint32_t>(rng.below(3));
  out.ue(order_type);
  if (order_type == 0) out.ue(static_cast<uint32_t>(rng.below(13)));
  if (order_type == 1) {
    out.bits(0, 1);
    out.se(-5);
    out.se(7);
    const auto cycle = static_cast<uint32_t>(rng.below(256));
    out.ue(cycle);
    for (uint32_t i = 0; i < cycle; ++i) out.se(static_cast<int32_t>(rng.below(1000)) - 500);
  }
  out.ue(4);
  out.bits(0, 1);
  const auto width = static_cast<uint32_t>(1 + rng.below(256));
  const auto map_units = static_cast<uint32_t>(1 + rng.below(256));
  out.ue(width - 1);
  out.ue(map_units - 1);
  const bool is_frame_only = rng.chance(0.5);
  out.bits(is_frame_only, 1);
  if (!is_frame_only) out.bits(0, 1);
  out.bits(1, 1);
  const bool is_cropped = rng.chance(0.5);
  const auto right = static_cast<uint32_t>(is_cropped ? rng.below(8) : 0);
  const auto bottom = static_cast<uint32_t>(is_cropped ? rng.below(4) : 0);
  out.bits(is_cropped, 1);
  if (is_cropped) {
    out.ue(0);
    out.ue(right);
    out.ue(0);
    out.ue(bottom);
  }
  out.bits(0, 1);
  const uint32_t fields = is_frame_only ? 1 : 2;
  return {.bytes = out.escaped(),
          .size = {.width = width * 16 - right * 2,
                   .height = map_units * 16 * fields - bottom * 2 * fields}};
}

TEST(H264Property, SpsGivesTheSizeItWasMadeWith) {
  Rng rng(property_seed());
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    const Sps sps = random_sps(rng);
    ASSERT_EQ(h264::parse_sps(sps.bytes), sps.size);
  }
}

}  // namespace
}  // namespace lectern::codec
