// One encoding and one tier: what becomes of the packets of a source.
#include "media/forward/encoding_stream.h"
#include "media/forward/tier_stream.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gtest/gtest.h>

namespace lectern::forward {
namespace {

class EncodingStreamTest : public ::testing::Test {
 protected:
  std::expected<MediaPacket, DropReason> accept(const IncomingPacket& packet) {
    return stream_.accept(now_, packet, {.clock = clock_, .slab = slab_});
  }

  Rng rng_{3};
  Instant now_ = Instant::from_ms(50'000);
  TrackClock clock_{90'000};
  PacketSlab slab_{100};
  EncodingStream stream_{90'000};
};

TEST_F(EncodingStreamTest, UnderstandsAFrame) {
  VirtualEncoder encoder(rng_, true, 640, 360);
  const auto frame = encoder.frame(2);
  const auto first = accept(frame[0].incoming());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->starts_epoch);
  EXPECT_TRUE(first->starts_keyframe);
  EXPECT_TRUE(first->starts_frame);
  EXPECT_TRUE(first->has_layers);
  EXPECT_EQ(first->timestamp, clock_.begin(now_) - 900) << "on the track clock";
  const auto second = accept(frame[1].incoming());
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->starts_epoch);
  EXPECT_FALSE(second->starts_frame);
  EXPECT_TRUE(second->marker);
  EXPECT_EQ(second->position, first->position + 1);
  EXPECT_EQ(second->picture, first->picture);
  EXPECT_EQ(stream_.size(), (codec::PictureSize{.width = 640, .height = 360}));
}

TEST_F(EncodingStreamTest, RefusesWhatItHasSeenAndWhatIsTooOld) {
  VirtualEncoder encoder(rng_, false);
  const auto old = encoder.frame(1);
  ASSERT_TRUE(accept(old[0].incoming()));
  EXPECT_EQ(accept(old[0].incoming()).error(), DropReason::kRtpDuplicate);
  for (int count = 0; count < 1000; ++count) ASSERT_TRUE(accept(encoder.padding().incoming()));
  const EncodedPacket late = encoder.padding();
  for (int count = 0; count < 1000; ++count) ASSERT_TRUE(accept(encoder.padding().incoming()));
  EXPECT_TRUE(accept(late.incoming())) << "a thousand packets late";
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(accept(encoder.padding().incoming()));
  EXPECT_EQ(accept(old[0].incoming()).error(), DropReason::kRtpTooOld);
}

TEST_F(EncodingStreamTest, WhatCannotBeReadGoesOnAsAPartOfItsFrame) {
  const std::array<uint8_t, 1> cut_short = {0x80};
  uint16_t number = 0;
  for (Codec codec : {Codec::kVp8, Codec::kH264}) {
    const auto accepted =
        accept({.sequence_number = number++, .codec = codec, .payload = cut_short});
    ASSERT_TRUE(accepted);
    EXPECT_FALSE(accepted->is_understood);
    EXPECT_FALSE(accepted->starts_frame || accepted->starts_keyframe);
  }
  const std::vector<uint8_t> long_payload(kMaxPayload + 1, 0);
  EXPECT_EQ(accept({.codec = Codec::kOpus, .payload = long_payload}).error(),
            DropReason::kRtpTooLong);
}

TEST_F(EncodingStreamTest, AHoleTooLongToFillBeginsAnew) {
  const std::vector<uint8_t> payload(50, 1);
  IncomingPacket packet{.sequence_number = 65'000, .codec = Codec::kOpus, .payload = payload};
  const auto first = accept(packet);
  packet.sequence_number = static_cast<uint16_t>(65'000 + 600);
  EXPECT_FALSE(accept(packet)->starts_epoch);
  packet.sequence_number = static_cast<uint16_t>(packet.sequence_number + 601);
  const auto anew = accept(packet);
  EXPECT_TRUE(anew->starts_epoch);
  EXPECT_GT(anew->position, first->position + 10'000);
}

TEST_F(EncodingStreamTest, ATimestampThatJumpsIsTheSameSource) {
  const std::vector<uint8_t> payload(50, 1);
  IncomingPacket packet{.timestamp = 1000, .codec = Codec::kH264, .payload = payload};
  const std::array<uint8_t, 4> slice = {0x41, 0x9A, 0, 0};
  packet.payload = slice;
  ASSERT_TRUE(accept(packet));
  now_ += Duration::seconds(60);
  packet.sequence_number = 1;
  packet.timestamp += 60 * 90'000;
  const auto later = accept(packet);
  EXPECT_FALSE(later->starts_epoch) << "a minute of a still screen";
  packet.sequence_number = 2;
  packet.timestamp += 20 * 90'000;
  now_ += Duration::milliseconds(40);
  const auto after_step = accept(packet);
  EXPECT_FALSE(after_step->starts_epoch);
  EXPECT_EQ(after_step->timestamp - later->timestamp, 40U * 90) << "towards viewers time goes on";
}

TEST_F(EncodingStreamTest, FindsTheStartOfAnH264Keyframe) {
  const std::array<uint8_t, 4> sps = {0x67, 0x42, 0xE0, 0x1F};
  const std::array<uint8_t, 3> pps = {0x68, 0xCE, 0x3C};
  const std::array<uint8_t, 4> idr = {0x65, 0x88, 0x84, 0x21};
  IncomingPacket packet{.timestamp = 9000, .codec = Codec::kH264, .payload = sps};
  const auto first = accept(packet);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->starts_keyframe) << "parameter sets alone are none";
  EXPECT_TRUE(first->is_prelude);
  packet.sequence_number = 1;
  packet.payload = pps;
  EXPECT_FALSE(accept(packet)->starts_keyframe);
  packet.sequence_number = 2;
  packet.payload = idr;
  EXPECT_TRUE(accept(packet)->starts_keyframe);
  packet.sequence_number = 3;
  packet.marker = true;
  EXPECT_FALSE(accept(packet)->starts_keyframe) << "it is the same picture";
  packet.sequence_number = 4;
  packet.timestamp = 18'000;
  EXPECT_TRUE(accept(packet)->starts_keyframe);
}

// An encoder that is made anew counts its pictures anew, with 7 or 15 bits, or not at all.
TEST_F(EncodingStreamTest, PicturesGoOnWhateverTheirIdsDo) {
  TierStream tier(kMaxTemporalId, {.age = Duration::seconds(3), .max_packets = 256});
  uint16_t number = 0;
  std::vector<int> ids;
  const auto send = [&](std::vector<uint8_t> payload) {
    const IncomingPacket incoming{.sequence_number = number,
                                  .timestamp = 3000U * number,
                                  .marker = true,
                                  .codec = Codec::kVp8,
                                  .payload = payload};
    ++number;
    const auto packet = accept(incoming);
    ASSERT_TRUE(packet);
    const auto stored = tier.accept(*packet);
    ASSERT_TRUE(stored.is_stored);
    if (packet->has_picture_id()) ids.push_back(tier.find(stored.number)->picture_id);
  };
  for (uint8_t id = 100; id < 104; ++id) send({0x90, 0x80, id, 0x11});  // 7 bits
  send({0x90, 0x80, 0xCE, 0x20, 0x11});                                 // 15 bits: 0x4E20
  send({0x90, 0x80, 0xCE, 0x21, 0x11});
  send({0x10, 0x11});                    // none
  send({0x90, 0x60, 7, 0x40, 0x11});     // TL0PICIDX and TID, no picture id
  send({0x90, 0x40, 8, 0x11});           // TL0PICIDX without TID
  send({0x90, 0x00, 0x11});              // extended, without anything
  send({0x9F, 0x8F, 0x80, 0x03, 0x11});  // reserved bits; counts anew
  send({0x90, 0x80, 0x80, 0x04, 0x11});
  ASSERT_EQ(ids.size(), 8U);
  for (size_t index = 1; index < ids.size(); ++index)
    EXPECT_EQ(ids[index], (ids[index - 1] + 1) & 0x7FFF) << index;
}

class TierStreamTest : public ::testing::Test {
 protected:
  TierStream::Outcome accept(const EncodedPacket& packet) {
    const auto media = stream_.accept(now_, packet.incoming(), {.clock = clock_, .slab = slab_});
    return tier_.accept(*media);
  }

  Rng rng_{3};
  Instant now_ = Instant::from_ms(50'000);
  TrackClock clock_{90'000};
  PacketSlab slab_{10'000};
  EncodingStream stream_{90'000};
  TierStream tier_{kMaxTemporalId, {.age = Duration::seconds(3), .max_packets = 256}};
};

TEST_F(TierStreamTest, AKeyframeIsThereWhenItIsWhole) {
  VirtualEncoder encoder(rng_, false);
  const auto frame = encoder.frame(4);
  EXPECT_FALSE(accept(frame[0]).completes_keyframe);
  EXPECT_FALSE(accept(frame[3]).completes_keyframe);
  EXPECT_FALSE(accept(frame[2]).completes_keyframe);
  EXPECT_FALSE(tier_.keyframe());
  EXPECT_TRUE(tier_.keyframe_arriving_since());
  EXPECT_TRUE(accept(frame[1]).completes_keyframe);
  ASSERT_TRUE(tier_.keyframe());
  EXPECT_EQ(tier_.keyframe()->order, 0);
}

TEST_F(TierStreamTest, AKeyframeMayBeginWithItsSecondPacket) {
  VirtualEncoder encoder(rng_, false);
  const auto frame = encoder.frame(3);
  accept(frame[1]);
  accept(frame[0]);
  EXPECT_TRUE(accept(frame[2]).completes_keyframe);
  EXPECT_EQ(tier_.keyframe()->order, 0) << "the packet that overtook it is part of it";
}

TEST_F(TierStreamTest, TheRingGrowsToItsBoundAndForgetsTheOldest) {
  VirtualEncoder encoder(rng_, false);
  std::vector<int64_t> numbers;
  for (int count = 0; count < 400; ++count) numbers.push_back(accept(encoder.frame(1)[0]).number);
  EXPECT_EQ(tier_.stored(), 256U);
  EXPECT_EQ(tier_.find(numbers[143]), nullptr);
  ASSERT_NE(tier_.find(numbers[144]), nullptr);
  EXPECT_EQ(tier_.at_order(144), tier_.find(numbers[144]));
  EXPECT_FALSE(tier_.keyframe()) << "it has left the ring";
  now_ += Duration::seconds(4);
  tier_.expire(now_);
  EXPECT_EQ(tier_.stored(), 0U);
  EXPECT_EQ(slab_.in_use(), 0U);
}

TEST(PacketSlab, CountsReferencesAndRespectsItsBound) {
  PacketSlab slab(64);
  const std::vector<uint8_t> payload = {1, 2, 3};
  std::vector<PacketRef> references;
  for (int count = 0; count < 64; ++count) references.push_back(slab.store(payload));
  EXPECT_EQ(slab.in_use(), 64U);
  EXPECT_TRUE(slab.store(payload).payload().empty());
  PacketRef copy = references[5];
  references.clear();
  EXPECT_EQ(slab.in_use(), 1U);
  EXPECT_EQ(copy.payload()[2], 3);
  copy.reset();
  EXPECT_EQ(slab.in_use(), 0U);
}

}  // namespace
}  // namespace lectern::forward
