// A teacher's device whose media clocks step, seen by students at the origin and behind a leg.

#include "tests/sim/scenario.h"

#include <gtest/gtest.h>

#include <vector>

namespace lectern::sim {
namespace {

struct Step {
  const char* what;
  Duration sound;
  Duration picture;
};

class Clocks : public testing::TestWithParam<Step> {};

TEST_P(Clocks, StudentsNoticeNothing) {
  VirtualClassroom school({.seed = 5, .workers = 2, .lesson = {}});
  const LinkProfile link{.delay = Duration::milliseconds(20), .jitter = Duration::milliseconds(5)};
  school.add_teacher(link_with(link));
  std::vector<size_t> students;
  for (int count = 0; count < 4; ++count) students.push_back(school.add_student(link_with(link)));
  school.run_for(10 * kSecond);
  std::vector<client::TrackStats> sound;
  std::vector<client::TrackStats> picture;
  for (size_t student : students) {
    sound.push_back(school.sound(student));
    picture.push_back(school.picture(student));
  }
  school.lesson().step_clocks(GetParam().sound, GetParam().picture);
  school.run_for(10 * kSecond);
  for (size_t student : students) {
    SCOPED_TRACE(student);
    const client::TrackStats heard = school.sound(student);
    const client::TrackStats seen = school.picture(student);
    EXPECT_LE((heard.concealed - sound[student].concealed).ms(), 100) << "one short gap at most";
    EXPECT_GE((heard.played - sound[student].played).ms(), 9800);
    EXPECT_GE(seen.frames - picture[student].frames, 240U);
    EXPECT_EQ(seen.freezes, picture[student].freezes);
    EXPECT_EQ(seen.keyframes, picture[student].keyframes) << "nobody had to begin anew";
    EXPECT_EQ(seen.timestamp_regressions, 0U);
    EXPECT_EQ(heard.timestamp_regressions, 0U);
  }
}

constexpr Step kSteps[] = {
    {"forward", 5 * kSecond, 5 * kSecond},
    {"back", -4 * kSecond, -4 * kSecond},
    {"a_little_forward", Duration::milliseconds(100), Duration::milliseconds(100)},
    {"a_little_back", Duration::milliseconds(-100), Duration::milliseconds(-100)},
    {"sound_alone", 2 * kSecond, Duration::zero()},
    {"picture_alone_for_hours", Duration::zero(), -20'000 * kSecond},
};
INSTANTIATE_TEST_SUITE_P(Steps, Clocks, testing::ValuesIn(kSteps),
                         [](const auto& step) { return std::string(step.param.what); });

}  // namespace
}  // namespace lectern::sim
