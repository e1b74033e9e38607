// A class after failures, in virtual time. Figures are what a student may
// expect: where one is loosened, the reason stands beside it.

#include "tests/sim/scenario.h"

#include <gtest/gtest.h>

#include <vector>

namespace lectern::sim {
namespace {

TEST(Classroom, AChangedAddressIsFollowed) {
  VirtualClassroom school({.seed = 7, .workers = 1, .lesson = {}});
  school.add_teacher(link_with({.delay = Duration::milliseconds(20)}));
  const size_t student = school.add_student(link_with({.delay = Duration::milliseconds(20)}));
  school.run_for(5 * kSecond);
  school.rebind(school.student(student));
  school.run_for(10 * kSecond);
  const uint64_t after_student = school.picture(student).frames;
  school.rebind(school.teacher());
  school.run_for(10 * kSecond);
  // Nobody had to post again: the sessions followed.
  EXPECT_EQ(school.student(student).attempts, 1);
  EXPECT_EQ(school.teacher().attempts, 1);
  EXPECT_LT(school.picture(student).longest_gap, 6 * kSecond);  // the next check tells the address
  EXPECT_GT(school.picture(student).frames, after_student + 80);
}

TEST(Classroom, AnOutageOfFiveSecondsIsSurvivedBySessions) {
  VirtualClassroom school({.seed = 8, .workers = 2, .lesson = {}});
  school.add_teacher(link_with({.delay = Duration::milliseconds(20)}));
  const size_t student = school.add_student(link_with({.delay = Duration::milliseconds(20)}));
  const size_t other = school.add_student();
  school.run_for(5 * kSecond);
  school.set_outage(school.student(student), 5 * kSecond);
  school.run_for(5 * kSecond);
  const uint64_t before = school.picture(student).frames;
  school.run_for(2 * kSecond);
  EXPECT_GT(school.picture(student).frames, before + 10);
  EXPECT_EQ(school.student(student).attempts, 1);
  EXPECT_EQ(school.picture(other).freezes, 0U);  // nobody else noticed

  school.set_outage(school.teacher(), 5 * kSecond);
  school.run_for(5 * kSecond);
  const uint64_t at_return = school.picture(other).frames;
  school.run_for(2 * kSecond);
  EXPECT_GT(school.picture(other).frames, at_return + 10);
  EXPECT_EQ(school.teacher().attempts, 1);
}

TEST(Classroom, AKilledWorkerCostsThreeSecondsAtMost) {
  VirtualClassroom school({.seed = 9, .workers = 2, .lesson = {}});
  school.add_teacher();
  for (int i = 0; i < 6; ++i) school.add_student();
  school.run_for(5 * kSecond);
  for (const uint32_t victim : {0U, 1U}) {
    school.kill_worker(victim, Duration::milliseconds(100));
    school.run_for(3 * kSecond);
    std::vector<uint64_t> frames;
    for (size_t i = 0; i < 6; ++i) frames.push_back(school.picture(i).frames);
    school.run_for(1 * kSecond);
    for (size_t i = 0; i < 6; ++i) {
      EXPECT_GT(school.picture(i).frames, frames[i] + 10)
          << "victim " << victim << " student " << i;
      EXPECT_GT(school.sound(i).packets, 0U);
    }
    school.run_for(3 * kSecond);
  }
}

// These pages break before they make, unlike those of browsers: a move costs them a join.
TEST(Classroom, P95ADrainedWorkerLosesNobody) {
  for (const uint64_t seed : {21U, 22U, 23U, 24U, 25U, 26U}) {
    VirtualClassroom school({.seed = seed, .workers = 3, .lesson = {}});
    school.add_teacher(link_with({.delay = Duration::milliseconds(20)}));
    for (int i = 0; i < 24; ++i) school.add_student();
    school.run_for(5 * kSecond);
    const uint32_t victim = *school.worker_of(school.teacher());
    const int posts_before = school.teacher().attempts;
    school.drain_worker(victim);
    school.run_for(2 * kSecond);
    EXPECT_NE(school.worker_of(school.teacher()), victim) << "seed " << seed;
    EXPECT_EQ(school.teacher().attempts, posts_before + 1) << "seed " << seed;
    std::vector<uint64_t> frames;
    for (size_t i = 0; i < 24; ++i) {
      EXPECT_NE(school.worker_of(school.student(i)), victim) << "seed " << seed << " student " << i;
      EXPECT_LE(school.student(i).attempts, 2) << "seed " << seed << " student " << i;
      EXPECT_EQ(school.student(i).refused, 0) << "seed " << seed << " student " << i;
      frames.push_back(school.picture(i).frames);
    }
    school.run_for(1 * kSecond);
    for (size_t i = 0; i < 24; ++i)
      EXPECT_GT(school.picture(i).frames, frames[i] + 15) << "seed " << seed << " student " << i;
    EXPECT_EQ(school.signaling().census().sessions, 25U) << "seed " << seed;
    // The worker has ended, empty, and its successor takes part.
    EXPECT_EQ(school.signaling().readiness().workers, 3U) << "seed " << seed;
    EXPECT_EQ(school.worker(victim).census().sessions, 0U) << "seed " << seed;
  }
}

TEST(Classroom, P95WhoDoesNotMoveIsSaidGoodbyeAtTheLimit) {
  VirtualClassroom school({.seed = 27, .workers = 1, .lesson = {}});
  school.add_teacher();
  for (int i = 0; i < 4; ++i) school.add_student();
  school.run_for(5 * kSecond);
  school.drain_worker(0, 1 * kSecond);
  school.run_for(8 * kSecond);
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t before = school.picture(i).frames;
    school.run_for(1 * kSecond);
    EXPECT_GT(school.picture(i).frames, before + 15) << i;
  }
}

TEST(Classroom, SessionsOutliveSignaling) {
  VirtualClassroom school({.seed = 10, .workers = 2, .lesson = {}});
  school.add_teacher();
  for (int i = 0; i < 4; ++i) school.add_student();
  school.run_for(5 * kSecond);
  school.kill_signaling(Duration::milliseconds(300));
  school.run_for(10 * kSecond);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(school.student(i).attempts, 1) << i;
    EXPECT_EQ(school.picture(i).freezes, 0U) << i;
    EXPECT_EQ(school.sound(i).lost, 0U) << i;
  }
  EXPECT_EQ(school.teacher().attempts, 1);
  EXPECT_EQ(school.signaling().census().sessions, 5U);
  // And newcomers find the class.
  const size_t late = school.add_student();
  school.run_for(2 * kSecond);
  EXPECT_GT(school.picture(late).frames, 20U);
}

