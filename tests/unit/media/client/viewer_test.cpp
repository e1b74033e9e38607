#include "media/client/viewer.h"

#include "media/codec/vp8_packetizer.h"
#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"
#include "tests/unit/media/client/fake_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace lectern::client {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr uint32_t kCameraSsrc = 0xC0;
constexpr uint32_t kCameraRtxSsrc = 0xC1;

class ViewerTest : public ::testing::Test {
 protected:
  void connect(ViewerConfig config = {}) {
    viewer_ = std::make_unique<Viewer>(test_context(), rng_, std::move(config));
    server_ = std::make_unique<FakeServer>(now_, viewer_->offer(), false);
    ASSERT_TRUE(viewer_->accept(now_, server_->answer(), kClientAddress));
    run_for(200);
    ASSERT_TRUE(viewer_->is_connected());
  }
  void run_for(int64_t ms) {
    now_ = run(now_, Duration::milliseconds(ms), *viewer_, *server_, events_);
  }
  TrackStats camera() const { return viewer_->stats(now_, sdp::TrackKind::kCamera).value(); }
  TrackStats audio() const { return viewer_->stats(now_, sdp::TrackKind::kAudio).value(); }

  // One VP8 frame of `packets` packets; those in `lost_` never leave.
  void send_frame(bool is_keyframe, size_t packets) {
    std::vector<uint8_t> frame(packets * 500, 0x5A);
    // RFC 6386 §9.1: P bit, start code, 320x180.
    frame[0] = is_keyframe ? 0x10 : 0x11;
    const std::array<uint8_t, 7> keyframe{0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    if (is_keyframe) std::ranges::copy(keyframe, frame.begin() + 3);
    codec::vp8::Descriptor descriptor;
    descriptor.picture_id_offset = 1;
    descriptor.has_wide_picture_id = true;
    descriptor.picture_id = picture_id_++;
    codec::Vp8Packetizer packetizer(frame, descriptor, 600);
    std::array<uint8_t, 600> payload;
    while (const auto fragment = packetizer.next(payload)) {
      const rtp::Header header{.payload_type = 96,
                               .marker = fragment->is_last,
                               .sequence_number = video_number_,
                               .timestamp = video_timestamp_,
                               .ssrc = kCameraSsrc};
      const Bytes bytes = Bytes(payload).first(fragment->size);
      sent_[video_number_] = {header, {bytes.begin(), bytes.end()}};
      if (!lost_.contains(video_number_)) server_->send_rtp(header, bytes);
      ++video_number_;
    }
    video_timestamp_ += 3000;
  }
  // Answers the NACKs that have come; returns the numbers asked for.
  std::vector<uint16_t> answer_nacks() {
    std::vector<uint16_t> asked;
    for (const auto& compound : server_->rtcp) {
      rtcp::CompoundReader reader(compound);
      while (const auto packet = reader.next()) {
        auto nack = packet->type == rtcp::PacketType::kTransportFeedback
                        ? rtcp::parse_nack(*packet)
                        : Parsed<rtcp::Nack>(parse_error(ParseError::kUnsupported));
        while (const auto number = nack ? nack->numbers.next() : std::nullopt) {
          asked.push_back(*number);
        }
      }
    }
    server_->rtcp.clear();
    for (const uint16_t number : asked) {
      auto [header, payload] = sent_.at(number);
      std::vector<uint8_t> repair{static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
      repair.insert(repair.end(), payload.begin(), payload.end());
      header.payload_type = 97;
      header.ssrc = kCameraRtxSsrc;
      header.sequence_number = rtx_number_++;
      server_->send_rtp(header, repair);
    }
    return asked;
  }
  size_t count(rtcp::PacketType type, uint8_t format) const {
    size_t found = 0;
    for (const auto& compound : server_->rtcp) {
      rtcp::CompoundReader reader(compound);
      while (const auto packet = reader.next()) {
        found += packet->type == type && packet->count == format ? 1U : 0U;
      }
    }
    return found;
  }

  Rng rng_{2};
  Instant now_ = Instant::from_ms(1000);
  Events events_;
  std::unique_ptr<Viewer> viewer_;
  std::unique_ptr<FakeServer> server_;
  std::set<uint16_t> lost_;
  std::map<uint16_t, std::pair<rtp::Header, std::vector<uint8_t>>> sent_;
  uint16_t video_number_ = 100;
  uint16_t rtx_number_ = 1;
  uint16_t picture_id_ = 5;
  uint32_t video_timestamp_ = 1234;
};

TEST_F(ViewerTest, CountsWholeFramesOfACleanStream) {
  connect();
  for (int i = 0; i < 30; ++i) {
    send_frame(i == 0, 3);
    run_for(33);
  }
  const TrackStats stats = camera();
  EXPECT_EQ(stats.packets, 90U);
  EXPECT_EQ(stats.frames, 30U);
  EXPECT_EQ(stats.keyframes, 1U);
  EXPECT_EQ(stats.lost, 0U);
  EXPECT_EQ(stats.freezes, 0U);
  EXPECT_EQ(stats.picture_id_jumps, 0U);
  EXPECT_EQ(stats.timestamp_regressions, 0U);
  EXPECT_EQ(stats.picture_size, (codec::PictureSize{320, 180}));
  EXPECT_EQ(stats.codec, sdp::CodecName::kVp8);
  EXPECT_LT(*viewer_->first_media() - *stats.first_frame, Duration::milliseconds(5));
}

TEST_F(ViewerTest, RepairsLossByNackAndRtx) {
  connect();
  lost_ = {104, 105, 110};
  for (int i = 0; i < 10; ++i) {
    send_frame(i == 0, 3);
    run_for(30);
    answer_nacks();
  }
  run_for(50);
  const TrackStats stats = camera();
  EXPECT_EQ(stats.lost, 0U);
  EXPECT_EQ(stats.repaired, 3U);
  EXPECT_EQ(stats.frames, 10U);
  EXPECT_EQ(stats.packets, 30U);
}

TEST_F(ViewerTest, CountsWhatIsNeverRepairedAndWaitsForAKeyframe) {
  connect();
  lost_ = {107};
  for (int i = 0; i < 60; ++i) {
    send_frame(i == 0 || i == 50, 3);
    run_for(33);
  }
  const TrackStats stats = camera();
  EXPECT_EQ(stats.lost, 1U);
  EXPECT_EQ(stats.frames, 2U + 10U);  // before the hole, and from the next keyframe on
  EXPECT_EQ(stats.keyframes, 2U);
  EXPECT_EQ(stats.freezes, 1U);
  EXPECT_GT(stats.longest_gap, Duration::milliseconds(1400));
  EXPECT_GE(stats.plis, 2U);
}

TEST_F(ViewerTest, JumpsToAWholeKeyframeBehindAHole) {
  connect();
  lost_ = {107};
  for (int i = 0; i < 10; ++i) {
    send_frame(i == 0 || i == 5, 3);
    run_for(33);
  }
  EXPECT_EQ(camera().frames, 2U + 5U);
  EXPECT_EQ(camera().freezes, 0U);
}

TEST_F(ViewerTest, AsksForAKeyframeUntilItHasOneAndSendsReports) {
  connect();
  send_frame(false, 1);
  run_for(2200);
  EXPECT_EQ(count(rtcp::PacketType::kPayloadFeedback, rtcp::kPliFormat), 5U);
  EXPECT_GE(count(rtcp::PacketType::kPayloadFeedback, rtcp::kApplicationFormat), 1U);  // REMB
  EXPECT_GE(count(rtcp::PacketType::kReceiverReport, 1), 1U);
  server_->rtcp.clear();
  send_frame(true, 1);
  run_for(1000);
  EXPECT_EQ(count(rtcp::PacketType::kPayloadFeedback, rtcp::kPliFormat), 0U);
}

TEST_F(ViewerTest, ThatNeverAsksForKeyframesDoesNot) {
  connect({.sends_pli = false});
  run_for(2000);
  EXPECT_EQ(count(rtcp::PacketType::kPayloadFeedback, rtcp::kPliFormat), 0U);
}

TEST_F(ViewerTest, EstimatesConcealedSound) {
  connect();
  const std::vector<uint8_t> opus(60, 0x78);
  for (uint16_t i = 0; i < 500; ++i) {
    const bool is_lost = i == 100 || i == 200;
    if (!is_lost) {
      server_->send_rtp(
          {.payload_type = 111, .sequence_number = i, .timestamp = i * 960U, .ssrc = 0xA0}, opus);
    }
    // Once the wire holds ten packets back for 200 ms: far more than the player has in stock.
    if (i < 300 || i >= 310) run_for(20);
    if (i == 299) run_for(200);
  }
  const TrackStats stats = audio();
  EXPECT_EQ(stats.lost, 2U);
  EXPECT_EQ(stats.packets, 498U);
  EXPECT_NEAR(static_cast<double>(stats.concealed.ms()), 2 * 20 + 200 - 20, 30);
  EXPECT_NEAR((stats.played + stats.concealed).to_seconds(), 10.0, 0.2);
  EXPECT_EQ(stats.timestamp_regressions, 0U);
}

TEST_F(ViewerTest, NoticesNumbersThatDoNotFit) {
  connect();
  send_frame(true, 2);
  picture_id_ += 3;
  send_frame(false, 2);
  video_timestamp_ -= 30000;
  send_frame(false, 2);
  run_for(5);
  EXPECT_EQ(camera().picture_id_jumps, 1U);
  EXPECT_EQ(camera().timestamp_regressions, 1U);
}

TEST_F(ViewerTest, CountsSampledPacketsWithoutDecryptingThem) {
  connect({.decrypt_one_of = 10});
  lost_ = {120};
  for (int i = 0; i < 30; ++i) {
    send_frame(i == 0, 3);
    run_for(33);
    if (i < 20) answer_nacks();
  }
  const TrackStats stats = camera();
  EXPECT_EQ(stats.packets, 90U);
  EXPECT_EQ(stats.repaired, 1U);
  EXPECT_EQ(stats.lost, 0U);
  EXPECT_EQ(stats.frames, 30U);
  EXPECT_EQ(stats.picture_id_jumps, 0U);
}

}  // namespace
}  // namespace lectern::client
