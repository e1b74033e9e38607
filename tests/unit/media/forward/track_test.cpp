#include "media/forward/track.h"

#include "tests/unit/media/forward/track_fixture.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::forward {
namespace {

TEST_F(TrackTest, AViewerStartsAtAKeyframe) {
  VirtualEncoder encoder(rng_, false);
  frames(0, encoder, 5);
  now_ += Duration::seconds(3);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 2);
  EXPECT_TRUE(seen_.empty());
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0));
  EXPECT_FALSE(track_.take_keyframe_request(now_, 0)) << "one request serves all";
  encoder.want_keyframe();
  frames(0, encoder, 3);
  ASSERT_EQ(seen_.size(), 6U);
  EXPECT_TRUE(seen_[0].is_keyframe_start);
  EXPECT_EQ(seen_[0].index, 100U);
  EXPECT_EQ(seen_[0].header.ssrc, kIdentity.ssrc);
  EXPECT_EQ(seen_[0].header.payload_type, 96);
  expect_unbroken();
}

TEST_F(TrackTest, ACachedKeyframeComesAtOnceWithPressedTime) {
  VirtualEncoder encoder(rng_, false);
  frames(0, encoder, 30);
  track_.subscribe(now_, viewer_, {});
  EXPECT_EQ(track_.next_keyframe_request(), Instant::never());
  collect();
  ASSERT_EQ(seen_.size(), 60U);
  EXPECT_TRUE(seen_[0].is_keyframe_start);
  expect_unbroken();
  // 29 frame times of 3000 ticks, pressed together 32 times: the player is not taught a second of
  // delay.
  EXPECT_NEAR(seen_.back().header.timestamp - seen_[0].header.timestamp, 29 * 3000 / 32.0, 32);
  const uint32_t live = seen_.back().header.timestamp;
  seen_.clear();
  frames(0, encoder, 1);
  EXPECT_EQ(seen_.back().header.timestamp, live + 3000) << "what is live keeps its time";
}

TEST_F(TrackTest, AFrameLeavesWhenItIsWhole) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  seen_.clear();
  const auto frame = encoder.frame(4);
  send(0, {frame[0], frame[1], frame[2]});
  EXPECT_TRUE(seen_.empty());
  send(0, {frame[3]});
  EXPECT_EQ(seen_.size(), 4U);
  expect_unbroken();
  EXPECT_EQ(fanouts_.next_release(), Instant::never());
}

TEST_F(TrackTest, AFrameThatTakesLongLeavesInParts) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  seen_.clear();
  const auto frame = encoder.frame(4);
  send(0, {frame[0], frame[1]});
  const Instant due = fanouts_.next_release();
  EXPECT_LE(due - now_, Duration::milliseconds(5));
  fanouts_.release(due - Duration::microseconds(1));
  collect();
  EXPECT_TRUE(seen_.empty());
  fanouts_.release(due);
  collect();
  EXPECT_EQ(seen_.size(), 2U);
  EXPECT_EQ(fanouts_.next_release(), Instant::never());
}

std::vector<size_t> sizes_of(const std::vector<SeenPacket>& packets) {
  std::vector<size_t> sizes;
  for (const SeenPacket& packet : packets) sizes.push_back(packet.size);
  return sizes;
}

// One GSO message carries pieces of one size, of which the last alone may be shorter.
TEST_F(TrackTest, AFramesPacketsAreMadeEquallyLong) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  seen_.clear();
  auto frame = encoder.frame(4);
  for (size_t i = 0; i < 4; ++i) frame[i].payload.resize(i < 2 ? 1000 : 1001, 0x77);
  send(0, frame);
  EXPECT_EQ(sizes_of(seen_), std::vector<size_t>(4, 20 + 1001));
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(seen_[i].payload.size(), frame[i].payload.size()) << i;
  const auto sent = viewer_.find_sent(static_cast<uint16_t>(seen_[0].index));
  std::array<uint8_t, 1500> buffer{};
  EXPECT_EQ(viewer_.write_rtx(*sent, 0, buffer)->size, 20U + 2U + 1000U) << "alone it needs none";
}

TEST_F(TrackTest, NothingIsPaddedThatGainsNothing) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  seen_.clear();
  auto frame = encoder.frame(4);
  frame[0].payload.resize(1000 - TierStream::kMostPadding - 1);  // too short to be made equal
  frame[1].payload.resize(1000 - TierStream::kMostPadding);
  frame[2].payload.resize(1000);
  frame[3].payload.resize(998);  // the last may be shorter
  send(0, frame);
  EXPECT_EQ(sizes_of(seen_), (std::vector<size_t>{20 + 983, 20 + 1000, 20 + 1000, 20 + 998}));
}

