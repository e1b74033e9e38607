#include "signaling/classroom.h"

#include "signaling/config.h"

#include <gtest/gtest.h>

namespace lectern::signaling {
namespace {

using control::SessionPhase;

constexpr Instant kStart = Instant::from_ms(5'000);
const PublisherIdentity kPage{"ibu-sari", "page-1"};
const PublisherIdentity kSecondPage{"ibu-sari", "page-2"};
const PublisherIdentity kEncoder{"ibu-sari", ""};
const PublisherIdentity kStranger{"pak-budi", "page-3"};
const SessionName kFirst{0, "first"};
const SessionName kSecond{1, "second"};

std::array<control::TrackState, control::kTracks> tracks(Sources sources) {
  std::array<control::TrackState, control::kTracks> state;
  state[0].active = sources.microphone;
  state[1].active = sources.camera;
  state[2].active = sources.screen;
  return state;
}

Classroom live_class(const PublisherIdentity& owner) {
  Classroom room(Classroom::Kind::kConfigured);
  EXPECT_TRUE(room.claim(kStart, owner));
  EXPECT_FALSE(room.publisher_created(kStart, kFirst, owner, 1).has_value());
  room.publisher_phase(kStart, kFirst, SessionPhase::kConnected);
  room.source_state(kStart, kFirst, tracks({.camera = true, .microphone = true}));
  return room;
}

TEST(Classroom, P42LiveNeedsAConnectedPublisherAndPackets) {
  Classroom room(Classroom::Kind::kConfigured);
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kAbsent);
  (void)room.publisher_created(kStart, kFirst, kPage, 1);
  room.publisher_phase(kStart, kFirst, SessionPhase::kConnected);
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kAbsent);
  room.source_state(kStart, kFirst, tracks({.microphone = true}));
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kLive);
  EXPECT_EQ(room.view(kStart).sources, (Sources{.microphone = true}));
}

TEST(Classroom, P42SilenceIsAwayThenAbsent) {
  Classroom room = live_class(kPage);
  room.source_state(kStart, kFirst, tracks({}));
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kAway);
  EXPECT_EQ(room.view(kStart + kAwayLimit - Duration::microseconds(1)).teacher,
            TeacherState::kAway);
  EXPECT_EQ(room.view(kStart + kAwayLimit).teacher, TeacherState::kAbsent);
  room.source_state(kStart + kAwayLimit, kFirst, tracks({.camera = true}));
  EXPECT_EQ(room.view(kStart + kAwayLimit).teacher, TeacherState::kLive);
}

TEST(Classroom, P42ATeacherWhoHasSwitchedAllOffIsStillThere) {
  Classroom room = live_class(kPage);
  room.set_wanted(kStart, Sources{});
  room.source_state(kStart, kFirst, tracks({}));
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kLive);
  EXPECT_EQ(room.view(kStart).sources, Sources{});
}

TEST(Classroom, P43ASourceSwitchedOffIsOffThoughSilencePacketsCome) {
  Classroom room = live_class(kPage);
  room.set_wanted(kStart, Sources{.camera = true, .microphone = false, .screen = true});
  EXPECT_EQ(room.view(kStart).sources, (Sources{.camera = true}));
}

TEST(Classroom, P42EndingIsAbsentAtOnceLosingIsAway) {
  Classroom ended = live_class(kPage);
  ended.publisher_gone(kStart, kFirst, true);
  EXPECT_EQ(ended.view(kStart).teacher, TeacherState::kAbsent);
  EXPECT_FALSE(ended.origin().has_value());
  Classroom lost = live_class(kPage);
  lost.publisher_gone(kStart, kFirst, false);
  EXPECT_EQ(lost.view(kStart).teacher, TeacherState::kAway);
  EXPECT_EQ(lost.origin(), 0U);
}

TEST(Classroom, TheOriginIsKeptForATeacherWhoWasLostAndForgottenLater) {
  Classroom room = live_class(kPage);
  room.publisher_gone(kStart, kFirst, false);
  EXPECT_FALSE(room.is_settled());
  room.expire(kStart + kAwayLimit - Duration::microseconds(1));
  EXPECT_EQ(room.origin(), 0U);
  room.expire(kStart + kAwayLimit);
  EXPECT_FALSE(room.origin().has_value());
  EXPECT_TRUE(room.is_settled());
}

TEST(Classroom, AWorkerThatDiesIsNoOriginAnyMore) {
  Classroom room = live_class(kPage);
  room.worker_gone(kStart, 1);
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kLive);
  room.worker_gone(kStart, 0);
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kAway);
  EXPECT_FALSE(room.origin().has_value());
  EXPECT_FALSE(room.publisher().has_value());
}

TEST(Classroom, P16OnlyTheSamePersonTakesOverALiveClass) {
  Classroom room = live_class(kPage);
  EXPECT_FALSE(room.claim(kStart, kStranger));
  const auto claim = room.claim(kStart, kPage);
  ASSERT_TRUE(claim);
  room.publisher_refused(*claim);
  const auto second = room.claim(kStart, kSecondPage);
  ASSERT_TRUE(second);
  const auto replaced = room.publisher_created(kStart, kSecond, kSecondPage, *second);
  ASSERT_TRUE(replaced.has_value());
  EXPECT_EQ(replaced->session, kFirst);
  EXPECT_EQ(replaced->owner.client, "page-1");
  EXPECT_EQ(room.origin(), 1U);
}

