// A track, encoders that feed it and one viewer who writes down what it gets.
#pragma once

#include "media/forward/track.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace lectern::forward {

class TrackTest : public ::testing::Test {
 protected:
  void send(size_t encoding, const std::vector<EncodedPacket>& packets) {
    for (const EncodedPacket& packet : packets)
      ASSERT_TRUE(track_.accept(now_, encoding, packet.incoming()));
    collect();
  }
  void frames(size_t encoding, VirtualEncoder& encoder, int count) {
    for (int index = 0; index < count; ++index) {
      send(encoding, encoder.frame());
      now_ += Duration::milliseconds(33);
    }
  }
  void collect() {
    for (auto& [subscription, packet] : drain(fanouts_.viewers)) seen_.push_back(std::move(packet));
  }
  // The packets seen are whole frames, numbered and timed without a gap.
  void expect_unbroken() const {
    for (size_t index = 1; index < seen_.size(); ++index) {
      const SeenPacket& before = seen_[index - 1];
      const SeenPacket& packet = seen_[index];
      EXPECT_EQ(packet.index, before.index + 1);
      const bool is_new_frame = before.header.marker;
      const auto step = static_cast<int32_t>(packet.header.timestamp - before.header.timestamp);
      EXPECT_TRUE(is_new_frame ? step > 0 : step == 0) << index << ": " << step;
      EXPECT_EQ(packet.descriptor->picture_id,
                (before.descriptor->picture_id + (is_new_frame ? 1 : 0)) & 0x7FFF);
    }
  }

  Rng rng_{7};
  Instant now_ = Instant::from_ms(1'000'000);
  PacketSlab slab_{10'000};
  Fanouts fanouts_;
  Track track_{Track::Kind::kScreen, slab_, fanouts_};
  Subscription viewer_{Route::kViewers, SlotId{1, 1}, 1, kIdentity, 100, 200};
  std::vector<SeenPacket> seen_;
};

}  // namespace lectern::forward
