#include "media/worker/worker.h"

#include "tests/unit/media/worker/class_in_a_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace lectern::worker {
namespace {

using ::testing::Contains;
using ::testing::Field;

constexpr codec::PictureSize k180p{.width = 320, .height = 180};
constexpr codec::PictureSize k720p{.width = 1280, .height = 720};

TEST(Worker, ShowsAViewerSoundAndPicture) {
  ClassInABox box;
  ASSERT_NE(box.teach(1), nullptr);
  box.run_for(Duration::seconds(1));
  auto* student = box.watch();
  ASSERT_NE(student, nullptr);
  box.run_for(Duration::seconds(5));
  ASSERT_TRUE(student->viewer->is_connected());
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames, 110U);
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
  const auto sound = box.sound(*student);
  EXPECT_GE(sound.packets, 235U);
  EXPECT_EQ(sound.lost, 0U);
  EXPECT_EQ(sound.concealed, Duration::zero());
  EXPECT_EQ(box.rung(student->session)->rung, "720p");
}

TEST(Worker, AStudentMayComeBeforeTheTeacher) {
  ClassInABox box;
  auto* student = box.watch();
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.sound(*student).packets, 0U);
  box.teach(3);
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.sound(*student).packets, 130U);
  EXPECT_GE(box.camera(*student).frames, 65U);
  expect_unbroken(box.camera(*student));
}

TEST(Worker, ClimbsToTheTopWithinTwoSecondsOnAFastLink) {
  ClassInABox box;
  box.teach(3);
  box.run_for(Duration::seconds(5));
  auto* student = box.watch();
  box.run_for(Duration::milliseconds(400));
  ASSERT_GT(box.camera(*student).frames, 0U);
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  box.run_for(Duration::milliseconds(1900));
  EXPECT_EQ(box.camera(*student).picture_size, k720p);
  box.run_for(Duration::seconds(5));
  const auto picture = box.camera(*student);
  EXPECT_EQ(picture.picture_size, k720p);
  EXPECT_EQ(picture.freezes, 0U);
  EXPECT_LE(picture.longest_gap, Duration::milliseconds(120));
  expect_unbroken(picture);
  EXPECT_EQ(box.rung(student->session)->rung, "720p");
}

TEST(Worker, GoesDownAtOnceWhenTheLinkShrinks) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch({.wants_screen = true});
  box.run_for(Duration::seconds(6));
  ASSERT_EQ(box.camera(*student).picture_size, k720p);
  EXPECT_EQ(box.rung(student->session)->reason, "source") << "there is no better one";
  student->viewer->set_remb(DataRate::kbps(260));
  box.delay = Duration::milliseconds(60);  // what was sent in excess waits in a queue
  box.run_for(Duration::milliseconds(2500));
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  EXPECT_EQ(box.rung(student->session)->rung, "180p");
  EXPECT_EQ(box.rung(student->session)->reason, "bandwidth");
  EXPECT_EQ(box.camera(*student).freezes, 0U);
  expect_unbroken(box.camera(*student));
  // And it goes on saying so, though there is no screen to be had.
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(box.rung(student->session)->rung, "180p");
  EXPECT_EQ(box.rung(student->session)->reason, "bandwidth");
}

TEST(Worker, AJoinDoesNotCostTheTeacherAKeyframeWhenOneIsCached) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  box.watch();
  box.run_for(Duration::seconds(4));
  teacher->wants_keyframe[1][0] = true;  // the encoder makes one of its own accord
  box.run_for(Duration::seconds(1));
  const int before = teacher->keyframe_requests;
  auto* late = box.watch();
  box.run_for(Duration::milliseconds(300));
  EXPECT_GT(box.camera(*late).frames, 20U) << "the cached second was to come at once";
  EXPECT_EQ(teacher->keyframe_requests, before);
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(teacher->keyframe_requests, before);
  expect_unbroken(box.camera(*late));
}

TEST(Worker, AViewerThatNeverAsksGetsAPicture) {
  ClassInABox box;
  box.teach(1);
  box.run_for(Duration::seconds(6));  // past what is cached
  auto* student = box.watch({.sends_pli = false, .sends_nack = false});
  box.run_for(Duration::seconds(2));
  EXPECT_GE(box.camera(*student).frames, 30U);
}

TEST(Worker, TheClassGoesOnWithAnotherPublisher) {
  ClassInABox box;
  auto* first = box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(4));
  box.vanish(*first);
  box.run_for(Duration::seconds(1));
  const uint64_t before = box.camera(*student).frames;
  box.teach(3);
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 90);
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.sound(*student).timestamp_regressions, 0U);
  EXPECT_EQ(box.sound(*student).lost, 0U);
  EXPECT_THAT(box.events_of<control::SessionState>(),
              Contains(AllOf(Field(&control::SessionState::session, first->session),
                             Field(&control::SessionState::reason, "replaced"))));
}

TEST(Worker, TheTopEncodingMayBeSwitchedOff) {
  ClassInABox box;
  auto* teacher = box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(5));
  ASSERT_EQ(box.camera(*student).picture_size, k720p);
  teacher->encodings = 2;
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.camera(*student).picture_size->height, 360U);
  EXPECT_LE(box.camera(*student).longest_gap, Duration::milliseconds(1300));
  expect_unbroken(box.camera(*student));
}

