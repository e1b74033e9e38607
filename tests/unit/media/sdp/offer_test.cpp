#include "media/sdp/offer.h"

#include "media/sdp/answer.h"
#include "media/sdp/fragment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

AnswerParameters server() {
  return {.ufrag = "SRV1",
          .pwd = "0123456789abcdefghijkl",
          .fingerprint = "AA:BB",
          .candidates = {{.address = "192.0.2.2", .port = 9000}},
          .start_bitrate = std::nullopt};
}

OfferParameters client(bool is_publisher) {
  return {.ufrag = "CLI1",
          .pwd = "abcdefghijkl0123456789",
          .fingerprint = "CC:DD",
          .cname = "me",
          .is_publisher = is_publisher,
          .candidates = {},
          .media = {}};
}

TEST(Offer, OfAPublisherIsUnderstoodByTheServer) {
  OfferParameters parameters = client(true);
  parameters.media = {
      {.kind = TrackKind::kAudio, .codecs = {CodecName::kOpus}, .rids = {}, .streams = {{5, 0}}},
      {.kind = TrackKind::kCamera,
       .codecs = {CodecName::kH264},
       .rids = {"0", "1", "2"},
       .streams = {}},
      {.kind = TrackKind::kScreen, .codecs = {CodecName::kVp8}, .rids = {}, .streams = {{7, 8}}},
  };
  const std::string offer = write_offer(parameters);
  const auto answer = answer_publisher(offer, server());
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_THAT(answer->session.find(TrackKind::kCamera)->rids, ElementsAre("0", "1", "2"));
  EXPECT_EQ(answer->session.find(TrackKind::kScreen)->streams.front().rtx_ssrc, 8U);
  const auto read = read_answer(offer, answer->text);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_FALSE(read->is_dtls_client);  // the server is active
  EXPECT_TRUE(read->is_remote_lite);
  EXPECT_EQ(read->remote_ufrag, "SRV1");
  ASSERT_THAT(read->remote_candidates, SizeIs(1));
  EXPECT_EQ(read->remote_candidates[0].port, 9000);
  const NegotiatedMedia* camera = read->find(TrackKind::kCamera);
  ASSERT_NE(camera, nullptr);
  EXPECT_THAT(camera->rids, ElementsAre("0", "1", "2"));
  EXPECT_EQ(camera->codecs.front().name, CodecName::kH264);
  EXPECT_NE(camera->extensions.rid, 0);
  EXPECT_EQ(read->find(TrackKind::kScreen)->streams.front().ssrc, 7U);
}

TEST(Offer, OfAViewerLearnsTheServersStreams) {
  OfferParameters parameters = client(false);
  parameters.media = {
      {.kind = TrackKind::kAudio, .codecs = {CodecName::kOpus}, .rids = {}, .streams = {}},
      {.kind = TrackKind::kCamera,
       .codecs = {CodecName::kVp8, CodecName::kH264},
       .rids = {},
       .streams = {}},
  };
  const std::string offer = write_offer(parameters);
  const ViewerStreams streams{
      .by_kind = {StreamSsrc{10, 0}, StreamSsrc{20, 21}, StreamSsrc{30, 31}}, .cname = "c"};
  const auto answer = answer_viewer(offer, server(), streams);
  ASSERT_TRUE(answer) << answer.error().sentence;
  const auto read = read_answer(offer, answer->text);
  ASSERT_TRUE(read) << read.error().sentence;
  ASSERT_THAT(read->media, SizeIs(2));
  EXPECT_EQ(read->find(TrackKind::kCamera)->streams.front().ssrc, 20U);
  EXPECT_EQ(read->find(TrackKind::kCamera)->streams.front().rtx_ssrc, 21U);
  EXPECT_THAT(read->find(TrackKind::kCamera)->codecs, SizeIs(2));
}

TEST(ReadAnswer, RefusesWhatDoesNotFitTheOffer) {
  OfferParameters parameters = client(false);
  parameters.media = {
      {.kind = TrackKind::kAudio, .codecs = {CodecName::kOpus}, .rids = {}, .streams = {}}};
  const std::string offer = write_offer(parameters);
  EXPECT_EQ(read_answer(offer, "nonsense").error().status, 502);
  EXPECT_FALSE(read_answer(offer, "v=0\r\n"));
  EXPECT_FALSE(read_answer(offer, "v=0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\n"));
  EXPECT_FALSE(read_answer(offer, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
}

TEST(Fragment, ReadsATrickle) {
  const auto fragment = parse_fragment(
      "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
      "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n"
      "a=candidate:3471623853 1 udp 2122194687 x.local 61765 typ host\r\n"
      "a=end-of-candidates\r\n");
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->ufrag, "EsAw");
  EXPECT_EQ(fragment->mid, "0");
  EXPECT_TRUE(fragment->end_of_candidates);
  ASSERT_THAT(fragment->candidates, SizeIs(1));
  EXPECT_EQ(fragment->candidates[0].port, 61764);
}

TEST(Fragment, WritesWhatItReads) {
  const Fragment fragment{.ufrag = "abcd",
                          .pwd = "0123456789abcdefghijkl",
                          .mid = "0",
                          .is_ice_lite = true,
                          .candidates = {{.priority = 5, .address = "192.0.2.7", .port = 9}},
                          .end_of_candidates = true};
  const auto again = parse_fragment(write_fragment(fragment));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, fragment);
}

TEST(Fragment, RefusesWhatIsNone) {
  EXPECT_EQ(parse_fragment("hello").error().kind, ParseError::kMalformed);
  EXPECT_EQ(parse_fragment("a=ice-pwd:short\r\n").error().kind, ParseError::kMalformed);
  EXPECT_EQ(parse_fragment(std::string(kMaxText + 1, 'a')).error().kind, ParseError::kTooLong);
}

}  // namespace
}  // namespace lectern::sdp