TEST_F(TrackTest, WhatComesLateIsNotHeldBack) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  const auto frame = encoder.frame(4);
  send(0, {frame[0], frame[2], frame[3]});
  seen_.clear();
  send(0, {frame[1]});
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(TrackTest, ChangesTheEncodingWhereTheKeyframeIsWhole) {
  VirtualEncoder low(rng_, false);
  VirtualEncoder high(rng_, false, 1280, 720);
  frames(0, low, 2);
  for (int index = 0; index < 90; ++index) {
    send(1, high.frame());
    frames(0, low, 1);
  }
  track_.subscribe(now_, viewer_, {.encoding = 0});
  low.want_keyframe();
  frames(0, low, 3);
  ASSERT_FALSE(seen_.empty());
  track_.subscribe(now_, viewer_, {.encoding = 1});
  EXPECT_TRUE(track_.take_keyframe_request(now_, 1));
  high.want_keyframe();
  const auto keyframe = high.frame(4);
  ASSERT_TRUE(track_.accept(now_, 1, keyframe[0].incoming()));
  ASSERT_TRUE(track_.accept(now_, 1, keyframe[1].incoming()));
  ASSERT_TRUE(track_.accept(now_, 1, keyframe[3].incoming()));
  const size_t before = seen_.size();
  frames(0, low, 2);
  EXPECT_EQ(seen_.size(), before + 4) << "the old picture goes on while the new one is arriving";
  EXPECT_FALSE(seen_.back().is_keyframe_start);
  seen_.clear();
  send(1, {keyframe[2]});
  ASSERT_EQ(seen_.size(), 4U);
  // In the order of arrival; the numbers say how they belong together.
  std::sort(seen_.begin(), seen_.end(),
            [](const SeenPacket& a, const SeenPacket& b) { return a.index < b.index; });
  EXPECT_TRUE(seen_[0].is_keyframe_start);
  for (int index = 0; index < 10; ++index) send(1, high.frame());
  expect_unbroken();
}

TEST_F(TrackTest, ChangesLayersWithoutAKeyframe) {
  VirtualEncoder encoder(rng_, true);
  frames(0, encoder, 4);
  track_.subscribe(now_, viewer_, {.encoding = 0, .layers = 2});
  frames(0, encoder, 8);
  seen_.clear();
  track_.subscribe(now_, viewer_, {.encoding = 0, .layers = 0});
  frames(0, encoder, 16);
  EXPECT_EQ(seen_.back().descriptor->temporal_id, 0);
  EXPECT_LE(seen_.size(), 2U * 6U) << "a quarter of the frames, and the rest of the first group";
  track_.subscribe(now_, viewer_, {.encoding = 0, .layers = 2});
  const size_t before = seen_.size();
  frames(0, encoder, 8);
  EXPECT_GE(seen_.size(), before + 12);
  EXPECT_EQ(track_.next_keyframe_request(), Instant::never());
  expect_unbroken();
  for (size_t index = 1; index < seen_.size(); ++index) {
    const auto step = static_cast<uint8_t>(seen_[index].descriptor->tl0picidx -
                                           seen_[index - 1].descriptor->tl0picidx);
    EXPECT_LE(step, 1) << index;
  }
}

TEST_F(TrackTest, LeavesOutPaddingWithoutAGap) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  for (int index = 0; index < 20; ++index) {
    frames(0, encoder, 1);
    for (int probe = 0; probe < 5; ++probe) send(0, {encoder.padding()});
  }
  EXPECT_EQ(seen_.size(), 40U);
  expect_unbroken();
}

TEST_F(TrackTest, ALateProbeGoesOutWithoutContent) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 2);
  const EncodedPacket probe = encoder.padding();
  frames(0, encoder, 1);
  ASSERT_EQ(seen_.size(), 6U);
  EXPECT_EQ(seen_[4].index, seen_[3].index + 2) << "it might have been media";
  send(0, {probe});
  ASSERT_EQ(seen_.size(), 7U);
  EXPECT_EQ(seen_[6].index, seen_[3].index + 1);
  EXPECT_TRUE(seen_[6].payload.empty());
}

TEST_F(TrackTest, AnotherSourceGoesOnInTheSameNumbers) {
  VirtualEncoder first(rng_, true);
  track_.subscribe(now_, viewer_, {});
  frames(0, first, 10);
  track_.end_source();
  EXPECT_FALSE(track_.is_active(now_));
  now_ += Duration::seconds(2);
  VirtualEncoder second(rng_, false);
  static_cast<void>(second.frame());  // its keyframe is lost
  frames(0, second, 2);
  const size_t before = seen_.size();
  EXPECT_EQ(before, 20U) << "nothing of the new source before its keyframe";
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0));
  second.want_keyframe();
  frames(0, second, 5);
  EXPECT_EQ(seen_.size(), before + 10);
  EXPECT_TRUE(seen_[before].is_keyframe_start);
  expect_unbroken();
  // Time went on as on the wall.
  const auto apart = seen_[before].header.timestamp - seen_[before - 1].header.timestamp;
  EXPECT_NEAR(apart / 90.0, 2000 + 33 * 3, 50);
}

