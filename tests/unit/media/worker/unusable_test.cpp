// What a publisher is told when nothing usable comes of it.
#include "media/rtp/header.h"
#include "media/worker/publisher_session.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lectern::worker {
namespace {

using Reason = UnusableWatch::Reason;

class UnusableTest : public ::testing::Test {
 protected:
  UnusableTest() {
    sdp::NegotiatedSession session;
    session.media.resize(2);
    session.media[0].kind = sdp::TrackKind::kAudio;
    session.media[0].mid = "0";
    session.media[0].codecs = {codec(sdp::CodecName::kOpus, 111)};
    session.media[0].streams = {{.ssrc = 1}};
    session.media[1].kind = sdp::TrackKind::kCamera;
    session.media[1].mid = "1";
    session.media[1].codecs = {codec(sdp::CodecName::kH264, 102)};
    session.media[1].streams = {{.ssrc = 2}};
    publisher_ = std::make_unique<PublisherSession>(session, 99, "cname");
  }

  static sdp::NegotiatedCodec codec(sdp::CodecName name, uint8_t payload_type) {
    sdp::NegotiatedCodec codec;
    codec.name = name;
    codec.payload_type = payload_type;
    return codec;
  }

  void send(uint32_t ssrc, uint8_t payload_type, std::vector<uint8_t> payload) {
    std::vector<uint8_t> packet(rtp::kFixedHeaderSize);
    packet[0] = 0x80;
    packet[1] = static_cast<uint8_t>(0x80 | payload_type);
    store_be16(&packet[2], number_++);
    store_be32(&packet[4], static_cast<uint32_t>(now_.ms() * 90));
    store_be32(&packet[8], ssrc);
    packet.insert(packet.end(), payload.begin(), payload.end());
    publisher_->handle_rtp(now_, packet, media_, drops_);
  }
  // For a while 25 times a second; what is told meanwhile, as text.
  std::string run(Duration duration, uint32_t ssrc, uint8_t payload_type,
                  const std::vector<uint8_t>& payload) {
    std::string told;
    for (const Instant end = now_ + duration; now_ < end; now_ += Duration::milliseconds(40)) {
      if (!payload.empty()) send(ssrc, payload_type, payload);
      while (const auto change = publisher_->take_unusable(now_, media_))
        told += std::to_string(change->track) + ":" +
                (change->reason ? std::string(UnusableWatch::name(*change->reason)) : "usable") +
                " ";
    }
    return told;
  }

  // As run(), but each packet is `bytes` as they are.
  std::string run_bytes(Duration duration, const std::vector<uint8_t>& bytes) {
    std::string told;
    for (const Instant end = now_ + duration; now_ < end;) {
      std::vector<uint8_t> packet = bytes;
      publisher_->handle_rtp(now_, packet, media_, drops_);
      told += run(Duration::milliseconds(40), 0, 0, {});
    }
    return told;
  }

  const std::vector<uint8_t> slice_ = {0x41, 0x9A, 0x20, 0x00};
  const std::vector<uint8_t> idr_ = {0x65, 0x88, 0x80, 0x00};
  const std::vector<uint8_t> junk_ = {0x1F, 0x00, 0x00};

  Instant now_ = Instant::from_ms(10'000);
  uint16_t number_ = 1;
  forward::PacketSlab slab_{1000};
  forward::Fanouts fanouts_;
  ToldClassTime clock_;
  ClassMedia media_{"demo", slab_, fanouts_, clock_};
  DropCounters drops_;
  std::unique_ptr<PublisherSession> publisher_;
};

TEST_F(UnusableTest, APictureThatNeverStartsIsToldAfterThreeSecondsAndOnce) {
  EXPECT_EQ(run(Duration::milliseconds(2900), 2, 102, slice_), "");
  EXPECT_TRUE(media_.track(kCamera).take_keyframe_request(now_, 0))
      << "it was asked for, though nobody watches";
  EXPECT_EQ(run(Duration::seconds(1), 2, 102, slice_), "1:no-keyframe ");
  EXPECT_EQ(run(Duration::seconds(20), 2, 102, slice_), "");
  send(2, 102, idr_);
  EXPECT_EQ(run(Duration::seconds(5), 2, 102, slice_), "1:usable ");
}

TEST_F(UnusableTest, EachReasonHasAName) {
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, junk_), "1:malformed ");
  EXPECT_EQ(run(Duration::seconds(4), 2, 77, slice_), "") << "the same track: told once";
  EXPECT_EQ(run(Duration::seconds(4), 5, 77, slice_), "1:usable 3:unknown-stream ");
}

