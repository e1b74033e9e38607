#include "media/sdp/answer.h"

#include "tests/unit/media/sdp/offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

AnswerParameters parameters() {
  return {
      .session_id = 7,
      .ufrag = "SRV1",
      .pwd = "0123456789abcdefghijkl",
      .fingerprint = "AA:BB",
      .candidates = {{.address = "192.0.2.2", .port = 9000}, {.address = "fd00::2", .port = 9000}},
      .start_bitrate = DataRate::kbps(2000)};
}

ViewerStreams streams() {
  return {.by_kind = {StreamSsrc{10, 0}, StreamSsrc{20, 21}, StreamSsrc{30, 31}}, .cname = "c"};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(AnswerPublisher, TakesChromiumsSimulcast) {
  const auto answer = answer_publisher(offer("chromium-publish-simulcast"), parameters());
  ASSERT_TRUE(answer);
  const NegotiatedSession& session = answer->session;
  EXPECT_TRUE(session.is_dtls_client);
  EXPECT_EQ(session.remote_ufrag, "9gcD");
  ASSERT_THAT(session.media, SizeIs(2));
  const NegotiatedMedia* video = session.find(TrackKind::kCamera);
  ASSERT_NE(video, nullptr);
  EXPECT_EQ(video->mid, "1");
  EXPECT_THAT(video->rids, ElementsAre("l", "m", "h"));
  EXPECT_EQ(video->extensions.mid, 4);
  EXPECT_EQ(video->extensions.rid, 10);
  EXPECT_EQ(video->extensions.repaired_rid, 11);
  EXPECT_EQ(video->extensions.abs_send_time, 2);
  EXPECT_EQ(video->extensions.transport_wide_cc, 3);
  ASSERT_THAT(video->codecs, SizeIs(2));
  EXPECT_EQ(video->codecs[0].name, CodecName::kVp8);
  EXPECT_EQ(video->codecs[0].rtx_payload_type, 97);
  EXPECT_TRUE(video->codecs[0].has_transport_cc);
  EXPECT_FALSE(video->codecs[0].has_remb);
  // Of all H.264 payload types the constrained baseline one in packetization mode 1.
  EXPECT_EQ(video->codecs[1].payload_type, 108);
  EXPECT_EQ(video->codec_of(109), &video->codecs[1]);
  EXPECT_EQ(video->codec_of(102), nullptr);
  EXPECT_EQ(session.find(TrackKind::kScreen), nullptr);
}

TEST(AnswerPublisher, WritesWhatABrowserNeeds) {
  const auto answer = answer_publisher(offer("chromium-publish-simulcast"), parameters());
  ASSERT_TRUE(answer);
  const std::string& text = answer->text;
  EXPECT_THAT(text, HasSubstr("a=ice-lite\r\na=ice-options:ice2\r\n"));
  EXPECT_THAT(text, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(text, HasSubstr("a=setup:active\r\n"));
  EXPECT_THAT(text, HasSubstr("a=recvonly\r\n"));
  EXPECT_THAT(text, HasSubstr("a=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\n"));
  EXPECT_THAT(text, HasSubstr("a=simulcast:recv l;m;h\r\n"));
  EXPECT_THAT(text, HasSubstr("profile-level-id=42e01f;x-google-start-bitrate=2000\r\n"));
  EXPECT_THAT(text, HasSubstr("a=fmtp:96 x-google-start-bitrate=2000\r\n"));
  EXPECT_THAT(text, HasSubstr("a=candidate:1 1 udp 2130706431 192.0.2.2 9000 typ host\r\n"
                              "a=candidate:2 1 udp 2130706175 fd00::2 9000 typ host\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("goog-remb")));
  EXPECT_THAT(text, Not(HasSubstr("video-orientation")));
}

TEST(AnswerPublisher, TakesFirefoxAndMirrorsExtensionDirections) {
  const auto answer = answer_publisher(offer("firefox-publish-simulcast-vp8"), parameters());
  ASSERT_TRUE(answer);
  const NegotiatedMedia* video = answer->session.find(TrackKind::kCamera);
  ASSERT_NE(video, nullptr);
  EXPECT_EQ(video->extensions.rid, 9);
  EXPECT_THAT(answer->text,
              HasSubstr("a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"));
  ASSERT_THAT(video->streams, SizeIs(3));
  EXPECT_EQ(video->streams[0].ssrc, 2124818008U);
  EXPECT_EQ(video->streams[0].rtx_ssrc, 148502158U);
}

TEST(AnswerPublisher, TakesASecondVideoAsTheScreen) {
  for (const char* name : {"chromium-publish-screen", "firefox-publish-screen"}) {
    SCOPED_TRACE(name);
    const auto answer = answer_publisher(offer(name), parameters());
    ASSERT_TRUE(answer);
    ASSERT_NE(answer->session.find(TrackKind::kScreen), nullptr);
    EXPECT_EQ(answer->session.find(TrackKind::kScreen)->mid, "2");
    EXPECT_THAT(answer->session.find(TrackKind::kScreen)->rids, IsEmpty());
    EXPECT_EQ(answer->session.find(TrackKind::kCamera)->mid, "1");
  }
}

TEST(AnswerPublisher, LetsContentNameTheScreen) {
  std::string text = offer("chromium-publish-screen");
  text.replace(text.find("a=mid:1\r\n"), 9, "a=mid:1\r\na=content:slides\r\n");
  const auto answer = answer_publisher(text, parameters());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->session.find(TrackKind::kScreen)->mid, "1");
  EXPECT_EQ(answer->session.find(TrackKind::kCamera)->mid, "2");
}

TEST(AnswerPublisher, RefusesWithAStatusAndASentence) {
  const std::string good = offer("chromium-publish-single-vp8");
  struct Case {
    std::string offer;
    int status;
    std::string_view word;
  };
  for (const Case& each : {
           Case{"hello", 400, "readable"},
           Case{std::string(kMaxText + 1, 'v'), 400, "16 KB"},
           Case{replaced(good, "VP8/90000", "VP9/90000"), 406, "codec"},
           Case{replaced(good, "a=sendonly", "a=recvonly"), 422, "neither"},
           Case{replaced(good, "a=rtcp-mux\r\n", ""), 422, "rtcp-mux"},
           Case{replaced(good, "a=group:BUNDLE 0 1\r\n", ""), 422, "BUNDLE"},
           Case{replaced(good, "a=ice-ufrag", "a=x-ufrag"), 422, "ICE"},
           Case{replaced(good, "sha-256", "sha-1"), 422, "sha-256"},
           Case{replaced(replaced(good, "SAVPF 96", "SAVPF 111"), ":96 ", ":111 "), 422,
                "payload type"},
           Case{good + "a=extmap:1 urn:x:one\r\na=extmap:1 urn:x:two\r\n", 400, "extension"},
           Case{
               replaced(good, "m=audio", "a=extmap:1 urn:x:one\r\na=extmap:1 urn:x:two\r\nm=audio"),
               400, "extension"},
       }) {
    const auto answer = answer_publisher(each.offer, parameters());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, each.status) << answer.error().sentence;
    EXPECT_THAT(answer.error().sentence, HasSubstr(each.word));
  }
}

TEST(AnswerPublisher, TakesTheDescribedEncodings) {
  const std::string text = replaced(offer("chromium-publish-simulcast"), "a=simulcast:send l;m;h",
                                    "a=rid:x send\r\na=simulcast:send l;undescribed;m;h;x");
  const auto answer = answer_publisher(text, parameters());
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->session.find(TrackKind::kCamera)->rids, ElementsAre("l", "m", "h", "x"));
}

TEST(AnswerPublisher, P52HearsThatThePeerTakesGcm) {
  const std::string text = offer("chromium-publish-single-vp8");
  const auto silent = answer_publisher(text, parameters());
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->session.asks_for_gcm);
  for (const char* before : {"m=audio", "a=setup:actpass"}) {
    const auto asking = answer_publisher(
        replaced(text, before, std::string("a=x-lectern-srtp:gcm\r\n") + before), parameters());
    ASSERT_TRUE(asking);
    EXPECT_TRUE(asking->session.asks_for_gcm);
    EXPECT_THAT(asking->text, testing::Not(HasSubstr("x-lectern")));
  }
  const auto other =
      answer_publisher(replaced(text, "m=audio", "a=x-lectern-srtp:cm\r\nm=audio"), parameters());
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->session.asks_for_gcm);
}

