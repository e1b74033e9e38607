// Descriptions as encoders, cameras and old browsers send them, each with what the RFCs want of it.
#include "media/sdp/fragment.h"
#include "media/sdp/simulcast.h"
#include "tests/unit/media/sdp/offers.h"
#include "tests/unit/media/sdp/wild_offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// ---- simulcast

TEST(WildSimulcast, P82TakesFourLayers) {
  const auto answer = publish(wild("obs_4_layers"));
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_THAT(answer->text, HasSubstr("a=simulcast:recv 0;1;2;3\r\n"));
  EXPECT_THAT(answer->session.find(TrackKind::kCamera)->rids, ElementsAre("0", "1", "2", "3"));
}

TEST(WildSimulcast, P82RefusesAFifthLayerInsteadOfCuttingItOff) {
  const std::string five = replaced(wild("obs_4_layers"), "a=simulcast:send 0;1;2;3",
                                    "a=rid:4 send\r\na=simulcast:send 0;1;2;3;4");
  const auto answer = publish(five);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 406);
  EXPECT_THAT(answer.error().sentence, HasSubstr("5 simulcast layers"));
  const auto old = publish(
      replaced(wild("obs_4_layers"), "a=simulcast:send 0;1;2;3", "a=ssrc-group:SIM 1 2 3 4 5"));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().status, 406);
}

TEST(WildSimulcast, P82WithoutRidsInPacketsItIsNotPromised) {
  const std::string text = wild("simulcast_no_rid_ext");
  const auto answer = publish(text);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->text, Not(HasSubstr("simulcast")));
  EXPECT_THAT(answer->text, Not(HasSubstr("a=rid")));
  EXPECT_THAT(answer->session.find(TrackKind::kCamera)->rids, IsEmpty());
  const auto named =
      publish(replaced(text, "a=simulcast:send 0;1;2",
                       "a=simulcast:send 0;1;2\r\na=ssrc-group:SIM 7 8 9\r\na=ssrc:7 cname:c\r\n"
                       "a=ssrc:8 cname:c\r\na=ssrc:9 cname:c"));
  ASSERT_TRUE(named);
  EXPECT_THAT(named->session.find(TrackKind::kCamera)->streams, SizeIs(3));
}

// Two pictures in one transport, which may have the same payload types.
TEST(WildSimulcast, P82AmongTwoPicturesItTakesMids) {
  const std::string two =
      replaced(wild("obs_4_layers") +
                   "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=sendonly\r\na=rtcp-mux\r\n"
                   "a=rtpmap:96 H264/90000\r\n",
               "a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2");
  const auto with = publish(two);
  ASSERT_TRUE(with) << with.error().sentence;
  EXPECT_THAT(with->session.find(TrackKind::kCamera)->rids, SizeIs(4));
  const auto without =
      publish(replaced(two, "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n", ""));
  ASSERT_TRUE(without);
  EXPECT_THAT(without->session.find(TrackKind::kCamera)->rids, IsEmpty());
}

TEST(WildSimulcast, RepeatsRestrictionsWithWhatIsAcceptedOfThem) {
  std::string text =
      replaced(wild("obs_4_layers"), "a=rid:0 send", "a=rid:0 send pt=96;max-width=640");
  text = replaced(text, "a=rid:1 send", "a=rid:1 send pt=97,96");
  text = replaced(text, "a=rid:2 send", "a=rid:2 send pt=97");
  const auto answer = publish(text);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->text, HasSubstr("a=rid:0 recv pt=96;max-width=640\r\n"));
  EXPECT_THAT(answer->text, HasSubstr("a=rid:1 recv pt=96\r\n"));
  EXPECT_THAT(answer->text, HasSubstr("a=simulcast:recv 0;1;3\r\n"));
}

