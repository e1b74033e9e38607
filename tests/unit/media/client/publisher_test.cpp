#include "media/client/publisher.h"

#include "media/codec/vp8.h"
#include "media/rtcp/feedback.h"
#include "media/rtp/extensions.h"
#include "media/rtp/rtx.h"
#include "tests/unit/media/client/fake_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lectern::client {
namespace {

using ::testing::SizeIs;

class PublisherTest : public ::testing::Test {
 protected:
  void connect(PublisherConfig config) {
    publisher_ = std::make_unique<Publisher>(test_context(), rng_, std::move(config));
    server_ = std::make_unique<FakeServer>(now_, publisher_->offer(), true);
    ASSERT_TRUE(publisher_->accept(now_, server_->answer(), kClientAddress));
    run_for(200);
    ASSERT_TRUE(publisher_->is_connected());
  }
  void run_for(int64_t ms) {
    now_ = run(now_, Duration::milliseconds(ms), *publisher_, *server_, events_);
  }
  rtp::ExtensionIds ids(sdp::TrackKind kind) const {
    const sdp::ExtensionIds& negotiated = server_->session().find(kind)->extensions;
    return {.mid = negotiated.mid,
            .rid = negotiated.rid,
            .repaired_rid = negotiated.repaired_rid,
            .abs_send_time = negotiated.abs_send_time,
            .transport_wide_cc = negotiated.transport_wide_cc};
  }

  Rng rng_{1};
  Instant now_ = Instant::from_ms(1000);
  Events events_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<FakeServer> server_;
};

TEST_F(PublisherTest, NamesEachEncodingByItsRid) {
  connect({.videos = {{.encodings = 3}}, .wall_clock_offset = {}});
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].kind, Event::Kind::kConnected);
  const std::vector<uint8_t> frame(3000, 0x11);
  for (size_t encoding = 0; encoding < 3; ++encoding) {
    publisher_->send_frame(now_, sdp::TrackKind::kCamera, encoding, frame, 9000);
  }
  run_for(5);
  ASSERT_THAT(server_->rtp, SizeIs(9));
  std::set<std::string> rids;
  std::set<uint32_t> ssrcs;
  std::set<uint16_t> transport_numbers;
  for (const auto& packet : server_->rtp) {
    const auto view = rtp::parse(packet);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header.timestamp, 9000U);
    EXPECT_EQ(view->header.payload_type, 96);
    const auto extensions = rtp::read_extensions(*view, ids(sdp::TrackKind::kCamera));
    EXPECT_EQ(extensions.mid, "1");
    EXPECT_TRUE(extensions.abs_send_time);
    rids.emplace(extensions.rid);
    ssrcs.insert(view->header.ssrc);
    transport_numbers.insert(extensions.transport_sequence_number.value());
  }
  EXPECT_EQ(rids, (std::set<std::string>{"0", "1", "2"}));
  EXPECT_THAT(ssrcs, SizeIs(3));
  EXPECT_THAT(transport_numbers, SizeIs(9));
}

TEST_F(PublisherTest, RepairsByRtxWithTheRepairedRid) {
  connect({.videos = {{.encodings = 2}}, .wall_clock_offset = {}});
  const std::vector<uint8_t> frame(3000, 0x22);
  publisher_->send_frame(now_, sdp::TrackKind::kCamera, 1, frame, 9000);
  run_for(100);
  ASSERT_THAT(server_->rtp, SizeIs(3));
  const auto original = rtp::parse(server_->rtp[1]);
  std::array<uint8_t, 200> buffer;
  ByteWriter writer(buffer);
  const uint16_t number = original->header.sequence_number;
  ASSERT_EQ(rtcp::write_nack(1, original->header.ssrc, std::span(&number, 1), writer), 1U);
  server_->send_rtcp(writer.written());
  run_for(5);
  ASSERT_THAT(server_->rtp, SizeIs(4));
  const auto repair = rtp::parse(server_->rtp[3]);
  EXPECT_EQ(repair->header.payload_type, 97);
  EXPECT_EQ(rtp::read_extensions(*repair, ids(sdp::TrackKind::kCamera)).repaired_rid, "1");
  const auto undone = rtp::undo_rtx(server_->rtp[3], 96, original->header.ssrc);
  ASSERT_TRUE(undone);
  const auto again = rtp::parse(*undone);
  EXPECT_EQ(again->header, original->header);
  EXPECT_TRUE(std::ranges::equal(again->payload, original->payload));
  EXPECT_EQ(publisher_->stats().retransmitted, 1U);
}