// An origin feeds as many workers as it may: the legs of before a restart must not be in the way of
// those of after it, and no edge may be dark once the old ones have been closed.
TEST(Classroom, EveryEdgeIsFedAfterSignalingHasRestarted) {
  VirtualClassroom school(
      {.seed = 11, .workers = 8, .lesson = {}, .limits = {.legs_per_class = 7}});
  school.add_teacher();
  for (int i = 0; i < 16; ++i) school.add_student();
  school.run_for(5 * kSecond);
  ASSERT_EQ(school.signaling().census().legs, 7U);
  school.kill_signaling(Duration::milliseconds(300));
  school.run_for(6 * kSecond);
  for (uint32_t number = 0; number < 8; ++number)
    EXPECT_EQ(school.worker(number).census().legs,
              number == *school.worker_of(school.teacher()) ? 7U : 1U);
  std::vector<uint64_t> frames;
  for (size_t i = 0; i < 16; ++i) frames.push_back(school.picture(i).frames);
  school.run_for(2 * kSecond);
  for (size_t i = 0; i < 16; ++i) {
    EXPECT_GT(school.picture(i).frames, frames[i] + 40) << i;
    EXPECT_EQ(school.picture(i).freezes, 0U) << i;
  }
}

// Both halves are real: what the worker says of its audience is what signaling keeps.
TEST(Classroom, NoAudienceIsLeftWhenEverybodyHasGoneWithinASecond) {
  VirtualClassroom school({.seed = 12, .workers = 2, .lesson = {}});
  school.add_teacher();
  for (int i = 0; i < 4; ++i) school.add_student();
  school.run_for(3 * kSecond);
  ASSERT_EQ(school.signaling().census().audiences, 2U);
  school.remove_teacher();
  for (size_t i = 0; i < 4; ++i) school.remove_student(i);
  school.run_for(Duration::milliseconds(500));
  EXPECT_EQ(school.signaling().census().audiences, 0U);
  EXPECT_EQ(school.worker(0).census().sessions, 0U);
}

}  // namespace
}  // namespace lectern::sim
