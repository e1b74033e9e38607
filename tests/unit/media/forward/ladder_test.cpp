// What a track offers its receivers to choose from: encodings by size, live ones and offered ones.
#include "tests/unit/media/forward/track_fixture.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace lectern::forward {
namespace {

TEST_F(TrackTest, OrdersTheLadderBySizeNotByIndex) {
  VirtualEncoder large(rng_, false, 1280, 720);
  VirtualEncoder small(rng_, false, 320, 180);
  for (int index = 0; index < 30; ++index) {
    send(0, large.frame(4));
    send(1, small.frame(1));
    now_ += Duration::milliseconds(33);
  }
  const auto ladder = track_.ladder(now_);
  ASSERT_EQ(ladder.size(), 2U);
  EXPECT_EQ(ladder[0].height, 180U);
  EXPECT_EQ(ladder[0].id.encoding, 1);
  EXPECT_EQ(ladder[1].height, 720U);
  EXPECT_NEAR(ladder[1].fps, 30, 4);
  EXPECT_GT(ladder[1].rate, ladder[0].rate);
}

// OBS sends up to four, the largest first.
TEST_F(TrackTest, FourEncodingsAreFourChoices) {
  VirtualEncoder encoders[] = {{rng_, false, 1920, 1080},
                               {rng_, false, 480, 270},
                               {rng_, false, 960, 540},
                               {rng_, false, 1440, 810}};
  for (int index = 0; index < 30; ++index) {
    for (size_t encoding = 0; encoding < 4; ++encoding) send(encoding, encoders[encoding].frame());
    now_ += Duration::milliseconds(33);
  }
  std::vector<uint32_t> heights;
  for (const LadderStep& step : track_.ladder(now_)) heights.push_back(step.height);
  EXPECT_EQ(heights, (std::vector<uint32_t>{270, 540, 810, 1080}));
}

// Keyframes of the smallest picture are cheap and joiners start there; OBS names it last.
TEST_F(TrackTest, TheSmallestPictureIsAskedForAKeyframeSooner) {
  VirtualEncoder large(rng_, false, 1280, 720);
  VirtualEncoder small(rng_, false, 320, 180);
  const auto send_both = [&] {
    send(0, large.frame(4));
    send(1, small.frame(1));
  };
  send_both();
  track_.want_keyframe(0);
  track_.want_keyframe(1);
  EXPECT_EQ(track_.next_keyframe_request(), now_ + Duration::seconds(1));
  now_ += Duration::seconds(1);
  send_both();
  EXPECT_FALSE(track_.take_keyframe_request(now_, 0));
  EXPECT_TRUE(track_.take_keyframe_request(now_, 1));
  now_ += Duration::seconds(1);
  send_both();
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0));
}

// The one that goes on alone is the smallest there is.
TEST_F(TrackTest, AnEncodingThatIsSilentIsNotTheSmallest) {
  VirtualEncoder small(rng_, false, 320, 180);
  VirtualEncoder large(rng_, false, 1280, 720);
  send(0, small.frame(1));
  now_ += Duration::seconds(2);
  send(1, large.frame(4));
  track_.want_keyframe(1);
  EXPECT_EQ(track_.next_keyframe_request(), now_ + Duration::seconds(1));
}

TEST_F(TrackTest, TellsTheProfileOfAnEncoding) {
  const std::array<uint8_t, 4> sps = {0x67, 0x64, 0x00, 0x1F};
  EXPECT_FALSE(track_.profile(0));
  ASSERT_TRUE(track_.accept(now_, 0, {.codec = Codec::kH264, .payload = sps}));
  EXPECT_EQ(track_.profile(0),
            (codec::h264::ProfileLevel{.profile_idc = 100, .constraints = 0, .level_idc = 31}));
}

TEST_F(TrackTest, AnEncodingThatFallsSilentAloneIsNoChoice) {
  VirtualEncoder low(rng_, false);
  VirtualEncoder high(rng_, false, 1280, 720);
  send(0, low.frame());
  send(1, high.frame());
  EXPECT_EQ(track_.ladder(now_).size(), 2U);
  frames(0, low, 30);
  const auto ladder = track_.ladder(now_);
  ASSERT_EQ(ladder.size(), 1U);
  EXPECT_EQ(ladder[0].id.encoding, 0);
}

TEST_F(TrackTest, WhatIsOnOfferIsAChoiceAndComesWhenItIsWanted) {
  VirtualEncoder low(rng_, false);
  VirtualEncoder high(rng_, false, 1280, 720);
  frames(0, low, 30);
  track_.offer(now_, 1, Track::Offer{.rate = DataRate::kbps(1'500), .height = 720, .fps = 30});
  const auto ladder = track_.ladder(now_);
  ASSERT_EQ(ladder.size(), 2U);
  EXPECT_EQ(ladder[1].id, TierId{.encoding = 1});
  EXPECT_EQ(ladder[1].rate, DataRate::kbps(1'500));
  EXPECT_EQ(ladder[1].height, 720U);
  EXPECT_FALSE(track_.is_live(now_, 1));
  EXPECT_FALSE(track_.is_wanted(1));
  track_.subscribe(now_, viewer_, ladder[1].id);
  EXPECT_TRUE(track_.is_wanted(1)) << "who waits wants";
  send(1, high.frame());
  ASSERT_FALSE(seen_.empty());
  EXPECT_TRUE(seen_[0].is_keyframe_start);
  EXPECT_TRUE(track_.is_wanted(1));
  EXPECT_EQ(track_.ladder(now_)[1].rate, DataRate::kbps(1'500)) << "one frame is no measure";
  viewer_.leave();
  EXPECT_FALSE(track_.is_wanted(1));
}

TEST_F(TrackTest, AnOfferEndsByItselfWithItsSourceOrWhenItIsWithdrawn) {
  VirtualEncoder low(rng_, false);
  const Track::Offer offer{.rate = DataRate::kbps(1'500), .height = 720, .fps = 30};
  frames(0, low, 1);
  track_.offer(now_, 1, offer);
  track_.offer(now_, 1, std::nullopt);
  EXPECT_EQ(track_.ladder(now_).size(), 1U);
  track_.offer(now_, 1, offer);
  frames(0, low, static_cast<int>(Track::kOfferAge / Duration::milliseconds(33)) + 1);
  EXPECT_EQ(track_.ladder(now_).size(), 1U);
  track_.offer(now_, 1, offer);
  EXPECT_EQ(track_.ladder(now_).size(), 2U);
  track_.end_source();
  EXPECT_TRUE(track_.ladder(now_).empty());
  EXPECT_FALSE(track_.is_active(now_));
  track_.offer(now_, 1, offer);
  EXPECT_TRUE(track_.is_active(now_)) << "a leg may bring what it offers";
}

TEST_F(TrackTest, AnEncodingThatComesBackIsMeasuredAnew) {
  VirtualEncoder low(rng_, false);
  frames(0, low, 90);
  const DataRate before = track_.ladder(now_)[0].rate;
  now_ += Duration::seconds(10);
  send(0, low.frame(2, 10 * 90'000));
  now_ += Duration::milliseconds(33);
  frames(0, low, 32);
  EXPECT_GT(track_.ladder(now_)[0].rate, before.percent(80)) << "the silence counts for nothing";
  EXPECT_NEAR(track_.ladder(now_)[0].fps, 30, 4);
}

}  // namespace
}  // namespace lectern::forward
