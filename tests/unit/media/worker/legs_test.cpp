// A class that comes by a leg, and the change from one source of it to another.
#include "media/worker/worker.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

namespace lectern::worker {
namespace {

TEST(Worker, ALegCarriesTheClassToAnotherWorker) {
  ClassInABox box(2);
  box.teach(3, 0);
  auto* student = box.watch({}, 1);
  box.run_for(Duration::seconds(1));
  box.connect_workers(0, 1, 4711);
  box.run_for(Duration::seconds(5));
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames, 100U);
  EXPECT_EQ(picture.picture_size, (codec::PictureSize{.width = 1280, .height = 720}));
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
  EXPECT_GE(box.sound(*student).packets, 220U);
}

// Its ends belong to two processes, of which one hears of it later than the other.
TEST(Worker, ALegWhoseSendingEndComesLaterCarriesThePictureAtOnce) {
  ClassInABox box(2);
  box.teach(3, 0);
  auto* student = box.watch({}, 1);
  box.run_for(Duration::seconds(4));
  box.connect_workers(0, 1, 4711, Duration::milliseconds(50));
  box.run_for(Duration::milliseconds(300));
  EXPECT_GE(box.camera(*student).frames, 5U);
  // As after a restart of signaling: another name for the same leg, and no gap.
  const size_t before = box.camera(*student).frames;
  box.connect_workers(0, 1, 4712, Duration::milliseconds(50));
  box.run_for(Duration::milliseconds(300));
  EXPECT_GE(box.camera(*student).frames, before + 5);
}

TEST(Worker, LossOnALegIsRepaired) {
  ClassInABox box(2);
  box.teach(1, 0);
  auto* student = box.watch({}, 1);
  box.connect_workers(0, 1, 4711);
  box.run_for(Duration::seconds(2));
  box.loses = [&](ClassInABox::Way way, Bytes) {
    return way == ClassInABox::Way::kLeg && box.rng.chance(0.05);
  };
  box.run_for(Duration::seconds(10));
  box.loses = [](ClassInABox::Way, Bytes) { return false; };
  box.run_for(Duration::seconds(1));
  const auto picture = box.camera(*student);
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
  EXPECT_EQ(box.sound(*student).lost, 0U);
}

TEST(Worker, AnotherLegTakesOverWithoutABreakInNumbers) {
  ClassInABox box(3);
  auto* teacher = box.teach(3, 0);
  auto* student = box.watch({}, 2);
  box.connect_workers(0, 2, 1);
  box.run_for(Duration::seconds(4));
  // The teacher comes back at another worker, which becomes the origin.
  box.vanish(*teacher);
  box.teach(3, 1);
  box.run_for(Duration::milliseconds(500));
  box.connect_workers(1, 2, 2);
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 80);
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.workers[2]->census().legs, 1U);
}

TEST(Worker, TwoSourcesAreNeverMixed) {
  ClassInABox box(2);
  box.teach(3, 0);
  box.connect_workers(0, 1, 1);
  auto* student = box.watch({}, 1);
  box.run_for(Duration::seconds(4));
  // The teacher's page comes back at the other worker while the old session still sends.
  auto* second = box.teach(3, 1);
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, 170U);
  expect_unbroken(box.camera(*student));
  box.control(control::DeleteSession{.request = 1, .session = second->session}, 1);
  box.vanish(*second);
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 80) << "the leg is still there";
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.sound(*student).lost, 0U);
}

// What the origin's teacher said before there was a leg stands before the keyframe that the leg
// gets.
TEST(Worker, P115ParameterSetsThatCameOnceGoOverALeg) {
  ClassInABox box(2);
  auto* teacher =
      box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}});
  box.run_for(Duration::seconds(1));
  teacher->h264_profile.reset();
  box.run_for(Duration::seconds(1));
  box.connect_workers(0, 1, 1);
  auto* student = box.watch({}, 1);
  box.run_for(Duration::seconds(4));
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames, 65U);
  EXPECT_EQ(picture.picture_size, (codec::PictureSize{.width = 640, .height = 360}));
  expect_unbroken(picture);
}

// messages.h: a signaling that has come back orders its legs anew, under other names.
TEST(Worker, ALegToTheSameDestinationReplacesTheOneBefore) {
  ClassInABox box(2, 1, {.legs_per_class = 1});
  box.teach(3, 0);
  auto* student = box.watch({}, 1);
  box.connect_workers(0, 1, 1);
  box.run_for(Duration::seconds(4));
  for (control::LegId leg = 2; leg < 6; ++leg) {
    box.connect_workers(0, 1, leg);
    box.run_for(Duration::seconds(1));
    EXPECT_EQ(box.workers[0]->census().legs, 1U);
    EXPECT_EQ(box.workers[1]->census().legs, 1U);
  }
  EXPECT_TRUE(box.events_of<control::LegRefused>().empty());
  EXPECT_GE(box.camera(*student).frames, 185U);
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.sound(*student).lost, 0U);
}

TEST(Worker, ALegThatFindsNoRoomIsRefused) {
  ClassInABox box(3, 1, {.legs_per_class = 1});
  box.teach(3, 0);
  box.connect_workers(0, 1, 1);
  box.connect_workers(0, 2, 2);
  const auto refused = box.events_of<control::LegRefused>();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0], (control::LegRefused{.leg = 2, .class_id = "demo", .reason = "legs"}));
  ClassInABox full(2, 1, {.classes = 0});
  full.connect_workers(0, 1, 7);
  ASSERT_EQ(full.events_of<control::LegRefused>().size(), 2U) << "both ends";
  EXPECT_EQ(full.events_of<control::LegRefused>()[0].reason, "classes");
  EXPECT_EQ(full.workers[0]->census().classes, 0U);
}

}  // namespace
}  // namespace lectern::worker
