#include "signaling/placement/publication.h"

#include "signaling/terms/config.h"

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

Publication live_publication(const PublisherIdentity& owner) {
  Publication publication;
  EXPECT_TRUE(publication.claim(kStart, owner));
  EXPECT_FALSE(publication.publisher_created(kStart, kFirst, owner, 1).has_value());
  publication.publisher_phase(kStart, kFirst, SessionPhase::kConnected);
  publication.source_state(kStart, kFirst, tracks({.camera = true, .microphone = true}));
  return publication;
}

TEST(Publication, P42LiveNeedsAConnectedPublisherAndPackets) {
  Publication publication;
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kAbsent);
  (void)publication.publisher_created(kStart, kFirst, kPage, 1);
  publication.publisher_phase(kStart, kFirst, SessionPhase::kConnected);
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kAbsent);
  publication.source_state(kStart, kFirst, tracks({.microphone = true}));
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kLive);
  EXPECT_EQ(publication.view(kStart).sources, (Sources{.microphone = true}));
}

TEST(Publication, P42SilenceIsAwayThenAbsent) {
  Publication publication = live_publication(kPage);
  publication.source_state(kStart, kFirst, tracks({}));
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kAway);
  EXPECT_EQ(publication.view(kStart + kAwayLimit - Duration::microseconds(1)).teacher,
            TeacherState::kAway);
  EXPECT_EQ(publication.view(kStart + kAwayLimit).teacher, TeacherState::kAbsent);
  publication.source_state(kStart + kAwayLimit, kFirst, tracks({.camera = true}));
  EXPECT_EQ(publication.view(kStart + kAwayLimit).teacher, TeacherState::kLive);
}

TEST(Publication, P42ATeacherWhoHasSwitchedAllOffIsStillThere) {
  Publication publication = live_publication(kPage);
  publication.set_wanted(kStart, kFirst, Sources{});
  publication.source_state(kStart, kFirst, tracks({}));
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kLive);
  EXPECT_EQ(publication.view(kStart).sources, Sources{});
}

TEST(Publication, P43ASourceSwitchedOffIsOffThoughSilencePacketsCome) {
  Publication publication = live_publication(kPage);
  publication.set_wanted(kStart, kFirst,
                         Sources{.camera = true, .microphone = false, .screen = true});
  EXPECT_EQ(publication.view(kStart).sources, (Sources{.camera = true}));
}

TEST(Publication, P42EndingIsAbsentAtOnceLosingIsAway) {
  Publication ended = live_publication(kPage);
  ended.publisher_gone(kStart, kFirst, true);
  EXPECT_EQ(ended.view(kStart).teacher, TeacherState::kAbsent);
  EXPECT_FALSE(ended.origin().has_value());
  Publication lost = live_publication(kPage);
  lost.publisher_gone(kStart, kFirst, false);
  EXPECT_EQ(lost.view(kStart).teacher, TeacherState::kAway);
  EXPECT_EQ(lost.origin(), 0U);
}

TEST(Publication, TheOriginIsKeptForATeacherWhoWasLostAndForgottenLater) {
  Publication publication = live_publication(kPage);
  publication.publisher_gone(kStart, kFirst, false);
  EXPECT_FALSE(publication.is_settled());
  publication.expire(kStart + kAwayLimit - Duration::microseconds(1));
  EXPECT_EQ(publication.origin(), 0U);
  publication.expire(kStart + kAwayLimit);
  EXPECT_FALSE(publication.origin().has_value());
  EXPECT_TRUE(publication.is_settled());
}

TEST(Publication, AWorkerThatDiesIsNoOriginAnyMore) {
  Publication publication = live_publication(kPage);
  publication.worker_gone(kStart, 1);
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kLive);
  publication.worker_gone(kStart, 0);
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kAway);
  EXPECT_FALSE(publication.origin().has_value());
  EXPECT_FALSE(publication.publisher().has_value());
}

TEST(Publication, P16OnlyTheSamePersonTakesOverALiveClass) {
  Publication publication = live_publication(kPage);
  EXPECT_FALSE(publication.claim(kStart, kStranger));
  const auto claim = publication.claim(kStart, kPage);
  ASSERT_TRUE(claim);
  publication.publisher_refused(*claim);
  const auto second = publication.claim(kStart, kSecondPage);
  ASSERT_TRUE(second);
  const auto replaced = publication.publisher_created(kStart, kSecond, kSecondPage, *second);
  ASSERT_TRUE(replaced.has_value());
  EXPECT_EQ(replaced->session, kFirst);
  EXPECT_EQ(replaced->owner.client, "page-1");
  EXPECT_EQ(publication.origin(), 1U);
}

