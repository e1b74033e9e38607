// Browsers that fall silent: killed ones, stalled ones, and encoders that never check.
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

namespace lectern::worker {
namespace {

TEST(Silence, P93AKilledBrowserIsSentNothingAfterEightSeconds) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(6));
  student->is_closed = true;
  box.run_for(Duration::milliseconds(6'100));
  const size_t pictures_off = box.sent_to[student->address];
  box.run_for(Duration::milliseconds(1'000));
  const size_t sound_only = box.sent_to[student->address] - pictures_off;
  EXPECT_GT(sound_only, 1'000U);
  EXPECT_LT(sound_only, 12'000U) << "sound alone";
  box.run_for(Duration::milliseconds(900));
  const size_t all = box.sent_to[student->address];
  box.run_for(Duration::seconds(10));
  EXPECT_EQ(box.sent_to[student->address], all);
  EXPECT_EQ(box.rung(student->session)->rung, "none");
}

TEST(Silence, AStalledLinkGoesOnAtOnceWhenItIsHeardAgain) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(8));
  ASSERT_EQ(box.rung(student->session)->rung, "720p");
  bool is_stalled = true;
  box.loses = [&](ClassInABox::Way way, Bytes) {
    return is_stalled &&
           (way == ClassInABox::Way::kFromStudent || way == ClassInABox::Way::kToStudent);
  };
  box.run_for(Duration::seconds(9));
  is_stalled = false;
  const uint64_t sounds = box.sound(*student).packets;
  const uint64_t frames = box.camera(*student).frames;
  box.run_for(Duration::milliseconds(1'500));  // its next report comes within a second
  EXPECT_GT(box.sound(*student).packets, sounds + 15);
  EXPECT_GT(box.camera(*student).frames, frames + 5);
  box.run_for(Duration::seconds(8));
  EXPECT_EQ(box.rung(student->session)->rung, "720p");
  EXPECT_EQ(box.camera(*student).timestamp_regressions, 0U);
}

// Sound and picture have paused because the lesson has: that is nobody's silence.
TEST(Silence, APauseOfTheLessonIsNotTheViewers) {
  ClassInABox box;
  auto* teacher = box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(6));
  teacher->is_teaching = false;
  box.run_for(Duration::seconds(60));
  teacher->is_teaching = true;
  teacher->wants_keyframe[1].fill(true);
  const uint64_t sounds = box.sound(*student).packets;
  box.run_for(Duration::seconds(1));
  EXPECT_GT(box.sound(*student).packets, sounds + 40);
}

TEST(Silence, P94AnEncoderThatOnlySendsIsAlive) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(2));
  // No checks any more (RFC 7983 §7: STUN's first octet), as ffmpeg's first whip muxer.
  box.loses = [](ClassInABox::Way way, Bytes bytes) {
    return way == ClassInABox::Way::kFromTeacher && bytes[0] < 4;
  };
  box.run_for(Duration::seconds(33));  // the client's own consent ends at 30 s, and its media
  EXPECT_GE(box.camera(*student).frames, 740U);
  EXPECT_EQ(box.workers[0]->census().sessions, 2U);
  box.run_for(Duration::seconds(30));
  const auto last = box.events_of<control::SessionState>().back();
  EXPECT_EQ(last.session, teacher->session);
  EXPECT_EQ(last.reason, "consent") << "but not for ever";
}

TEST(Silence, P94AViewersReportsAreNoConsent) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(2));
  box.loses = [](ClassInABox::Way way, Bytes bytes) {
    return way == ClassInABox::Way::kFromStudent && bytes[0] < 4;
  };
  box.run_for(Duration::seconds(36));
  const auto last = box.events_of<control::SessionState>().back();
  EXPECT_EQ(last.session, student->session);
  EXPECT_EQ(last.reason, "consent");
}

TEST(Silence, TheLastViewerOfAnEmptyClassIsSaidToHaveGone) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::milliseconds(2'500));
  ASSERT_FALSE(box.events_of<control::Audience>().back().rungs.empty());
  box.control(control::DeleteSession{.request = 1, .session = teacher->session});
  box.vanish(*teacher);
  box.leave(*student);
  EXPECT_TRUE(box.events_of<control::Audience>().back().rungs.empty());
  EXPECT_EQ(box.workers[0]->census().classes, 0U);
}

}  // namespace
}  // namespace lectern::worker