TEST(AnswerPublisher, TakesTheOtherDtlsRoleWhenTheOfferChose) {
  const std::string text = offer("chromium-publish-single-vp8");
  const auto active =
      answer_publisher(replaced(text, "a=setup:actpass", "a=setup:active"), parameters());
  ASSERT_TRUE(active);
  EXPECT_FALSE(active->session.is_dtls_client);
  EXPECT_THAT(active->text, HasSubstr("a=setup:passive"));
  // RFC 4145 §4.1: an offer that does not say is active.
  const auto silent = answer_publisher(replaced(text, "a=setup:actpass\r\n", ""), parameters());
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->session.is_dtls_client);
  EXPECT_THAT(silent->text, HasSubstr("a=setup:passive"));
  AnswerParameters passive_here = parameters();
  passive_here.preferred_setup = Setup::kPassive;
  const auto passive = answer_publisher(text, passive_here);
  ASSERT_TRUE(passive);
  EXPECT_FALSE(passive->session.is_dtls_client);
}

TEST(AnswerViewer, GivesEachTrackItsStream) {
  for (const char* name : {"chromium-view-screen", "firefox-view-screen"}) {
    SCOPED_TRACE(name);
    const auto answer = answer_viewer(offer(name), parameters(), streams());
    ASSERT_TRUE(answer);
    ASSERT_THAT(answer->session.media, SizeIs(3));
    const NegotiatedMedia* camera = answer->session.find(TrackKind::kCamera);
    ASSERT_NE(camera, nullptr);
    EXPECT_EQ(camera->streams.front().ssrc, 20U);
    EXPECT_TRUE(camera->codecs.front().has_remb);
    EXPECT_FALSE(camera->codecs.front().has_transport_cc);
    EXPECT_NE(camera->extensions.abs_send_time, 0);
    EXPECT_EQ(camera->extensions.transport_wide_cc, 0);
    EXPECT_THAT(answer->text, HasSubstr("a=ssrc-group:FID 20 21\r\n"));
    EXPECT_THAT(answer->text, HasSubstr("a=ssrc-group:FID 30 31\r\n"));
    EXPECT_THAT(answer->text, HasSubstr("a=ssrc:10 cname:c\r\n"));
    EXPECT_THAT(answer->text, HasSubstr("a=msid:lectern camera\r\n"));
    EXPECT_THAT(answer->text, HasSubstr("a=sendonly\r\n"));
    EXPECT_THAT(answer->text, Not(HasSubstr("transport-wide-cc")));
    EXPECT_THAT(answer->text, Not(HasSubstr("transport-cc")));
    EXPECT_THAT(answer->text, Not(HasSubstr("x-google")));
  }
}

