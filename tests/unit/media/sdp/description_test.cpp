#include "media/sdp/description.h"

#include "tests/unit/media/sdp/offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Description, ReadsChromiumsSimulcastOffer) {
  const auto description = parse(offer("chromium-publish-simulcast"));
  ASSERT_TRUE(description);
  ASSERT_THAT(description->media, SizeIs(2));
  EXPECT_THAT(description->bundles, ElementsAre(ElementsAre("0", "1")));
  const Media& audio = description->media[0];
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.direction, Direction::kSendOnly);
  EXPECT_EQ(audio.transport.setup, Setup::kActPass);
  EXPECT_EQ(audio.codecs.front().name, "opus");
  EXPECT_EQ(audio.codecs.front().channels, 2);
  const Media& video = description->media[1];
  EXPECT_EQ(video.mid, "1");
  EXPECT_TRUE(video.has_rtcp_mux);
  EXPECT_EQ(video.transport.ufrag, "9gcD");
  EXPECT_EQ(video.transport.pwd, "oYrRK/UWYVbgOp+/xqKKdeYJ");
  EXPECT_EQ(video.transport.fingerprint->algorithm, "sha-256");
  EXPECT_THAT(video.simulcast_send, ElementsAre("l", "m", "h"));
  EXPECT_THAT(video.rids, SizeIs(3));
  EXPECT_THAT(video.codecs.front().feedbacks,
              ElementsAre("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"));
  // Only UDP candidates with a literal address.
  EXPECT_THAT(video.transport.candidates, SizeIs(2));
}

TEST(Description, TakesFirefoxsSessionLevelFingerprintAndHiddenAddresses) {
  const auto description = parse(offer("firefox-publish-simulcast-vp8"));
  ASSERT_TRUE(description);
  const Media& video = description->media.at(1);
  ASSERT_TRUE(video.transport.fingerprint);
  EXPECT_EQ(video.transport.fingerprint->value.substr(0, 8), "11:53:8B");
  EXPECT_THAT(video.transport.candidates, IsEmpty());  // mDNS names and TCP
  EXPECT_THAT(video.ssrc_groups, SizeIs(3));
  EXPECT_EQ(video.ssrc_groups[0].ssrcs.front(), 2124818008U);
  // a=rtcp-fb lines about payload types that the m-line does not name are dropped.
  EXPECT_THAT(video.codecs, SizeIs(2));
}

TEST(Description, WritesWhatItReads) {
  for (const std::string& name : all_offers()) {
    SCOPED_TRACE(name);
    const auto description = parse(offer(name));
    ASSERT_TRUE(description);
    const auto again = parse(write(*description));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *description);
  }
}

TEST(Description, AppliesFeedbackForAllPayloadTypes) {
  const auto description = parse(
      "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtcp-fb:* nack\r\n"
      "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n");
  ASSERT_TRUE(description);
  EXPECT_THAT(description->media[0].codecs[0].feedbacks, ElementsAre("nack"));
  EXPECT_THAT(description->media[0].codecs[1].feedbacks, IsEmpty());
}

TEST(Description, OfSimulcastAlternativesTheFirstCounts) {
  const auto description =
      parse("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=simulcast:send ~a,b;c recv d\r\n");
  ASSERT_TRUE(description);
  EXPECT_THAT(description->media[0].simulcast_send, ElementsAre("a", "c"));
  EXPECT_THAT(description->media[0].simulcast_recv, ElementsAre("d"));
}

TEST(Description, RefusesWhatIsTooLong) {
  EXPECT_EQ(parse("v=0\r\n" + std::string(kMaxText, 'a')).error().kind, ParseError::kTooLong);
}

TEST(Description, RefusesWhatIsMalformed) {
  const std::string video = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
  for (const std::string& text : {
           std::string(),
           std::string("hello"),
           std::string("v=0\r\nnonsense\r\n"),
           std::string("v=0\r\nm=video x UDP/TLS/RTP/SAVPF 96\r\n"),
           video + "a=ice-ufrag:a b c d\r\n",
           video + "a=ice-ufrag:abc\r\n",
           video + "a=ice-pwd:short\r\n",
           video + "a=setup:maybe\r\n",
           video + "a=rtpmap:300 VP8/90000\r\n",
           video + "a=rid:l sideways\r\n",
           video + "a=ssrc:notanumber cname:x\r\n",
           video + "a=mid:\x01\r\n",
       }) {
    SCOPED_TRACE(text);
    const auto description = parse(text);
    ASSERT_FALSE(description);
    EXPECT_EQ(description.error().kind, ParseError::kMalformed);
  }
}

TEST(Description, BoundsItsLists) {
  std::string text = "v=0\r\n";
  for (size_t i = 0; i <= kMaxMedia; ++i) text += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  EXPECT_FALSE(parse(text));
  text = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  for (size_t i = 1; i < 250; ++i) {
    text += "a=candidate:1 1 udp 1 192.0.2.1 " + std::to_string(i) + " typ host\r\n";
  }
  const auto description = parse(text);
  ASSERT_TRUE(description);
  EXPECT_THAT(description->media[0].transport.candidates, SizeIs(kMaxCandidates));
}

TEST(FmtpValue, FindsAKeyWhateverItsCase) {
  EXPECT_EQ(fmtp_value("a=1; Profile-Level-Id=42e01f ;b", "profile-level-id"), "42e01f");
  EXPECT_EQ(fmtp_value("apt=96", "apt"), "96");
  EXPECT_EQ(fmtp_value("a=1;b", "b"), "");
  EXPECT_EQ(fmtp_value("a=1", "c"), std::nullopt);
  EXPECT_EQ(fmtp_value("", "c"), std::nullopt);
}

}  // namespace
}  // namespace lectern::sdp
