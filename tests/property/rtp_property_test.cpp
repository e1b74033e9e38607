#include "base/rng.h"
#include "media/rtp/header.h"
#include "media/rtp/rtx.h"
#include "media/rtp/sequence.h"
#include "tests/property/seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace lectern::rtp {
namespace {

std::vector<uint8_t> random_bytes(Rng& rng, size_t size) {
  std::vector<uint8_t> bytes(size);
  rng.fill(bytes);
  return bytes;
}

Header random_header(Rng& rng) {
  return {.payload_type = static_cast<uint8_t>(rng.below(128)),
          .marker = rng.chance(0.5),
          .sequence_number = static_cast<uint16_t>(rng.next_u32()),
          .timestamp = rng.next_u32(),
          .ssrc = rng.next_u32()};
}

// A packet with distinct extension ids, payload and sometimes padding.
struct RandomPacket {
  Header header;
  std::vector<uint8_t> ids;
  std::vector<std::vector<uint8_t>> data;
  std::vector<uint8_t> payload;
  uint8_t padding = 0;
  std::array<uint8_t, 4096> buffer{};
  size_t size = 0;

  explicit RandomPacket(Rng& rng) : header(random_header(rng)) {
    const bool is_two_byte = rng.chance(0.3);
    const uint64_t count = rng.below(6);
    std::vector<Extension> extensions;
    extensions.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      const auto id = static_cast<uint8_t>(1 + rng.below(is_two_byte ? 255 : 14));
      if (std::ranges::find(ids, id) != ids.end()) continue;
      ids.push_back(id);
      data.push_back(random_bytes(rng, is_two_byte ? rng.below(256) : 1 + rng.below(16)));
    }
    for (size_t i = 0; i < ids.size(); ++i) extensions.push_back({.id = ids[i], .data = data[i]});
    payload = random_bytes(rng, rng.below(1200));
    const size_t header_size = write_header(header, extensions, buffer);
    std::ranges::copy(payload, buffer.begin() + static_cast<ptrdiff_t>(header_size));
    size = header_size + payload.size();
    if (rng.chance(0.3)) {
      padding = static_cast<uint8_t>(1 + rng.below(255));
      size = append_padding(buffer, size, padding);
    }
  }
};

TEST(RtpProperty, PacketsComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 5000; ++round) {
    SCOPED_TRACE(round);
    const RandomPacket packet(rng);
    const auto view = parse(Bytes(packet.buffer).first(packet.size));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->header, packet.header);
    EXPECT_TRUE(std::ranges::equal(view->payload, packet.payload));
    EXPECT_EQ(view->padding_size, packet.padding);
    ExtensionReader reader(*view);
    for (size_t i = 0; i < packet.ids.size(); ++i) {
      const auto extension = reader.next();
      ASSERT_TRUE(extension.has_value());
      EXPECT_EQ(extension->id, packet.ids[i]);
      EXPECT_TRUE(std::ranges::equal(extension->data, packet.data[i]));
    }
    EXPECT_FALSE(reader.next().has_value());
  }
}

TEST(RtpProperty, RtxIsUndone) {
  Rng rng(property_seed());
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const RandomPacket packet(rng);
    const Bytes original = Bytes(packet.buffer).first(packet.size);
    std::array<uint8_t, 4200> buffer{};
    const RtxIdentity rtx{.payload_type = static_cast<uint8_t>(rng.below(128)),
                          .sequence_number = static_cast<uint16_t>(rng.next_u32()),
                          .ssrc = rng.next_u32()};
    const size_t size = write_rtx(original, rtx, buffer);
    ASSERT_EQ(size, original.size() + 2);
    const auto sent = parse(Bytes(buffer).first(size));
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->header.ssrc, rtx.ssrc);
    EXPECT_EQ(sent->header.sequence_number, rtx.sequence_number);
    const auto restored =
        undo_rtx(MutableBytes(buffer).first(size), packet.header.payload_type, packet.header.ssrc);
    ASSERT_TRUE(restored.has_value());
    EXPECT_TRUE(std::ranges::equal(*restored, original));
  }
}

TEST(RtpProperty, AnyBytesAreLegalInput) {
  Rng rng(property_seed());
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = random_bytes(rng, rng.below(80));
    if (!bytes.empty() && rng.chance(0.8))
      bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3F));
    const auto view = parse(bytes);
    if (!view) continue;
    EXPECT_EQ(view->header_size + view->payload.size() + view->padding_size, bytes.size());
    ExtensionReader reader(*view);
    while (const auto extension = reader.next()) EXPECT_NE(extension->id, 0);
  }
}

TEST(SequenceProperty, UnwrappingFollowsAnyWalk) {
  Rng rng(property_seed());
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    SequenceUnwrapper unwrapper;
    auto newest = static_cast<int64_t>(rng.below(65'536));
    ASSERT_EQ(unwrapper.unwrap(static_cast<uint16_t>(newest)), newest);
    for (int step = 0; step < 1000; ++step) {
      // Anywhere within half of the space around the newest.
      const int64_t position = newest + static_cast<int64_t>(rng.below(65'535)) - 32'767;
      ASSERT_EQ(unwrapper.unwrap(static_cast<uint16_t>(position)), position);
      newest = std::max(newest, position);
    }
  }
}

}  // namespace
}  // namespace lectern::rtp