TEST(WildSimulcast, TakesTheAlternativeThatIsDescribed) {
  const auto answer = publish(replaced(wild("obs_4_layers"), "send 0;1;2;3", "send x,~1;~2"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->session.find(TrackKind::kCamera)->rids, ElementsAre("1", "2"));
}

TEST(WildSimulcast, RepairsThatCannotSayOfWhatAreNotPromised) {
  const std::string text =
      replaced(replaced(wild("obs_4_layers"), "m=video 9 UDP/TLS/RTP/SAVPF 96",
                        "m=video 9 UDP/TLS/RTP/SAVPF 96 97"),
               "a=rid:0 send", "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rid:0 send");
  const auto without = publish(text);
  ASSERT_TRUE(without);
  EXPECT_THAT(without->text, Not(HasSubstr("rtx")));
  const auto with = publish(replaced(
      text, "a=rid:0 send",
      "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\na=rid:0 send"));
  ASSERT_TRUE(with);
  EXPECT_THAT(with->text, HasSubstr("a=fmtp:97 apt=96"));
}

// ---- session level, groups, transports

TEST(WildSession, P83DirectionAndExtensionsAreInherited) {
  const auto refused = publish(wild("whip_session_recvonly"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 422);
  const std::string text =
      std::string(kSession) +
      "a=inactive\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
      "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n";
  EXPECT_EQ(view(text).error().status, 422);
  const auto own = view(text + "a=recvonly\r\n");
  ASSERT_TRUE(own) << own.error().sentence;
  EXPECT_EQ(own->session.media[0].extensions.abs_send_time, 3);
  EXPECT_TRUE(own->session.is_reduced_size);
}

TEST(WildSession, P83ReducedSizeTakesTheConsentOfAllSections) {
  const std::string both = offer("chromium-publish-single-vp8");
  EXPECT_TRUE(publish(both)->session.is_reduced_size);
  std::string one = both;
  one.erase(one.find("a=rtcp-rsize\r\n"), 14);
  EXPECT_FALSE(publish(one)->session.is_reduced_size);
}

TEST(WildGroups, P83TheTransportIsThatOfTheTaggedSection) {
  const auto answer = view(wild("whep_data_first_tagged"));
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_EQ(answer->session.remote_ufrag, "Ab/+");
  EXPECT_THAT(answer->session.media, SizeIs(2));
  EXPECT_THAT(answer->text, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(answer->text, HasSubstr("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
}

TEST(WildGroups, P83TheTagDecidesWhereverItStands) {
  const std::string text =
      replaced(offer("chromium-publish-single-vp8"), "a=group:BUNDLE 0 1", "a=group:BUNDLE 1 0");
  std::string other = text;
  const size_t at = other.rfind("a=ice-ufrag:");
  other.replace(at, other.find("\r\n", at) - at, "a=ice-ufrag:tagged");
  const auto answer = publish(other);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->session.remote_ufrag, "tagged");
  EXPECT_THAT(answer->text, HasSubstr("a=group:BUNDLE 1 0\r\n"));
  EXPECT_GT(answer->text.find("a=candidate:"), answer->text.find("m=video"));
}

TEST(WildGroups, P83WhatIsNoGroupIsRefused) {
  const std::string good = offer("chromium-publish-single-vp8");
  EXPECT_EQ(publish(replaced(good, "BUNDLE 0 1", "BUNDLE 0 1 9")).error().status, 400);
  EXPECT_EQ(publish(replaced(good, "BUNDLE 0 1", "BUNDLE 0 1 0")).error().status, 400);
  EXPECT_EQ(publish(replaced(good, "BUNDLE 0 1", "BUNDLE 0 1\r\na=group:BUNDLE 1")).error().status,
            400);
  EXPECT_EQ(publish(replaced(good, "a=mid:1", "a=mid:0")).error().status, 400);
  EXPECT_EQ(publish(replaced(good, "BUNDLE 0 1", "BUNDLE 0\r\na=group:BUNDLE 1")).error().status,
            422);
  EXPECT_TRUE(
      publish(replaced(good, "a=group:BUNDLE 0 1", "a=group:LS 0 9\r\na=group:BUNDLE 0 1")));
}

TEST(WildGroups, P83BundleOnlyOutsideOfAGroupIsOff) {
  const std::string text =
      replaced(wild("whep_data_first_tagged"), "a=group:BUNDLE d 0 1", "a=group:BUNDLE d 0");
  const auto answer = view(text);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->session.media, SizeIs(1));
  EXPECT_THAT(answer->text, HasSubstr("m=video 0 "));
}

TEST(WildTransport, P83ReasonsAreSentences) {
  const std::string good = offer("chromium-publish-single-vp8");
  EXPECT_THAT(publish(replaced(good, "a=rtcp-mux\r\n", "")).error().sentence,
              HasSubstr("add a=rtcp-mux"));
  EXPECT_TRUE(publish(replaced(good, "a=rtcp-mux\r\n", "a=rtcp-mux-only\r\n")));
  const auto lite = publish(replaced(good, "t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n"));
  ASSERT_FALSE(lite);
  EXPECT_EQ(lite.error().status, 422);
  EXPECT_THAT(lite.error().sentence, HasSubstr("a=ice-lite"));
  const auto held = publish(replaced(good, "a=setup:actpass", "a=setup:holdconn"));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().status, 422);
  EXPECT_THAT(held.error().sentence, HasSubstr("actpass"));
}

TEST(WildTransport, TakesTheSha256OfSeveralFingerprints) {
  const std::string good = offer("chromium-publish-single-vp8");
  for (const char* lines : {"a=fingerprint:SHA-1 AA:BB\r\na=fingerprint:SHA-256 ",
                            "a=fingerprint:sha-512 AA\r\na=fingerprint:sha-256 "}) {
    const auto answer = publish(replaced(good, "a=fingerprint:sha-256 ", lines));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->session.remote_fingerprint.algorithm, "sha-256");
  }
}

TEST(WildProtocol, P83TakesAllThatMeanTheSameAndRepeatsThem) {
  const std::string savp = wild("proto_savp");
  for (const char* protocol : {"UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "RTP/SAVP", "RTP/SAVPF",
                               "RTP/AVP", "RTP/AVPF", "TCP/DTLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF"}) {
    SCOPED_TRACE(protocol);
    const auto answer = publish(replaced(savp, "UDP/TLS/RTP/SAVP", protocol));
    ASSERT_TRUE(answer) << answer.error().sentence;
    EXPECT_THAT(answer->session.media, SizeIs(2));
    EXPECT_THAT(answer->text, HasSubstr(std::string("m=video 9 ") + protocol + " 96 97\r\n"));
  }
  EXPECT_FALSE(publish(replaced(savp, "UDP/TLS/RTP/SAVP", "UDP/RTP/XAVP")));
}

// ---- extensions and payload types

TEST(WildExtensions, AnIdThatDoesNotFitAShortHeaderIsNotSentTo) {
  const std::string text = offer("chromium-view-vp8");
  const std::string uri = " http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
  ASSERT_THAT(text, HasSubstr("a=extmap:2" + uri));
  for (const char* id : {"15", "200"}) {
    const auto answer =
        view(replaced(text, "a=extmap:2" + uri, "a=extmap:" + std::string(id) + uri));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->session.find(TrackKind::kCamera)->extensions.abs_send_time, 0);
    EXPECT_THAT(answer->text, Not(HasSubstr("abs-send-time")));
  }
}