TEST(AnswerViewer, KeepsAllCodecsOfTheOffer) {
  const auto answer = answer_viewer(offer("chromium-view-screen"), parameters(), streams());
  ASSERT_TRUE(answer);
  const NegotiatedMedia* camera = answer->session.find(TrackKind::kCamera);
  ASSERT_NE(camera->codec(CodecName::kVp8), nullptr);
  ASSERT_NE(camera->codec(CodecName::kH264), nullptr);
  EXPECT_EQ(camera->codec(CodecName::kH264)->payload_type, 108);
}

TEST(AnswerViewer, RejectsWhatItCannotServe) {
  for (const char* name : {"chromium-view-datachannel", "firefox-view-datachannel"}) {
    SCOPED_TRACE(name);
    const auto answer = answer_viewer(offer(name), parameters(), streams());
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->session.media, SizeIs(1));
    EXPECT_THAT(answer->text, HasSubstr("a=group:BUNDLE 0\r\n"));
    EXPECT_THAT(answer->text, HasSubstr("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
  }
}

TEST(AnswerViewer, GivesSoundAloneWhenThePictureHasNoCommonCodec) {
  const std::string text = replaced(offer("chromium-view-vp8"), "VP8/90000", "VP9/90000");
  const auto answer = answer_viewer(text, parameters(), streams());
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->session.media, SizeIs(1));
  EXPECT_THAT(answer->text, HasSubstr("m=video 0 "));
}

TEST(AnswerViewer, ServesEveryRecordedViewOffer) {
  for (const std::string& name : all_offers()) {
    SCOPED_TRACE(name);
    const bool is_view = name.find("-view") != std::string::npos;
    const auto answer = is_view ? answer_viewer(offer(name), parameters(), streams())
                                : answer_publisher(offer(name), parameters());
    ASSERT_TRUE(answer) << answer.error().sentence;
    const auto description = parse(answer->text);
    ASSERT_TRUE(description);
    EXPECT_EQ(write(*description), answer->text);
  }
}

}  // namespace
}  // namespace lectern::sdp
