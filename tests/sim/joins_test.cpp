// Joining and leaving a class, in virtual time. Figures are what a student may
// expect: where one is loosened, the reason stands beside it.

#include "tests/sim/scenario.h"

#include <gtest/gtest.h>

#include <set>

namespace lectern::sim {
namespace {

TEST(Classroom, AStudentSeesAndHears) {
  VirtualClassroom school({.seed = 1, .workers = 1, .lesson = {}});
  school.add_teacher();
  school.run_for(2 * kSecond);
  const Instant tap = school.now();
  const size_t student = school.add_student();
  school.run_for(10 * kSecond);

  const auto sound = school.sound(student);
  const auto picture = school.picture(student);
  EXPECT_EQ(sound.lost, 0U);
  EXPECT_LT(concealed_share(sound), 0.005);
  EXPECT_EQ(picture.freezes, 0U);
  EXPECT_EQ(picture.timestamp_regressions, 0U);
  EXPECT_EQ(picture.picture_id_jumps, 0U);
  EXPECT_GT(picture.frames, 230U);  // 10 s at 25, less the start
  ASSERT_TRUE(picture.first_frame.has_value());
  // The links take 2 ms each way: what is left is ours (and a keyframe that the encoder makes).
  EXPECT_LT(*picture.first_frame - tap, Duration::milliseconds(150));
}

TEST(Classroom, AGoodLinkGetsTheBestPicture) {
  VirtualClassroom school({.seed = 2, .workers = 1, .lesson = {}});
  school.add_teacher();
  const size_t student = school.add_student();
  school.run_for(8 * kSecond);
  ASSERT_TRUE(school.picture(student).picture_size.has_value());
  EXPECT_EQ(school.picture(student).picture_size->height, 720);
  EXPECT_EQ(school.picture(student).freezes, 0U);
}

TEST(Classroom, StudentsAreSpreadOverAllWorkersAndLegsCarryTheClass) {
  VirtualClassroom school({.seed = 3, .workers = 3, .lesson = {}});
  school.add_teacher();
  for (int i = 0; i < 12; ++i) school.add_student();
  school.run_for(6 * kSecond);
  std::set<std::optional<uint32_t>> used;
  for (size_t i = 0; i < 12; ++i) {
    used.insert(school.worker_of(school.student(i)));
    EXPECT_EQ(school.sound(i).lost, 0U) << i;
    EXPECT_EQ(school.picture(i).freezes, 0U) << i;
    EXPECT_GT(school.picture(i).frames, 100U) << i;
  }
  EXPECT_EQ(used.size(), 3U);
}

TEST(Classroom, WhatNobodyReceivesIsNotSentUntilSomebodyDoes) {
  VirtualClassroom school({.seed = 4, .workers = 2, .lesson = {}});
  school.add_teacher();
  school.run_for(15 * kSecond);
  EXPECT_TRUE(school.lesson().is_active(0)) << "the smallest always";
  EXPECT_FALSE(school.lesson().is_active(1));
  EXPECT_FALSE(school.lesson().is_active(2));
  for (int i = 0; i < 4; ++i) school.add_student();  // on both workers
  school.run_for(6 * kSecond);
  EXPECT_TRUE(school.lesson().is_active(2));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(school.picture(i).picture_size->height, 720) << story(school.student(i));
    EXPECT_EQ(school.picture(i).freezes, 0U) << i;
  }
  school.run_for(25 * kSecond);
  EXPECT_FALSE(school.lesson().is_active(1)) << "all have passed it by";
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(school.picture(i).freezes, 0U) << i;
  school.kill_signaling(kSecond);
  school.run_for(5 * kSecond);
  for (size_t i = 0; i < 4; ++i) school.remove_student(i);
  school.run_for(30 * kSecond);
  EXPECT_FALSE(school.lesson().is_active(2));
}

TEST(Classroom, LateJoinersCostTheTeacherNoKeyframeWhileOneIsFresh) {
  VirtualClassroom school({.seed = 5, .workers = 1, .lesson = {}});
  school.add_teacher();
  school.add_student();
  school.run_for(5 * kSecond);
  const uint32_t before = school.lesson().keyframes_sent(0);
  school.add_student();  // may cost one
  school.run_for(Duration::milliseconds(600));
  const uint32_t fresh = school.lesson().keyframes_sent(0);
  for (int i = 0; i < 10; ++i) {
    school.add_student();
    school.run_for(Duration::milliseconds(100));
  }
  EXPECT_LE(fresh, before + 1);
  EXPECT_EQ(school.lesson().keyframes_sent(0), fresh);
  for (size_t i = 2; i < 12; ++i) EXPECT_GT(school.picture(i).frames, 0U) << i;
}

TEST(Classroom, JoinsAndLeavesLeaveNothingBehind) {
  VirtualClassroom school({.seed = 11, .workers = 2, .lesson = {}});
  school.add_teacher();
  school.run_for(20 * kSecond);
  const auto at_first = school.worker(0).census();
  const auto signaling_at_first = school.signaling().census();
  for (int i = 0; i < 50; ++i) {
    const size_t student = school.add_student();
    school.run_for(Duration::milliseconds(700));
    EXPECT_GT(school.picture(student).frames, 0U) << i;
    school.remove_student(student);
  }
  school.run_for(20 * kSecond);
  for (const uint32_t number : {0U, 1U}) {
    const auto census = school.worker(number).census();
    EXPECT_LE(census.sessions, 1U);
    EXPECT_EQ(census.paths, census.sessions);
    EXPECT_EQ(census.legs, 0U);
  }
  EXPECT_EQ(school.worker(0).census().sessions, at_first.sessions);
  EXPECT_EQ(school.worker(0).census().paths, at_first.paths);
  EXPECT_EQ(school.worker(0).census().classes, at_first.classes);
  EXPECT_EQ(school.signaling().census(), signaling_at_first);
}

}  // namespace
}  // namespace lectern::sim
