#include "media/control/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace lectern::control {
namespace {

std::vector<ToWorker> every_to_worker() {
  return {
      CreateSession{7, "physics-1", Role::kPublish, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"},
      PatchSession{std::numeric_limits<RequestNumber>::max(), "ab12", "a=ice-ufrag:x\r\n", "\"e\""},
      DeleteSession{0, "ab12"},
      OpenLeg{"physics-1", 0xfedcba9876543210U, Endpoint::v4(127, 0, 0, 1, 40001)},
      AcceptLeg{"physics-1", 1, *Endpoint::parse("2001:db8::1", 65535)},
      CloseLeg{0x8000000000000000U},
      LimitTier{"ab12", Limit::kHeight, 360},
      LimitTier{"ab12", Limit::kAudioOnly, 0},
      Drain{},
      Drain{.has_refuge = false},
      Unwelcome{"It speaks schema 2."},
      Clock{1'800'000'000'123'456},
  };
}

std::vector<FromWorker> every_from_worker() {
  SourceState source{"physics-1", "ab12", {}};
  source.tracks[0] = {true, "opus", {{0, 0, 32}}};
  source.tracks[1] = {true, "VP8", {{180, 15, 110}, {360, 30, 500}, {720, 30, 1500}}};
  const SessionEntry entry{
      "ab12", "physics-1", Role::kView, SessionPhase::kConnected, "0123abcd/page-1", "\"e1\""};
  Load load{200, 1, 1'000'000'000'000, 2'000'000, 26'000, 900, {}};
  load.counters = {{"drops_total", "reason", "srtp_replay", 12}, {"joins_total", "", "", 3}};
  return {
      Hello{kSchema,
            "media",
            3,
            4711,
            {Endpoint::v4(192, 0, 2, 1, 9003)},
            Endpoint::v4(127, 0, 0, 1, 40001),
            "AB:CD",
            {entry},
            true},
      SessionList{{entry, entry}, false},
      SessionCreated{7, "ab12", "v=0\r\n", "\"e1\""},
      SessionRefused{7, RefusalCode::kNoCodec, "The offer has neither VP8 nor H.264."},
      SessionRefused{8, RefusalCode::kBusy, "Too many sessions are connecting.", 2},
      SessionPatched{8, "", "\"e2\""},
      SessionDeleted{9},
      Alive{},
      Draining{},
      SessionState{"ab12", "physics-1", Role::kPublish, SessionPhase::kClosed, "consent"},
      source,
      SourceDemand{"physics-1", "ab12", {"l", "m"}, {}},
      Unusable{"physics-1", "ab12", "camera", "no-keyframe"},
      SessionRung{"ab12", "360p", 30, "bandwidth"},
      MediaTimes{
          "physics-1",
          {{Track::kAudio, 0, 0xffff'ffff, 1'800'000'000'123'456}, {Track::kScreen, 720, 0, -1}}},
      Audience{"physics-1", {{"720p", 120}, {"audio", 3}}},
      LegRefused{0x1f, "physics-1", "legs"},
      load,
  };
}

TEST(ControlCodec, EveryMessageToAWorkerSurvivesTheRoundTrip) {
  for (const ToWorker& message : every_to_worker()) {
    const auto decoded = decode_to_worker(encode(message));
    ASSERT_TRUE(decoded.has_value()) << encode(message);
    EXPECT_EQ(*decoded, message) << encode(message);
  }
}

TEST(ControlCodec, EveryMessageFromAWorkerSurvivesTheRoundTrip) {
  for (const FromWorker& message : every_from_worker()) {
    const auto decoded = decode_from_worker(encode(message));
    ASSERT_TRUE(decoded.has_value()) << encode(message);
    EXPECT_EQ(*decoded, message) << encode(message);
  }
}

TEST(ControlCodec, EveryKindOfMessageIsInTheRoundTrip) {
  std::vector<bool> to(std::variant_size_v<ToWorker>);
  for (const ToWorker& message : every_to_worker()) to[message.index()] = true;
  EXPECT_THAT(to, testing::Each(true));
  std::vector<bool> from(std::variant_size_v<FromWorker>);
  for (const FromWorker& message : every_from_worker()) from[message.index()] = true;
  EXPECT_THAT(from, testing::Each(true));
}

TEST(ControlCodec, ReadsWhatAPersonWouldWrite) {
  const auto decoded = decode_to_worker(
      R"({"type":"accept-leg","class":"demo","leg":"1f","source":"127.0.0.1:5004","new":[1]})");
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, ToWorker(AcceptLeg{"demo", 0x1f, Endpoint::v4(127, 0, 0, 1, 5004)}));
}

TEST(ControlCodec, MissingMembersKeepTheirDefault) {
  const auto decoded = decode_from_worker(R"({"type":"hello"})");
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, FromWorker(Hello{}));
}

TEST(ControlCodec, BytesThatAreNotUtf8AreReplacedNotThrown) {
  const auto decoded = decode_to_worker(encode(ToWorker(DeleteSession{1, "a\xff\xfe"})));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(std::get<DeleteSession>(*decoded).session, "a\xef\xbf\xbd\xef\xbf\xbd");
}

class MalformedRecord : public testing::TestWithParam<const char*> {};

TEST_P(MalformedRecord, IsRefused) {
  const auto decoded = decode_to_worker(GetParam());
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error(), ParseError::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(ControlCodec, MalformedRecord,
                         testing::Values("", "{", "null", "[]", "7", "{}", R"({"type":7})",
                                         R"({"type":"delete-session","request":"7"})",
                                         R"({"type":"delete-session","request":-1})",
                                         R"({"type":"delete-session","request":1.5})",
                                         R"({"type":"limit-tier","max_height":4294967296})",
                                         R"({"type":"limit-tier","limit":"most"})",
                                         R"({"type":"close-leg","leg":"xyz"})",
                                         R"({"type":"close-leg","leg":"1g"})",
                                         R"({"type":"close-leg","leg":"11112222333344445"})",
                                         R"({"type":"close-leg","leg":5})",
                                         R"({"type":"open-leg","destination":"nowhere"})",
                                         R"({"type":"open-leg","destination":"1.2.3.4"})",
                                         "{\"type\":\"delete-session\",\"session\":\"\xff\"}"));

TEST(ControlCodec, AnUnknownTypeIsUnsupported) {
  EXPECT_EQ(decode_to_worker(R"({"type":"dance"})").error(), ParseError::kUnsupported);
  // Each direction has its own words.
  EXPECT_EQ(decode_to_worker(R"({"type":"hello"})").error(), ParseError::kUnsupported);
  EXPECT_EQ(decode_from_worker(R"({"type":"drain"})").error(), ParseError::kUnsupported);
  EXPECT_EQ(decode_to_worker("\x01{}").error(), ParseError::kUnsupported) << "a binary kind";
}

TEST(ControlCodec, NestingAndLengthAreBounded) {
  EXPECT_EQ(decode_to_worker(std::string(60'000, '[')).error(), ParseError::kTooLong);
  const std::string fits(kMaxRecord, ' ');
  EXPECT_EQ(decode_to_worker(fits).error(), ParseError::kMalformed);
  EXPECT_EQ(decode_to_worker(fits + " ").error(), ParseError::kTooLong);
  // Brackets inside a text are not nesting.
  const auto quoted = decode_to_worker(R"({"type":"drain","x":"[[[[[[[[[[[[[[[[[[[[[[\"[[["})");
  EXPECT_TRUE(quoted.has_value());
}

TEST(ControlCodec, AHelloWithManySessionsIsCutIntoRecordsThatFit) {
  const SessionEntry entry{
      std::string(32, 'f'),      std::string(64, 'c'),        Role::kPublish,
      SessionPhase::kConnecting, std::string(kMaxOwner, 'o'), '"' + std::string(38, 'e') + '"'};
  const auto total = [&entry](std::size_t sessions) {
    std::size_t count = 0;
    std::size_t unfinished = 0;
    const auto records = hello_records(Hello{}, std::vector(sessions, entry));
    for (const FromWorker& record : records) {
      EXPECT_LE(encode(record).size(), kMaxRecord);
      const auto* hello = std::get_if<Hello>(&record);
      const auto* list = std::get_if<SessionList>(&record);
      count += hello != nullptr ? hello->sessions.size() : list->sessions.size();
      unfinished += (hello != nullptr ? hello->more : list->more) ? 1 : 0;
    }
    EXPECT_EQ(unfinished + 1, records.size());
    return count;
  };
  for (const std::size_t sessions : {0U, 1U, 255U, 256U, 257U, 512U, 5000U})
    EXPECT_EQ(total(sessions), sessions);
}

}  // namespace
}  // namespace lectern::control
