#include "media/worker/publisher_session.h"

#include "media/forward/fanout.h"
#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lectern::worker {
namespace {

using ::testing::IsEmpty;

class PublisherSessionTest : public ::testing::Test {
 protected:
  static sdp::NegotiatedSession session(bool is_reduced_size) {
    sdp::NegotiatedSession session;
    session.is_reduced_size = is_reduced_size;
    sdp::NegotiatedMedia& camera = session.media.emplace_back();
    camera.kind = sdp::TrackKind::kCamera;
    sdp::NegotiatedCodec& codec = camera.codecs.emplace_back();
    codec.name = sdp::CodecName::kVp8;
    codec.payload_type = 96;
    codec.has_nack = true;
    return session;
  }

  void send(PublisherSession& publisher, uint32_t ssrc, uint16_t number, bool is_keyframe = false) {
    std::vector<uint8_t> packet(40, 0);
    packet[0] = 0x80;
    packet[1] = 96;
    store_be16(&packet[2], number);
    store_be32(&packet[8], ssrc);
    packet[12] = 0x10;                       // the first packet of a VP8 frame,
    packet[13] = is_keyframe ? 0x00 : 0x01;  // the P bit (RFC 7741 §4.3): it is no keyframe
    publisher.handle_rtp(now_, packet, media_, drops_);
  }

  std::vector<rtcp::PacketType> feedback(PublisherSession& publisher) {
    std::array<uint8_t, 1200> buffer{};
    ByteWriter out(buffer);
    std::vector<rtcp::PacketType> types;
    if (!publisher.write_feedback(now_, media_, out)) return types;
    rtcp::CompoundReader reader(out.written());
    while (const auto packet = reader.next()) types.push_back(packet->type);
    return types;
  }

  // What asks for a keyframe now: "pli", or "fir" and its number.
  std::string request(PublisherSession& publisher) {
    media_.track(kCamera).want_keyframe(0);
    std::array<uint8_t, 1200> buffer{};
    ByteWriter out(buffer);
    if (!publisher.write_feedback(now_, media_, out)) return "";
    std::string asked;
    rtcp::CompoundReader reader(out.written());
    while (const auto packet = reader.next()) {
      if (rtcp::parse_pli(*packet)) asked += "pli ";
      const auto fir = rtcp::parse_fir(*packet);
      if (fir && fir->entries.size() == 1 && fir->entries[0].ssrc == 77)
        asked += "fir " + std::to_string(fir->entries[0].sequence_number) + " ";
    }
    return asked;
  }

  Instant now_ = Instant::from_us(5'000'000);
  DropCounters drops_;
  forward::PacketSlab slab_{1000};
  forward::Fanouts fanouts_;
  ToldClassTime clock_;
  ClassMedia media_{"c", slab_, fanouts_, clock_};
};

// RFC 3550 §6.1: a compound packet begins with a report; RFC 5506 §4.1 lets it be left out.
TEST_F(PublisherSessionTest, P83RtcpIsCompoundUnlessAgreedOtherwise) {
  for (const bool is_reduced_size : {false, true}) {
    SCOPED_TRACE(is_reduced_size);
    PublisherSession publisher(session(is_reduced_size), 1, "c");
    send(publisher, 77, 10);
    now_ = now_ + Duration::milliseconds(1001);
    EXPECT_THAT(feedback(publisher), ::testing::Contains(rtcp::PacketType::kReceiverReport));
    send(publisher, 77, 14);
    now_ = now_ + Duration::milliseconds(200);
    const auto types = feedback(publisher);
    ASSERT_THAT(types, ::testing::Contains(rtcp::PacketType::kTransportFeedback));
    EXPECT_EQ(types.front() == rtcp::PacketType::kReceiverReport, !is_reduced_size);
    EXPECT_THAT(feedback(publisher), IsEmpty()) << "a report that is not due was sent alone";
  }
}

// RFC 5104 §4.3.1 where it is all that was agreed; a PLI is what all others understand.
TEST_F(PublisherSessionTest, AKeyframeIsAskedForAsAgreed) {
  for (const bool has_pli : {false, true})
    for (const bool has_fir : {false, true}) {
      SCOPED_TRACE(has_pli ? "pli" : "no pli");
      sdp::NegotiatedSession agreed = session(true);
      agreed.media[0].codecs[0].has_pli = has_pli;
      agreed.media[0].codecs[0].has_fir = has_fir;
      media_.track(kCamera).restart(0);
      PublisherSession publisher(agreed, 1, "c");
      send(publisher, 77, 10);
      now_ = now_ + Duration::seconds(2);
      EXPECT_EQ(request(publisher), has_fir && !has_pli ? "fir 1 " : "pli ");
    }
}

TEST_F(PublisherSessionTest, ACommandToSendAKeyframeKeepsItsNumberForASecond) {
  sdp::NegotiatedSession agreed = session(true);
  agreed.media[0].codecs[0].has_fir = true;
  PublisherSession publisher(agreed, 1, "c");
  send(publisher, 77, 10);
  EXPECT_EQ(request(publisher), "fir 1 ");
  now_ = now_ + Duration::milliseconds(310);
  EXPECT_EQ(request(publisher), "fir 1 ") << "the first one may have been lost";
  now_ = now_ + Duration::milliseconds(610);
  EXPECT_EQ(request(publisher), "fir 1 ");
  now_ = now_ + Duration::seconds(1);
  EXPECT_EQ(request(publisher), "fir 2 ") << "its answer may have been lost";
  send(publisher, 77, 11, true);
  now_ = now_ + Duration::milliseconds(1001);
  EXPECT_EQ(request(publisher), "fir 3 ") << "a keyframe has come since";
}

// Simulcast that was not accepted, sent all the same: one of the streams is the picture.
TEST_F(PublisherSessionTest, P82OneOfSeveralUnknownStreamsIsTaken) {
  PublisherSession publisher(session(true), 1, "c");
  uint16_t number = 0;
  for (; number < 100; ++number) {
    for (const uint32_t ssrc : {10U, 11U, 12U}) send(publisher, ssrc, number);
    now_ = now_ + Duration::milliseconds(33);
  }
  EXPECT_GE(drops_.get(DropReason::kRtpUnknownSsrc), 190U);
  EXPECT_LE(drops_.get(DropReason::kRtpUnknownSsrc), 200U);
  // The one that is taken ends: another goes on in its place.
  const uint64_t before = drops_.get(DropReason::kRtpUnknownSsrc);
  for (; number < 200; ++number) {
    send(publisher, 10, number);
    now_ = now_ + Duration::milliseconds(33);
  }
  EXPECT_LE(drops_.get(DropReason::kRtpUnknownSsrc), before + 31);
}

}  // namespace
}  // namespace lectern::worker