TEST(Publication, P100APageThatComesBackByItselfTakesNothingFromAnother) {
  PublisherIdentity back = kSecondPage;
  back.resumes = true;
  Publication publication = live_publication(kPage);
  EXPECT_FALSE(publication.claim(kStart, back));
  PublisherIdentity same = kPage;
  same.resumes = true;
  const auto own = publication.claim(kStart, same);
  ASSERT_TRUE(own) << "its own session is no one else's";
  publication.publisher_refused(*own);
  publication.source_state(kStart, kFirst, tracks({}));
  EXPECT_TRUE(publication.claim(kStart, back)) << "nobody teaches any more";
  Publication encoder = live_publication(kEncoder);
  EXPECT_FALSE(encoder.claim(kStart, back));
  Publication claimed;
  EXPECT_TRUE(claimed.claim(kStart, kPage));
  EXPECT_FALSE(claimed.claim(kStart, back)) << "the other one waits for its answer";
}

TEST(Publication, P16AClaimIsGivenUpByItsOwnAnswerOnly) {
  Publication publication;
  const auto first = publication.claim(kStart, kPage);
  const auto second = publication.claim(kStart, kSecondPage);
  ASSERT_TRUE(first && second);
  publication.publisher_refused(*first);
  EXPECT_FALSE(publication.claim(kStart, kStranger));  // the second one still asks
  publication.publisher_refused(*second);
  EXPECT_TRUE(publication.claim(kStart, kStranger));
}

TEST(Publication, P16AnEncoderNeverDisplacesALivePage) {
  Publication page = live_publication(kPage);
  EXPECT_FALSE(page.claim(kStart, kEncoder));
  page.source_state(kStart, kFirst, tracks({}));  // nothing arrives: not live
  EXPECT_TRUE(page.claim(kStart, kEncoder));
  Publication encoder = live_publication(kEncoder);
  EXPECT_TRUE(encoder.claim(kStart, kPage));
  Publication restarted = live_publication(kEncoder);
  EXPECT_TRUE(restarted.claim(kStart, kEncoder));
}

TEST(Publication, P16AClassIsKeptForWhoeverAskedFirstUntilTheWorkerAnswers) {
  Publication publication;
  EXPECT_TRUE(publication.claim(kStart, kPage));
  EXPECT_FALSE(publication.claim(kStart, kStranger));
  EXPECT_FALSE(publication.claim(kStart + kRequestDeadline - Duration::microseconds(1), kStranger));
  const auto late = publication.claim(kStart + kRequestDeadline, kStranger);
  ASSERT_TRUE(late);
  publication.publisher_refused(*late);
  EXPECT_TRUE(publication.claim(kStart + kRequestDeadline, kPage));
}

TEST(Publication, P16AConnectingSessionIsDefendedForTenSeconds) {
  Publication publication;
  (void)publication.publisher_created(kStart, kFirst, kPage, 1);
  EXPECT_FALSE(publication.claim(kStart + Duration::seconds(9), kStranger));
  EXPECT_TRUE(publication.claim(kStart + Duration::seconds(10), kStranger));
}

TEST(Publication, P51AListedPublisherHasItsOwnerAgain) {
  Publication publication;
  EXPECT_FALSE(publication.publisher_adopted(kStart, kFirst, kPage, SessionPhase::kConnected)
                   .loser.has_value());
  publication.source_state(kStart, kFirst, tracks({.camera = true}));
  EXPECT_FALSE(publication.claim(kStart, kEncoder));
  EXPECT_FALSE(publication.claim(kStart, kStranger));
  EXPECT_TRUE(publication.claim(kStart, kSecondPage));
}

TEST(Publication, P51AListedPublisherWithoutOwnerIsDefendedAgainstEncoders) {
  Publication publication;
  (void)publication.publisher_adopted(kStart, kFirst, {}, SessionPhase::kConnected);
  publication.source_state(kStart, kFirst, tracks({.camera = true}));
  EXPECT_FALSE(publication.claim(kStart, kEncoder));
  EXPECT_TRUE(publication.claim(kStart, kPage));
}

TEST(Publication, P51OfTwoListedPublishersTheConnectedOneStaysAndTheOtherIsNamed) {
  Publication publication;
  const auto loser = [&](const SessionName& session, SessionPhase phase) {
    return publication.publisher_adopted(kStart, session, kPage, phase).loser;
  };
  EXPECT_EQ(loser(kFirst, SessionPhase::kConnecting), std::nullopt);
  EXPECT_EQ(loser(kSecond, SessionPhase::kConnecting), kSecond);
  EXPECT_EQ(loser(kSecond, SessionPhase::kConnected), kFirst);
  EXPECT_EQ(loser(kFirst, SessionPhase::kConnected), kFirst);
  EXPECT_EQ(publication.publisher(), kSecond);
}

TEST(Publication, NewsOfAnotherSessionThanThePublishersIsIgnored) {
  Publication publication = live_publication(kPage);
  publication.source_state(kStart, kSecond, tracks({}));
  publication.publisher_phase(kStart, kSecond, SessionPhase::kConnecting);
  publication.publisher_gone(kStart, kSecond, true);
  EXPECT_EQ(publication.view(kStart).teacher, TeacherState::kLive);
}

}  // namespace
}  // namespace lectern::signaling