TEST_F(TrackTest, TimeIsCorrectedAtKeyframesThatComeInOrderOnly) {
  VirtualEncoder low(rng_, false);
  VirtualEncoder high(rng_, false, 1280, 720);
  track_.subscribe(now_, viewer_, {.encoding = 1});
  const uint64_t ntp = uint64_t{3'900'000'000} << 32;
  const auto low_frame = low.frame();
  const auto high_frame = high.frame();
  send(0, low_frame);
  send(1, high_frame);
  // The reports say that the second encoding's time is 30 ms ahead of where it was put.
  track_.handle_sender_report(now_, 0, {.ntp = ntp, .rtp = low_frame[0].timestamp});
  track_.handle_sender_report(now_, 1, {.ntp = ntp, .rtp = high_frame[0].timestamp - 2700});
  high.want_keyframe();
  const auto late = high.frame(3);
  const auto after = high.frame(2);
  now_ += Duration::milliseconds(66);
  send(1, {late[1], late[2], after[0], after[1], late[0]});
  std::sort(seen_.begin(), seen_.end(),
            [](const SeenPacket& a, const SeenPacket& b) { return a.index < b.index; });
  expect_unbroken();
  EXPECT_EQ(seen_.back().header.timestamp - seen_.front().header.timestamp, 6000U);
  const uint32_t before = seen_.back().header.timestamp;
  high.want_keyframe();
  send(1, high.frame());
  EXPECT_EQ(seen_.back().header.timestamp - before, 3000U + 2700U - 900U)
      << "here it is, less the 10 ms between two sources that start at once";
}

TEST_F(TrackTest, AStillScreenIsNotASilentOne) {
  VirtualEncoder encoder(rng_, false);
  track_.subscribe(now_, viewer_, {});
  frames(0, encoder, 1);
  for (int index = 0; index < 5; ++index) {
    now_ += Duration::seconds(8);
    send(0, encoder.frame(2, 8 * 90'000));
    EXPECT_TRUE(track_.is_active(now_));
    EXPECT_EQ(track_.ladder(now_).size(), 1U);
  }
  EXPECT_EQ(seen_.size(), 12U);
  expect_unbroken();
}

TEST_F(TrackTest, ForgetsWhatIsOld) {
  VirtualEncoder encoder(rng_, true);
  frames(0, encoder, 300);
  EXPECT_LE(slab_.in_use(), 2U * 92U) << "three seconds, stored once for all tiers";
  now_ += Duration::seconds(4);
  track_.expire(now_);
  EXPECT_EQ(slab_.in_use(), 0U);
}

TEST(SoundTrack, IsJoinedAtOnceAndNeverJumps) {
  PacketSlab slab(1000);
  Fanouts fanouts;
  Track track(Track::Kind::kAudio, slab, fanouts);
  Subscription viewer(Route::kViewers, SlotId{1, 1}, 0, kIdentity, 100, 200);
  Instant now = Instant::from_ms(5000);
  uint16_t number = 65'530;
  uint32_t timestamp = 4'000'000'000;
  std::vector<SeenPacket> seen;
  const std::vector<uint8_t> payload(60, 1);
  const auto send = [&] {
    ASSERT_TRUE(track.accept(now, 0,
                             {.sequence_number = number++,
                              .timestamp = timestamp,
                              .marker = false,
                              .codec = Codec::kOpus,
                              .payload = payload}));
    timestamp += 960;
    now += Duration::milliseconds(20);
    for (auto& [subscription, packet] : drain(fanouts.viewers)) seen.push_back(std::move(packet));
  };
  for (int count = 0; count < 10; ++count) send();
  track.subscribe(now, viewer, {});
  for (int count = 0; count < 10; ++count) send();
  // Another source: other numbers, another clock, half a second later.
  track.end_source();
  now += Duration::milliseconds(500);
  number = 17;
  timestamp = 99;
  for (int count = 0; count < 10; ++count) send();
  ASSERT_EQ(seen.size(), 20U);
  for (size_t index = 1; index < seen.size(); ++index) {
    EXPECT_EQ(seen[index].index, seen[index - 1].index + 1);
    const uint32_t step = seen[index].header.timestamp - seen[index - 1].header.timestamp;
    EXPECT_EQ(step, index == 10 ? 960U + 24'000U : 960U) << index;
    EXPECT_EQ(seen[index].header.payload_type, 111);
  }
}

}  // namespace
}  // namespace lectern::forward
