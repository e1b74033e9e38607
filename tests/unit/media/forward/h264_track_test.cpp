// H.264 as cameras and encoders send it: where a viewer starts, and what is asked of the encoder.
#include "base/digest.h"
#include "media/forward/track.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lectern::forward {
namespace {

constexpr std::string_view kSps = "6742c01fd9005005bb011000000300100000030140f1832480";
constexpr std::string_view kPps = "68ebe3cb";
constexpr std::string_view kIdr = "6588804000";
constexpr std::string_view kLaterIdrSlice = "6521804000";
constexpr std::string_view kSlice = "419a2000";
constexpr std::string_view kDelimiter = "09f0";
constexpr std::string_view kRecoveryPoint = "0606018480";

class H264TrackTest : public ::testing::Test {
 protected:
  // What is sent next comes behind a gap, to a viewer who has had the keyframe before.
  void watch_from_a_keyframe_to_a_loss() {
    send(kSps, timestamp_);
    send(kPps, timestamp_);
    send(kIdr, timestamp_, true);
    track_.subscribe(now_, viewer_, {});
    seen();
    lose();
    timestamp_ += 3600;
  }

  Track::Accepted send(std::string_view payload, uint32_t timestamp, bool marker = false) {
    const auto bytes = from_hex(payload).value();
    const auto accepted = track_.accept(now_, 0,
                                        {.sequence_number = number_++,
                                         .timestamp = timestamp,
                                         .marker = marker,
                                         .codec = Codec::kH264,
                                         .payload = bytes});
    EXPECT_TRUE(accepted) << payload;
    return accepted.value_or(Track::Accepted{});
  }
  void lose() { ++number_; }
  // A picture that needs the ones before it.
  void send_picture() {
    now_ += Duration::milliseconds(40);
    timestamp_ += 3600;
    send(kSlice, timestamp_, true);
  }
  // What the viewer has got, as hex.
  std::vector<std::string> seen() {
    std::vector<std::string> result;
    for (auto& [subscription, packet] : drain(fanouts_.viewers))
      result.push_back(to_hex(packet.payload));
    return result;
  }
  static std::vector<std::string> all(std::initializer_list<std::string_view> payloads) {
    return {payloads.begin(), payloads.end()};
  }

