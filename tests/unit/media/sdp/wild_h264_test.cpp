// H.264 as encoders and players offer it: profiles and packetization modes.
#include "media/sdp/media_match.h"
#include "tests/unit/media/sdp/wild_offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::sdp {
namespace {

using codec::h264::Profile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(WildH264, P80TakesEachProfileThatBrowsersDecode) {
  const std::pair<std::string, Profile> cases[] = {
      {"profile-level-id=42e01f;packetization-mode=1", Profile::kBaseline},
      {"profile-level-id=42001f;packetization-mode=0", Profile::kBaseline},
      {"profile-level-id=42C02A; packetization-mode=1", Profile::kBaseline},
      {"", Profile::kBaseline},
      {"packetization-mode=1", Profile::kBaseline},
      {"packetization-mode=1;profile-level-id=4d0028", Profile::kMain},
      {"packetization-mode=1;profile-level-id=4d4028;level-asymmetry-allowed=1", Profile::kMain},
      {"packetization-mode=1;profile-level-id=4dc028", Profile::kBaseline},
      {"packetization-mode=1;profile-level-id=640032", Profile::kHigh},
      {"packetization-mode=0;profile-level-id=640c1f", Profile::kHigh},
  };
  for (const auto& [fmtp, profile] : cases) {
    SCOPED_TRACE(fmtp);
    const auto answer = publish(h264_offer("sendonly", {{96, fmtp}}));
    ASSERT_TRUE(answer) << answer.error().sentence;
    EXPECT_EQ(answer->session.media[0].codecs[0].profile, profile);
    // RFC 6184 §8.2.2: what configures the stream is repeated as it was.
    if (fmtp.empty()) continue;
    EXPECT_THAT(answer->text, HasSubstr("a=fmtp:96 " + fmtp + "\r\n"));
  }
}

TEST(WildH264, P80RefusesWhatNoBrowserDecodes) {
  for (const char* profile : {"6e0028", "7a0028", "f4001f", "58001f", "zz", "42"}) {
    SCOPED_TRACE(profile);
    const auto answer = publish(h264_offer(
        "sendonly", {{96, std::string("packetization-mode=1;profile-level-id=") + profile}}));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, 406);
    EXPECT_THAT(answer.error().sentence, HasSubstr("high profile"));
  }
}

TEST(WildH264, P80AsksASenderForTheLeastDemandingOfItsProfiles) {
  const auto answer =
      publish(h264_offer("sendonly", {{96, "packetization-mode=1;profile-level-id=640028"},
                                      {97, "packetization-mode=0;profile-level-id=42e01f"},
                                      {98, "packetization-mode=1;profile-level-id=42001f"},
                                      {99, "packetization-mode=1;profile-level-id=42e01f"}}));
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->session.media[0].codecs, SizeIs(1));
  EXPECT_EQ(answer->session.media[0].codecs[0].payload_type, 99);
}

TEST(WildH264, P81KeepsAPayloadTypeOfAViewerForEachProfile) {
  const auto answer =
      view(h264_offer("recvonly", {{96, "packetization-mode=1;profile-level-id=42001f"},
                                   {97, "packetization-mode=0;profile-level-id=42001f"},
                                   {98, "packetization-mode=1;profile-level-id=42e01f"},
                                   {99, "packetization-mode=1;profile-level-id=4d001f"},
                                   {100, "packetization-mode=0;profile-level-id=64001f"},
                                   {101, "packetization-mode=1;profile-level-id=64001f"},
                                   {102, "packetization-mode=1;profile-level-id=640c1f"}}));
  ASSERT_TRUE(answer);
  std::vector<std::pair<int, Profile>> kept;
  for (const NegotiatedCodec& codec : answer->session.media[0].codecs)
    kept.emplace_back(codec.payload_type, codec.profile);
  EXPECT_THAT(kept, ElementsAre(std::pair(98, Profile::kBaseline), std::pair(99, Profile::kMain),
                                std::pair(101, Profile::kHigh)));
}

// GStreamer's whepsrc: "application/x-rtp,encoding-name=H264" and nothing else.
TEST(WildH264, P81APlayerThatNamesNoModeTakesWhatComes) {
  const std::pair<std::string, Profile> cases[] = {
      {"", Profile::kHigh},
      {"level-asymmetry-allowed=1", Profile::kHigh},
      {"packetization-mode=1", Profile::kHigh},
      {"profile-level-id=42e01f", Profile::kBaseline},
      {"profile-level-id=640028;level-asymmetry-allowed=1", Profile::kHigh},
  };
  for (const auto& [fmtp, profile] : cases) {
    SCOPED_TRACE(fmtp);
    const auto answer = view(h264_offer("recvonly", {{96, fmtp}}));
    ASSERT_TRUE(answer) << answer.error().sentence;
    ASSERT_THAT(answer->session.media[0].codecs, SizeIs(1));
    EXPECT_EQ(answer->session.media[0].codecs[0].profile, profile);
    // The answer promises nothing that was not offered.
    if (fmtp.find("packetization-mode") != std::string::npos) continue;
    EXPECT_THAT(answer->text, Not(HasSubstr("packetization-mode")));
  }
}

TEST(WildH264, P81APlayerThatNamesModeZeroAloneIsTakenAtItsWord) {
  for (const char* fmtp : {"packetization-mode=0", "packetization-mode=0;profile-level-id=42e01f",
                           "profile-level-id=640028; packetization-mode=0"}) {
    SCOPED_TRACE(fmtp);
    const auto answer = view(h264_offer("recvonly", {{96, fmtp}}));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, 406);
    EXPECT_THAT(answer.error().sentence, HasSubstr("packetization-mode=1"));
  }
}

TEST(WildH264, P81ANamedModeGoesBeforeOneThatIsNotNamed) {
  const auto answer =
      view(h264_offer("recvonly", {{96, "profile-level-id=42e01f"},
                                   {97, "profile-level-id=42001f;packetization-mode=1"},
                                   {98, ""},
                                   {99, "profile-level-id=640028;packetization-mode=1"}}));
  ASSERT_TRUE(answer);
  std::vector<int> kept;
  for (const NegotiatedCodec& codec : answer->session.media[0].codecs)
    kept.push_back(codec.payload_type);
  EXPECT_THAT(kept, ElementsAre(97, 99));
}

TEST(WildH264, ReadsTheParameterSetsOfTheOffer) {
  const std::vector<uint8_t> pps = {0x68, 0xEB, 0xE3, 0xCB};
  EXPECT_THAT(parameter_sets_of("packetization-mode=1;sprop-parameter-sets=Z0LAHw==,aOvjyw=="),
              ElementsAre(std::vector<uint8_t>{0x67, 0x42, 0xC0, 0x1F}, pps));
  EXPECT_THAT(parameter_sets_of("sprop-parameter-sets=+/8="),
              ElementsAre(std::vector<uint8_t>{0xFB, 0xFF}));
  EXPECT_THAT(parameter_sets_of("sprop-parameter-sets=,*,aOvjyw=="), ElementsAre(pps));
  EXPECT_THAT(parameter_sets_of("packetization-mode=1"), SizeIs(0));
}

TEST(WildH264, OtherCodecsDoNotConfuseIt) {
  std::string text = wild("whip_session_recvonly");
  text = replaced(text, "a=recvonly", "a=sendonly");
  const auto answer = publish(text);
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_THAT(answer->text, HasSubstr("m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\n"));
}

}  // namespace
}  // namespace lectern::sdp