TEST_F(PublisherTest, ReportsEachStreamOnceASecond) {
  connect({.videos = {{.encodings = 2}}, .wall_clock_offset = Duration::seconds(100)});
  const std::vector<uint8_t> frame(100, 0x33);
  for (int i = 0; i < 60; ++i) {
    publisher_->send_audio(now_, Bytes(frame).first(50), static_cast<uint32_t>(i) * 960);
    publisher_->send_frame(now_, sdp::TrackKind::kCamera, 0, frame,
                           static_cast<uint32_t>(i) * 1800);
    run_for(20);
  }
  std::set<uint32_t> reported;
  for (const auto& compound : server_->rtcp) {
    rtcp::CompoundReader reader(compound);
    while (const auto packet = reader.next()) {
      const auto report = packet->type == rtcp::PacketType::kSenderReport
                              ? rtcp::parse_sender_report(*packet)
                              : Parsed<rtcp::SenderReport>(parse_error(ParseError::kUnsupported));
      if (!report) continue;
      reported.insert(report->sender.ssrc);
      EXPECT_GT(rtcp::from_ntp(report->sender.ntp), Duration::seconds(100));
    }
    EXPECT_FALSE(reader.malformed());
  }
  EXPECT_THAT(reported, SizeIs(2));  // the encoding that sent nothing has nothing to say
}

TEST_F(PublisherTest, PassesKeyframeRequestsOn) {
  connect({.videos = {{.encodings = 2}}, .wall_clock_offset = {}});
  publisher_->send_frame(now_, sdp::TrackKind::kCamera, 1, std::vector<uint8_t>(10), 0);
  run_for(5);
  ASSERT_THAT(server_->rtp, SizeIs(1));
  events_.clear();
  std::array<uint8_t, 200> buffer;
  ByteWriter writer(buffer);
  ASSERT_TRUE(rtcp::write_pli({1, rtp::parse(server_->rtp[0])->header.ssrc}, writer));
  server_->send_rtcp(writer.written());
  run_for(5);
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].kind, Event::Kind::kKeyframeWanted);
  EXPECT_EQ(events_[0].encoding, 1U);
}

TEST_F(PublisherTest, RepeatsSoundByteForByte) {
  connect({.videos = {}, .wall_clock_offset = {}});
  publisher_->send_audio(now_, std::vector<uint8_t>(50, 9), 960);
  run_for(50);
  ASSERT_THAT(server_->rtp, SizeIs(1));
  const auto original = rtp::parse(server_->rtp[0]);
  std::array<uint8_t, 200> buffer;
  ByteWriter writer(buffer);
  const uint16_t number = original->header.sequence_number;
  ASSERT_EQ(rtcp::write_nack(1, original->header.ssrc, std::span(&number, 1), writer), 1U);
  server_->send_rtcp(writer.written());
  run_for(5);
  // The server's replay window refuses it: the proof that index and bytes are the same.
  EXPECT_THAT(server_->rtp, SizeIs(1));
  EXPECT_EQ(publisher_->stats().retransmitted, 1U);
}

TEST_F(PublisherTest, SaysGoodbye) {
  connect({.videos = {}, .wall_clock_offset = {}});
  publisher_->close();
  run_for(5);
  EXPECT_FALSE(server_->is_connected());
  EXPECT_FALSE(publisher_->is_connected());
}

}  // namespace
}  // namespace lectern::client