TEST_F(UnusableTest, AnotherPayloadTypeThanAgreedIsTold) {
  EXPECT_EQ(run(Duration::seconds(4), 1, 9, {1, 2, 3}), "0:payload-type ");
  EXPECT_EQ(run(Duration::seconds(4), 1, 9, {}), "0:usable ") << "nothing comes any more";
}

TEST_F(UnusableTest, APacketThatNoViewerCanBeSentIsTold) {
  std::vector<uint8_t> longest = idr_;
  longest.resize(forward::kMaxPayload);
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, longest), "");
  longest.push_back(0);
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, longest), "1:too-long ");
  EXPECT_GT(drops_.get(DropReason::kRtpTooLong), 0U);
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, idr_), "1:usable ");
}

TEST_F(UnusableTest, AFullSlabIsNoFaultOfThePublisher) {
  std::vector<forward::PacketRef> held;
  while (!held.emplace_back(slab_.store(idr_)).payload().empty()) continue;
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, idr_), "");
  EXPECT_GT(drops_.get(DropReason::kRtpTooLong), 0U);
}

// RFC 3550 §5.1: version 2; an extension is as long as it says.
TEST_F(UnusableTest, WhatIsNoRtpIsTold) {
  std::vector<uint8_t> packet(rtp::kFixedHeaderSize + 4);
  packet[0] = 0x90;
  packet.back() = 200;
  EXPECT_EQ(run_bytes(Duration::seconds(4), packet), "3:malformed ");
  EXPECT_GT(drops_.get(DropReason::kRtpMalformed), 0U);
}

TEST_F(UnusableTest, WhatTheKeysDoNotOpenIsToldOnlyIfNothingElseComes) {
  const auto spoof = [&](Duration duration, uint32_t ssrc, const std::vector<uint8_t>& payload) {
    std::string told;
    for (const Instant end = now_ + duration; now_ < end;) {
      publisher_->note_unopened(now_);
      told += run(Duration::milliseconds(40), ssrc, ssrc == 1 ? 111 : 90, payload);
    }
    return told;
  };
  EXPECT_EQ(spoof(Duration::seconds(10), 1, {1, 2, 3}), "") << "there is sound";
  EXPECT_EQ(spoof(Duration::milliseconds(5900), 1, {}), "") << "3 s of it are not over";
  EXPECT_EQ(spoof(Duration::seconds(10), 1, {}), "3:unopened ") << "and once";
  EXPECT_EQ(spoof(Duration::seconds(10), 1, {1, 2, 3}), "3:usable ");
  EXPECT_EQ(spoof(Duration::seconds(4), 7, slice_), "3:unknown-stream ")
      << "what the publisher has sent goes before what anybody may have sent";
}

// Old simulcast by SSRC alone: one of its streams is the picture, the others are not missed.
TEST_F(UnusableTest, MoreStreamsOfAPictureThatIsThereAreNotTold) {
  std::string told;
  for (int frame = 0; frame < 250; ++frame) {
    send(2, 102, frame % 25 == 0 ? idr_ : slice_);
    send(5, 102, frame % 25 == 0 ? idr_ : slice_);
    send(6, 102, frame % 25 == 0 ? idr_ : slice_);
    told += run(Duration::milliseconds(40), 1, 111, {1, 2, 3});
  }
  EXPECT_EQ(told, "");
}

TEST_F(UnusableTest, AStreamThatMayBeTheMissingPictureIsTold) {
  std::string told;
  for (int frame = 0; frame < 100; ++frame) {
    send(7, 90, slice_);
    told += run(Duration::milliseconds(40), 1, 111, {1, 2, 3});
  }
  EXPECT_EQ(told, "3:unknown-stream ") << "there is sound, but no picture";
}

TEST_F(UnusableTest, WhatWasToldCanBeSaidAgain) {
  EXPECT_TRUE(publisher_->told_unusable().empty());
  EXPECT_EQ(run(Duration::seconds(4), 2, 102, slice_), "1:no-keyframe ");
  const auto told = publisher_->told_unusable();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].track, kCamera);
  EXPECT_EQ(told[0].reason, Reason::kNoKeyframe);
  send(2, 102, idr_);
  EXPECT_EQ(run(Duration::seconds(3), 2, 102, slice_), "1:usable ");
  EXPECT_TRUE(publisher_->told_unusable().empty());
}