// Rids would be read as mids, or the other way round, and the picture be missing without a word.
TEST(WildExtensions, P83AnIdOfTwoExtensionsIsTold) {
  const auto answer = publish(replaced(wild("obs_4_layers"), "a=extmap:2 urn", "a=extmap:1 urn"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 400);
  EXPECT_THAT(answer.error().sentence, HasSubstr("give this one another"));
}

TEST(WildPayloadTypes, WhatLooksLikeRtcpIsNotTaken) {
  EXPECT_TRUE(publish(h264_offer("sendonly", {{35, ""}})));
  EXPECT_TRUE(publish(h264_offer("sendonly", {{63, ""}})));
  EXPECT_FALSE(publish(h264_offer("sendonly", {{72, ""}})));
}

TEST(WildPayloadTypes, WhatLooksLikeRtcpIsNotChosenOverAnother) {
  const auto answer =
      publish(h264_offer("sendonly", {{72, "packetization-mode=1;profile-level-id=42e01f"},
                                      {99, "packetization-mode=1;profile-level-id=42e01f"}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->session.media[0].codecs[0].payload_type, 99);
}

TEST(WildPayloadTypes, ARepairThatLooksLikeRtcpIsNotPromised) {
  const std::string good = offer("chromium-publish-single-vp8");
  const auto answer = publish(replaced(
      replaced(replaced(good, "SAVPF 96 97", "SAVPF 96 72"), "a=rtpmap:97 rtx", "a=rtpmap:72 rtx"),
      "a=fmtp:97 apt=96", "a=fmtp:72 apt=96"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->text, Not(HasSubstr("rtx/90000")));
}

// ---- limits

TEST(WildLimits, P84SkipsAnUnknownLineOfAnyLength) {
  std::string text = offer("chromium-publish-single-vp8");
  text = replaced(text, "t=0 0\r\n", "t=0 0\r\na=identity:" + std::string(8000, 'x') + "\r\n");
  EXPECT_TRUE(publish(text));
}

TEST(WildLimits, P84Takes32Sections) {
  std::string text = std::string(kSession) + "a=recvonly\r\na=rtcp-mux\r\n";
  for (size_t i = 0; i < 31; ++i) text += "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n";
  text += "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n";
  const auto answer = view(text);
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_THAT(parse(answer->text)->media, SizeIs(32));
  const auto refused = view(text + "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_THAT(refused.error().sentence,
              HasSubstr("line 44, m=, cannot be read: 32 media sections"));
}

TEST(WildLimits, P84SaysWhichLineIsWrong) {
  const auto answer = publish(std::string(kSession) + "a=ice-pwd:short\r\n");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 400);
  EXPECT_THAT(answer.error().sentence,
              HasSubstr("line 9, a=ice-pwd, cannot be read: it has to be 22 to 256"));
}

TEST(WildText, TakesItWithoutCarriageReturnsAndWithBlanksAroundIt) {
  const std::string good = offer("chromium-publish-single-vp8");
  EXPECT_TRUE(publish(replaced(good, "\r\n", "\n")));
  EXPECT_TRUE(publish("\r\n" + good + "\r\n \r\n"));
  EXPECT_TRUE(publish(replaced(replaced(good, "s=-\r\n", ""), "t=0 0\r\n", "")));
  EXPECT_TRUE(publish(replaced(good, "a=sendonly\r\n", "a=sendonly \r\n")));
  EXPECT_TRUE(publish(replaced(good, "VP8/90000", "vp8/90000")));
}

TEST(WildAnswers, SaysNothingOfTheSendersOwnStream) {
  const auto answer = publish(offer("gstreamer-publish-h264"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->text, Not(HasSubstr("sprop-")));
  EXPECT_THAT(answer->text, HasSubstr("a=fmtp:96 packetization-mode=1;profile-level-id=42c01e"));
}

TEST(WildAnswers, MinimalOfferIsServed) {
  const auto answer = publish(wild("minimal_offer"));
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_THAT(answer->session.media, SizeIs(2));
  EXPECT_FALSE(answer->session.is_reduced_size);
  EXPECT_THAT(answer->text, Not(HasSubstr("rtcp-rsize")));
}

// ---- fragments

TEST(WildFragment, P12CredentialsComeTogether) {
  std::ifstream file("tests/data/sdp-wild/restart_without_pwd.sdpfrag", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(text.empty());
  EXPECT_FALSE(parse_fragment(text));
  const auto alone = parse_fragment("a=ice-pwd:0123456789012345678901\r\n");
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().sentence, HasSubstr("one is missing"));
  EXPECT_TRUE(parse_fragment("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n"));
}

TEST(WildFragment, P12SectionsOfABundleAgree) {
  const std::string section = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
  EXPECT_TRUE(parse_fragment("a=group:BUNDLE 0 1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n" + section +
                             "m=video 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n" + section));
  EXPECT_FALSE(
      parse_fragment(section + "m=video 9 RTP/AVP 0\r\n" + replaced(section, "abcd", "efgh")));
}

}  // namespace
}  // namespace lectern::sdp
