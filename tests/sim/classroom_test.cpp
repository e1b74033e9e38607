// A class over good and bad networks, in virtual time. Figures are what a student may expect, not
// what the code happens to do today: where one is loosened, the reason stands beside it.

#include "tests/sim/virtual_classroom.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lectern::sim {
namespace {

constexpr Duration kSecond = Duration::seconds(1);

AccessLink link_with(const LinkProfile& profile) {
  return {profile, profile};
}

double concealed_share(const client::TrackStats& sound) {
  const double all = (sound.played + sound.concealed).to_seconds();
  return all > 0 ? sound.concealed.to_seconds() / all : 1;
}

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

TEST(Classroom, LossOnALegIsRepairedBeforeStudentsNoticeIt) {
  VirtualClassroom school({.seed = 4, .workers = 2, .lesson = {}});
  school.set_leg_loss(0.1);
  school.add_teacher();
  for (int i = 0; i < 4; ++i) school.add_student();
  school.run_for(10 * kSecond);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(school.sound(i).lost, 0U) << i;
    EXPECT_EQ(school.picture(i).freezes, 0U) << i;
  }
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

struct Weather {
  std::string name;
  LinkProfile profile;
  Duration settle = Duration::seconds(4);
  double concealed = 0;  // at most this share of the sound
  Duration longest_gap;  // between decodable pictures, after settling
};

// GoogleTest finds it by this name. NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const Weather& weather, std::ostream* out) {
  *out << weather.name;
}

class ClassroomIn : public testing::TestWithParam<Weather> {};

// Both ways, for the teacher and for the student at once.
TEST_P(ClassroomIn, TheLessonGoesOn) {
  const Weather& weather = GetParam();
  VirtualClassroom school({.seed = 6, .workers = 2, .lesson = {}});
  school.add_teacher(link_with(weather.profile));
  school.run_for(weather.settle);
  for (int i = 0; i < 4; ++i) school.add_student(link_with(weather.profile));
  school.run_for(weather.settle + 30 * kSecond);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_LE(concealed_share(school.sound(i)), weather.concealed) << i;
    EXPECT_LE(school.picture(i).longest_gap.ms(), weather.longest_gap.ms()) << i;
    EXPECT_EQ(school.picture(i).timestamp_regressions, 0U) << i;
    EXPECT_GT(school.picture(i).frames, 300U) << i;
  }
}

LinkProfile lossy(double loss) {
  return {.delay = Duration::milliseconds(20), .jitter = Duration::milliseconds(5), .loss = loss};
}

INSTANTIATE_TEST_SUITE_P(
    Weather, ClassroomIn,
    testing::Values(
        Weather{"clean", lossy(0), 2 * kSecond, 0.002, Duration::milliseconds(250)},
        // Sound: the aim is 0.01 and 0.02. Browsers reach it (tests/e2e, loss), because their page
        // has sound NACKed; the model viewer here does not ask for it yet, and its playout model
        // counts the time that it takes to learn a longer delay.
        Weather{"loss_1", lossy(0.01), 3 * kSecond, 0.03, Duration::milliseconds(500)},
        Weather{"loss_5", lossy(0.05), 4 * kSecond, 0.03, Duration::milliseconds(500)},
        Weather{"loss_10", lossy(0.10), 5 * kSecond, 0.05, Duration::milliseconds(1000)},
        // The picture: the aim is 2.5 s. A keyframe that is lost on both hops is asked for too
        // late.
        Weather{"loss_20", lossy(0.20), 8 * kSecond, 0.15, Duration::seconds(12)},
        Weather{"bursts",
                {.delay = Duration::milliseconds(20), .loss = 0.01, .loss_after_loss = 0.5},
                4 * kSecond,
                0.03,
                Duration::milliseconds(500)},
        Weather{"reordering",
                {.delay = Duration::milliseconds(20), .reorder = 0.05},
                3 * kSecond,
                0.01,
                Duration::milliseconds(300)},
        Weather{"duplicates",
                {.delay = Duration::milliseconds(20), .duplicate = 0.1},
                3 * kSecond,
                0.002,
                Duration::milliseconds(250)},
        Weather{"far",
                {.delay = Duration::milliseconds(300), .jitter = Duration::milliseconds(20)},
                6 * kSecond,
                0.01,
                Duration::milliseconds(500)}),
    [](const auto& weather) { return weather.param.name; });

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

uint64_t trace_of(uint64_t seed) {
  VirtualClassroom school({.seed = seed, .workers = 2, .lesson = {}});
  school.add_teacher(link_with(lossy(0.02)));
  for (int i = 0; i < 6; ++i)
    school.add_student(link_with({.delay = Duration::milliseconds(30),
                                  .jitter = Duration::milliseconds(10),
                                  .loss = 0.05,
                                  .duplicate = 0.02,
                                  .reorder = 0.02}));
  school.run_for(3 * kSecond);
  school.rebind(school.student(2));
  school.kill_worker(1, Duration::milliseconds(200));
  school.run_for(5 * kSecond);
  return school.network().trace_hash();
}

TEST(Classroom, TheSameSeedGivesTheSameTraceTwice) {
  const uint64_t first = trace_of(12);
  EXPECT_EQ(first, trace_of(12));
  const uint64_t other = trace_of(13);
  EXPECT_EQ(other, trace_of(13));
  EXPECT_NE(first, other);
}

// One teacher and 500 students on links of all kinds, over two workers.
TEST(Classroom, FiveHundredStudents) {
  VirtualClassroom school({.seed = 14, .workers = 2, .lesson = {}});
  school.add_teacher();
  school.run_for(1 * kSecond);
  // What they can receive keeps most of them on the smallest picture: this is about many, not much.
  client::ViewerConfig config;
  config.remb = DataRate::kbps(200);
  constexpr size_t kStudents = 500;
  for (size_t i = 0; i < kStudents; ++i) {
    const double loss = static_cast<double>(i % 5) * 0.01;
    school.add_student(
        link_with({.delay = Duration::milliseconds(10 + static_cast<int64_t>(i % 100)),
                   .jitter = Duration::milliseconds(5),
                   .loss = loss}),
        config);
    school.run_for(Duration::milliseconds(5));
  }
  school.run_for(10 * kSecond);
  size_t seeing = 0;
  size_t hearing = 0;
  for (size_t i = 0; i < kStudents; ++i) {
    if (school.picture(i).frames > 150 && school.picture(i).freezes == 0) ++seeing;
    if (concealed_share(school.sound(i)) < 0.03) ++hearing;
    EXPECT_EQ(school.student(i).attempts, 1) << i;
  }
  // One in a hundred hears 3 % patched at 4 % of loss both ways; the aim is none (see the weather).
  EXPECT_GE(hearing, kStudents - 10);
  // 4 % of loss both ways freezes one in forty once; the aim is one in a hundred.
  EXPECT_GE(seeing, kStudents - 15);
}

}  // namespace
}  // namespace lectern::sim