TEST(Classroom, P100APageThatComesBackByItselfTakesNothingFromAnother) {
  PublisherIdentity back = kSecondPage;
  back.resumes = true;
  Classroom room = live_class(kPage);
  EXPECT_FALSE(room.claim(kStart, back));
  PublisherIdentity same = kPage;
  same.resumes = true;
  const auto own = room.claim(kStart, same);
  ASSERT_TRUE(own) << "its own session is no one else's";
  room.publisher_refused(*own);
  room.source_state(kStart, kFirst, tracks({}));
  EXPECT_TRUE(room.claim(kStart, back)) << "nobody teaches any more";
  Classroom encoder = live_class(kEncoder);
  EXPECT_FALSE(encoder.claim(kStart, back));
  Classroom claimed(Classroom::Kind::kConfigured);
  EXPECT_TRUE(claimed.claim(kStart, kPage));
  EXPECT_FALSE(claimed.claim(kStart, back)) << "the other one waits for its answer";
}

TEST(Classroom, P16AClaimIsGivenUpByItsOwnAnswerOnly) {
  Classroom room(Classroom::Kind::kConfigured);
  const auto first = room.claim(kStart, kPage);
  const auto second = room.claim(kStart, kSecondPage);
  ASSERT_TRUE(first && second);
  room.publisher_refused(*first);
  EXPECT_FALSE(room.claim(kStart, kStranger));  // the second one still asks
  room.publisher_refused(*second);
  EXPECT_TRUE(room.claim(kStart, kStranger));
}

TEST(Classroom, P16AnEncoderNeverDisplacesALivePage) {
  Classroom page = live_class(kPage);
  EXPECT_FALSE(page.claim(kStart, kEncoder));
  page.source_state(kStart, kFirst, tracks({}));  // nothing arrives: not live
  EXPECT_TRUE(page.claim(kStart, kEncoder));
  Classroom encoder = live_class(kEncoder);
  EXPECT_TRUE(encoder.claim(kStart, kPage));
  Classroom restarted = live_class(kEncoder);
  EXPECT_TRUE(restarted.claim(kStart, kEncoder));
}

TEST(Classroom, P16AClassIsKeptForWhoeverAskedFirstUntilTheWorkerAnswers) {
  Classroom room(Classroom::Kind::kConfigured);
  EXPECT_TRUE(room.claim(kStart, kPage));
  EXPECT_FALSE(room.claim(kStart, kStranger));
  EXPECT_FALSE(room.claim(kStart + kRequestDeadline - Duration::microseconds(1), kStranger));
  const auto late = room.claim(kStart + kRequestDeadline, kStranger);
  ASSERT_TRUE(late);
  room.publisher_refused(*late);
  EXPECT_TRUE(room.claim(kStart + kRequestDeadline, kPage));
}

TEST(Classroom, P16AConnectingSessionIsDefendedForTenSeconds) {
  Classroom room(Classroom::Kind::kConfigured);
  (void)room.publisher_created(kStart, kFirst, kPage, 1);
  EXPECT_FALSE(room.claim(kStart + Duration::seconds(9), kStranger));
  EXPECT_TRUE(room.claim(kStart + Duration::seconds(10), kStranger));
}

TEST(Classroom, P51AListedPublisherHasItsOwnerAgain) {
  Classroom room(Classroom::Kind::kTaught);
  EXPECT_FALSE(
      room.publisher_adopted(kStart, kFirst, kPage, SessionPhase::kConnected).loser.has_value());
  room.source_state(kStart, kFirst, tracks({.camera = true}));
  EXPECT_FALSE(room.claim(kStart, kEncoder));
  EXPECT_FALSE(room.claim(kStart, kStranger));
  EXPECT_TRUE(room.claim(kStart, kSecondPage));
}

TEST(Classroom, P51AListedPublisherWithoutOwnerIsDefendedAgainstEncoders) {
  Classroom room(Classroom::Kind::kTaught);
  (void)room.publisher_adopted(kStart, kFirst, {}, SessionPhase::kConnected);
  room.source_state(kStart, kFirst, tracks({.camera = true}));
  EXPECT_FALSE(room.claim(kStart, kEncoder));
  EXPECT_TRUE(room.claim(kStart, kPage));
}

TEST(Classroom, P51OfTwoListedPublishersTheConnectedOneStaysAndTheOtherIsNamed) {
  Classroom room(Classroom::Kind::kTaught);
  const auto loser = [&](const SessionName& session, SessionPhase phase) {
    return room.publisher_adopted(kStart, session, kPage, phase).loser;
  };
  EXPECT_EQ(loser(kFirst, SessionPhase::kConnecting), std::nullopt);
  EXPECT_EQ(loser(kSecond, SessionPhase::kConnecting), kSecond);
  EXPECT_EQ(loser(kSecond, SessionPhase::kConnected), kFirst);
  EXPECT_EQ(loser(kFirst, SessionPhase::kConnected), kFirst);
  EXPECT_EQ(room.publisher(), kSecond);
}

TEST(Classroom, NewsOfAnotherSessionThanThePublishersIsIgnored) {
  Classroom room = live_class(kPage);
  room.source_state(kStart, kSecond, tracks({}));
  room.publisher_phase(kStart, kSecond, SessionPhase::kConnecting);
  room.publisher_gone(kStart, kSecond, true);
  EXPECT_EQ(room.view(kStart).teacher, TeacherState::kLive);
}

}  // namespace
}  // namespace lectern::signaling