// Not unusable: an encoder that says its parameter sets in the offer alone.
TEST_F(UnusableTest, P115ParameterSetsOfTheOfferAreKnown) {
  sdp::NegotiatedSession session;
  session.media.resize(1);
  session.media[0].kind = sdp::TrackKind::kCamera;
  session.media[0].codecs = {codec(sdp::CodecName::kH264, 102)};
  session.media[0].codecs[0].fmtp =
      "packetization-mode=1;sprop-parameter-sets=Z0LAH9kAUAW7ARAAAAMAEAAAAwFA8YMkgA==,aOvjyw==;"
      "profile-level-id=42c01f";
  session.media[0].streams = {{.ssrc = 2}};
  publisher_ = std::make_unique<PublisherSession>(session, 99, "cname");
  send(2, 102, slice_);
  EXPECT_FALSE(media_.track(kCamera).profile(0));
  send(2, 102, idr_);
  EXPECT_EQ(media_.track(kCamera).profile(0),
            (codec::h264::ProfileLevel{.profile_idc = 66, .constraints = 0xC0, .level_idc = 31}));
}

TEST_F(UnusableTest, GoodStreamsStraysAndPausesAreNotTold) {
  send(2, 102, idr_);
  std::string told;
  for (int second = 0; second < 10; ++second) {
    told += run(Duration::milliseconds(960), 2, 102, slice_);
    told += run(Duration::milliseconds(960), 1, 111, {1, 2, 3});
    send(2, 102, junk_);
    send(7, 90, junk_);
    now_ += Duration::seconds(second);
  }
  EXPECT_EQ(told, "");
}

TEST(Unusable, P85MediaByOtherKeysIsToldOnceTheRealOneEnds) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  ASSERT_NE(teacher, nullptr);
  const auto spoof = [&](Duration duration) {
    for (const Instant end = box.now + duration; box.now < end;) {
      std::vector<uint8_t> packet(60);
      packet[0] = 0x80;
      packet[1] = 96;
      box.workers[0]->handle_datagram(
          box.now, {.remote = teacher->address, .local = Endpoint::v4(10, 0, 0, 1, 9000)}, packet);
      box.run_for(Duration::milliseconds(40));
    }
  };
  spoof(Duration::seconds(6));
  EXPECT_TRUE(box.events_of<control::Unusable>().empty());
  teacher->is_teaching = false;
  spoof(Duration::seconds(8));
  ASSERT_EQ(box.events_of<control::Unusable>().size(), 1U);
  EXPECT_EQ(box.events_of<control::Unusable>().front().reason, "unopened");
  EXPECT_EQ(box.counter("unusable_streams_total", "unopened"), 1U);
  teacher->is_teaching = true;
  spoof(Duration::seconds(3));
  EXPECT_EQ(box.events_of<control::Unusable>().back().reason, "");
}

TEST(Unusable, P85ASignalingThatComesBackIsTold) {
  ClassInABox box;
  // No request for a keyframe reaches the teacher.
  box.loses = [](ClassInABox::Way way, Bytes bytes) {
    return way == ClassInABox::Way::kToTeacher && (bytes[0] & 0xC0) == 0x80;
  };
  auto* teacher = box.teach(1);
  ASSERT_NE(teacher, nullptr);
  for (auto& encodings : teacher->wants_keyframe) encodings.fill(false);
  box.run_for(Duration::seconds(6));
  ASSERT_EQ(box.events_of<control::Unusable>().size(), 1U);
  const auto told = box.events_of<control::Unusable>().front();
  EXPECT_EQ(told.reason, "no-keyframe");
  const auto count = [&](const std::vector<control::FromWorker>& records) {
    return std::ranges::count_if(records, [&](const control::FromWorker& record) {
      const auto* unusable = std::get_if<control::Unusable>(&record);
      return unusable != nullptr && *unusable == told;
    });
  };
  EXPECT_EQ(count(box.workers[0]->handle_control_connected(box.now)), 1);
  teacher->wants_keyframe[kCamera].fill(true);
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.events_of<control::Unusable>().back().reason, "");
  EXPECT_EQ(count(box.workers[0]->handle_control_connected(box.now)), 0) << "it is over";
}

}  // namespace
}  // namespace lectern::worker