TEST(Worker, APageLimitsWhatItReceives) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(5));
  box.control(control::LimitTier{
      .session = student->session, .limit = control::Limit::kHeight, .max_height = 200});
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  EXPECT_EQ(box.rung(student->session)->reason, "limit");
  box.control(control::LimitTier{.session = student->session, .limit = control::Limit::kAudioOnly});
  box.run_for(Duration::milliseconds(100));
  const uint64_t before = box.camera(*student).packets;
  box.run_for(Duration::seconds(1));
  EXPECT_EQ(box.camera(*student).packets, before);
  EXPECT_EQ(box.rung(student->session)->rung, "audio");
  EXPECT_EQ(box.rung(student->session)->reason, "limit");
  box.control(control::LimitTier{.session = student->session, .limit = control::Limit::kNone});
  box.run_for(Duration::seconds(4));
  EXPECT_EQ(box.camera(*student).picture_size, k720p);
  expect_unbroken(box.camera(*student));
}

TEST(Worker, OnePictureLineShowsTheScreenWhileThereIsNoCamera) {
  ClassInABox box;
  client::PublisherConfig config;
  config.videos = {{.kind = sdp::TrackKind::kCamera}, {.kind = sdp::TrackKind::kScreen}};
  auto* teacher = box.teach(1, config);
  teacher->sends_camera = false;
  teacher->sends_screen = true;
  auto* student = box.watch();
  auto* both = box.watch({.wants_screen = true});
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.camera(*student).frames, 60U);
  EXPECT_EQ(box.camera(*both).packets, 0U);
  EXPECT_GE(both->viewer->stats(box.now, sdp::TrackKind::kScreen)->frames, 60U);
  teacher->sends_camera = true;
  box.run_for(Duration::seconds(3));
  expect_unbroken(box.camera(*student));
  EXPECT_GE(box.camera(*both).frames, 60U);
}

TEST(Worker, FiftyJoinsAndLeavesLeaveNothing) {
  ClassInABox box;
  box.run_for(Duration::seconds(1));
  const Worker::Census empty = box.workers[0]->census();
  box.teach(3);
  box.run_for(Duration::seconds(4));
  const Worker::Census before = box.workers[0]->census();
  for (int round = 0; round < 50; ++round) {
    auto* student = box.watch();
    box.run_for(Duration::milliseconds(150));
    ASSERT_TRUE(student->viewer->is_connected()) << round;
    box.leave(*student);
    box.run_for(Duration::milliseconds(20));
  }
  const Worker::Census after = box.workers[0]->census();
  EXPECT_EQ(after.sessions, before.sessions);
  EXPECT_EQ(after.paths, before.paths);
  EXPECT_EQ(after.timers, before.timers);
  EXPECT_EQ(after.classes, before.classes);
  box.vanish(box.teachers[0]);
  box.run_for(Duration::seconds(35));  // consent: RFC 7675
  EXPECT_EQ(box.workers[0]->census(), empty);
}

// Until its goodbye is sent a closed session is still found by its checks.
TEST(Worker, WhatArrivesForAClosedSessionLeavesNothing) {
  ClassInABox box;
  const Worker::Census empty = box.workers[0]->census();
  const auto* student = box.watch();
  box.run_for(Duration::milliseconds(300));
  ASSERT_TRUE(student->viewer->is_connected());
  box.is_sending = false;
  box.control(control::DeleteSession{.request = 5, .session = student->session});
  box.run_for(Duration::seconds(6));
  EXPECT_EQ(box.workers[0]->census().paths, empty.paths);
  box.is_sending = true;
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(box.workers[0]->census(), empty);
}

TEST(Worker, TellsWhatTheClassReceives) {
  ClassInABox box;
  box.teach(3);
  box.watch();
  box.watch({.video_codecs = {sdp::CodecName::kH264}});
  box.run_for(Duration::seconds(5));
  const auto audience = box.events_of<control::Audience>().back();
  EXPECT_EQ(audience.class_id, "demo");
  EXPECT_THAT(audience.rungs, Contains(control::RungCount{.rung = "720p", .viewers = 1}));
  EXPECT_THAT(audience.rungs, Contains(control::RungCount{.rung = "audio", .viewers = 1}));
  const auto load = box.events_of<control::Load>().back();
  EXPECT_EQ(load.viewers, 2U);
  EXPECT_EQ(load.publishers, 1U);
  EXPECT_GT(load.egress_bps, 1'000'000U);
  EXPECT_GT(load.packets_per_s, 100U);
}

TEST(Worker, SurvivesGarbageAndCountsIt) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(1));
  const Path known{.remote = student->address, .local = Endpoint::v4(10, 0, 0, 1, 9000)};
  const Path unknown{.remote = Endpoint::v4(10, 9, 9, 9, 1), .local = known.local};
  for (int count = 0; count < 20'000; ++count) {
    std::vector<uint8_t> garbage(box.rng.below(1500));
    box.rng.fill(garbage);
    box.workers[0]->handle_datagram(box.now, box.rng.chance(0.5) ? known : unknown, garbage);
    box.workers[0]->handle_leg_datagram(box.now, unknown.remote, garbage);
  }
  box.run_for(Duration::seconds(2));
  EXPECT_GT(box.counter("drops_total", "unknown_path"), 1000U);
  EXPECT_GT(box.counter("drops_total", "srtp_auth_failed"), 100U);
  EXPECT_GT(box.counter("drops_total", "leg_unknown"), 1000U);
  EXPECT_GT(box.counter("drops_total", "stun_malformed"), 10U);
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(1));
  EXPECT_GE(box.camera(*student).frames, before + 24);
}

TEST(Worker, ManyViewersGetTheSame) {
  ClassInABox box;
  box.teach(3);
  for (int count = 0; count < 40; ++count) box.watch();
  box.run_for(Duration::seconds(4));
  for (const auto& student : box.students) {
    EXPECT_GE(box.camera(student).frames, 75U);
    EXPECT_GE(box.sound(student).packets, 185U);
    expect_unbroken(box.camera(student));
    EXPECT_EQ(box.sound(student).lost, 0U);
  }
}

}  // namespace
}  // namespace lectern::worker