  Instant now_ = Instant::from_ms(1'000'000);
  uint32_t timestamp_ = 90'000;
  uint16_t number_ = 65'530;
  PacketSlab slab_{10'000};
  Fanouts fanouts_;
  Track track_{Track::Kind::kCamera, slab_, fanouts_};
  Subscription viewer_{Route::kViewers, SlotId{1, 1}, 1, kIdentity, 100, 200};
};

// Intra refresh: the encoder never sends an IDR picture by itself.
TEST_F(H264TrackTest, ParameterSetsBeforeEveryPictureAreNoKeyframe) {
  int requests = 0;
  for (int picture = 0; picture < 100; ++picture) {
    now_ += Duration::milliseconds(40);
    timestamp_ += 3600;
    send(kSps, timestamp_);
    send(kPps, timestamp_);
    send(kRecoveryPoint, timestamp_);
    send(kSlice, timestamp_, true);
    track_.subscribe(now_, viewer_, {});
    if (track_.take_keyframe_request(now_, 0)) ++requests;
  }
  EXPECT_TRUE(seen().empty());
  EXPECT_GE(requests, 4) << "a viewer's wish reaches the encoder, again and again";
  send(kSps, timestamp_ + 3600);
  send(kPps, timestamp_ + 3600);
  send(kIdr, timestamp_ + 3600, true);
  EXPECT_EQ(seen(), all({kSps, kPps, kIdr})) << "and what it answers is believed";
  EXPECT_EQ(track_.next_keyframe_request(), Instant::never());
}

TEST_F(H264TrackTest, AnAggregateOfParameterSetsAndASliceIsNoKeyframe) {
  const std::string refresh = "780019" + std::string(kSps) + "000468ebe3cb" + "0004419a2000";
  track_.subscribe(now_, viewer_, {});
  EXPECT_FALSE(send(refresh, 90'000, true).starts_keyframe);
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0));
  const std::string keyframe = "780019" + std::string(kSps) + "000468ebe3cb" + "00056588804000";
  EXPECT_TRUE(send(keyframe, 93'600, true).starts_keyframe);
  EXPECT_EQ(seen(), all({keyframe}));
}

// As cameras send them.
TEST_F(H264TrackTest, ParameterSetsWithATimeOfTheirOwnBelongToTheirKeyframe) {
  for (int picture = 0; picture < 5; ++picture) send_picture();
  send(kDelimiter, timestamp_ + 100, true);
  send(kSps, timestamp_ + 3000, true);
  send(kPps, timestamp_ + 3001, true);
  now_ += Duration::milliseconds(40);
  timestamp_ += 3600;
  send(kIdr, timestamp_);
  send(kLaterIdrSlice, timestamp_, true);
  send_picture();
  track_.subscribe(now_, viewer_, {});
  EXPECT_EQ(seen(), all({kDelimiter, kSps, kPps, kIdr, kLaterIdrSlice, kSlice}));
}

TEST_F(H264TrackTest, AKeyframeWaitsForTheParameterSetsThatAreMissingBeforeIt) {
  send_picture();
  track_.subscribe(now_, viewer_, {});
  const uint16_t missing = number_;
  lose();
  const auto keyframe = send(kIdr, timestamp_ + 3600, true);
  EXPECT_TRUE(keyframe.starts_keyframe);
  EXPECT_GT(keyframe.before_keyframe, 1) << "they go on being asked for";
  EXPECT_TRUE(seen().empty());
  const uint16_t next = std::exchange(number_, missing);
  send(kSps, timestamp_ + 3000, true);
  number_ = next;
  send_picture();
  EXPECT_FALSE(seen().empty());
}

// The first slice is lost, or the first fragment.
TEST_F(H264TrackTest, WithoutItsStartAKeyframeIsNone) {
  send_picture();
  track_.subscribe(now_, viewer_, {});
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0));
  lose();
  EXPECT_FALSE(send(kLaterIdrSlice, 99'000).starts_keyframe);
  EXPECT_FALSE(send("7c05880000", 99'000).starts_keyframe);
  EXPECT_FALSE(send("7c45880000", 99'000, true).starts_keyframe);
  now_ += Duration::seconds(1);
  EXPECT_TRUE(track_.take_keyframe_request(now_, 0)) << "the wish stays";
  EXPECT_TRUE(seen().empty());
}

// As some cameras do: SPS and PPS at the start, and never again.
TEST_F(H264TrackTest, P115ParameterSetsThatCameOnceStandBeforeEachKeyframe) {
  const std::string both = "780019" + std::string(kSps) + "0004" + std::string(kPps);
  send(kSps, timestamp_);
  send(kPps, timestamp_);
  send(kIdr, timestamp_, true);
  send_picture();
  track_.subscribe(now_, viewer_, {});
  EXPECT_EQ(seen(), all({kSps, kPps, kIdr, kSlice}));
  now_ += Duration::seconds(3);
  timestamp_ += 270'000;
  send(kDelimiter, timestamp_);
  send(kIdr, timestamp_);
  send(kLaterIdrSlice, timestamp_, true);
  EXPECT_EQ(seen(), all({kDelimiter, both, kIdr, kLaterIdrSlice})) << "once for each keyframe";
  Subscription late(Route::kViewers, SlotId{2, 1}, 1, kIdentity, 500, 600);
  track_.subscribe(now_, late, {});
  send_picture();
  std::vector<uint64_t> numbers;
  std::vector<std::string> payloads;
  for (auto& [subscription, packet] : drain(fanouts_.viewers)) {
    if (subscription != &late) continue;
    numbers.push_back(packet.index);
    payloads.push_back(to_hex(packet.payload));
  }
  EXPECT_EQ(payloads, all({kDelimiter, both, kIdr, kLaterIdrSlice, kSlice}));
  for (size_t index = 1; index < numbers.size(); ++index)
    EXPECT_EQ(numbers[index], numbers[index - 1] + 1);
  // A viewer who has lost them asks for them like for any other packet.
  const auto sent = late.find_sent(static_cast<uint16_t>(numbers[1]));
  ASSERT_TRUE(sent);
  EXPECT_EQ(to_hex(sent->entry->payload.payload()), both);
}

TEST_F(H264TrackTest, TheNewestParameterSetsAreTheOnesThatCount) {
  const std::string later = std::string(kSps.substr(0, kSps.size() - 2)) + "84";
  const std::string both = "780019" + later + "0004" + std::string(kPps);
  send(kSps, timestamp_);
  send(kPps, timestamp_);
  send(kIdr, timestamp_, true);
  send_picture();
  send(later, timestamp_);
  send_picture();
  track_.subscribe(now_, viewer_, {});
  seen();
  send(kIdr, timestamp_ + 3600, true);
  EXPECT_EQ(seen(), all({both, kIdr}));
}

// What is missing before a keyframe may be other parameter sets than the old ones.
TEST_F(H264TrackTest, OldParameterSetsAreNotPutBehindAGap) {
  watch_from_a_keyframe_to_a_loss();
  send(kIdr, timestamp_, true);
  EXPECT_EQ(seen(), all({kIdr}));
}

// So may be what is missing before the PPS.
TEST_F(H264TrackTest, OldParameterSetsAreNotPutBehindAPreludeWithAGap) {
  watch_from_a_keyframe_to_a_loss();
  send(kPps, timestamp_);
  send(kIdr, timestamp_, true);
  EXPECT_EQ(seen(), all({kPps, kIdr}));
  timestamp_ += 3600;
  send(kPps, timestamp_);
  send(kIdr, timestamp_, true);
  const std::string both = "780019" + std::string(kSps) + "0004" + std::string(kPps);
  EXPECT_EQ(seen(), all({kPps, both, kIdr})) << "here nothing is missing but the SPS";
}

TEST_F(H264TrackTest, AnotherSourceHasItsOwnParameterSets) {
  send(kSps, timestamp_);
  send(kPps, timestamp_);
  send(kIdr, timestamp_, true);
  track_.end_source();
  number_ = 7;
  track_.subscribe(now_, viewer_, {});
  send(kIdr, 17, true);
  EXPECT_EQ(seen(), all({kIdr}));
}

TEST_F(H264TrackTest, OddPacketsGoOnInTheirPlace) {
  track_.subscribe(now_, viewer_, {});
  send(kSps, timestamp_);
  send(kPps, timestamp_);
  EXPECT_TRUE(send("7cc588804000", timestamp_, true).starts_keyframe) << "FU-A, start and end";
  EXPECT_EQ(seen(), all({kSps, kPps, "7cc588804000"}));
  timestamp_ += 3600;
  const auto odd = all({"e1", "60", "7801", "790001000241", "7a00010003", "7e01", "ff", "7c"});
  for (const std::string& payload : odd) send(payload, timestamp_, payload == odd.back());
  EXPECT_EQ(seen(), odd);
}

}  // namespace
}  // namespace lectern::forward
