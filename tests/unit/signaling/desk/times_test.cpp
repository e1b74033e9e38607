// Class time: told to workers, and by them of their media to the pages that receive it.
#include "tests/unit/signaling/lesson.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::SizeIs;

constexpr std::int64_t kAt = 1'800'000'123'456'789;

control::MediaTimes times(std::uint32_t rtp) {
  return {"demo",
          {{control::Track::kAudio, 0, rtp, kAt}, {control::Track::kScreen, 720, 7, kAt + 1}}};
}

TEST(ClassTimes, P124AWorkerIsToldClassTimeAtOnceAndWithEachLoad) {
  School school;
  FakeWorker& worker = school.start_worker(0);
  ASSERT_THAT(worker.clocks, SizeIs(1));
  school.tell(0, control::Load{});
  school.advance(Duration::seconds(3));
  // The wall clock is set; class time goes on.
  school.signaling().set_wall_time(school.now, 5);
  school.tell(0, control::Load{});
  const auto& told = worker.clocks;
  ASSERT_THAT(told, SizeIs(testing::Ge(3U)));
  EXPECT_GE(told.front(), 1'800'000'000'000'000);
  EXPECT_EQ(told.back() - told.front(), 3'000'000);
}

TEST(ClassTimes, P123APageHearsTheTimesOfTheWorkerThatServesIt) {
  School school;
  const Lesson lesson(school, 2);
  const ConnectionId at_0 = school.hello("demo", "student", "a");
  const ConnectionId at_1 = school.hello("demo", "student", "b");
  school.say_media(at_0, lesson.students.at(0));
  school.tell(1, times(42));  // before the page has named its session
  school.say_media(at_1, lesson.students.at(1));
  EXPECT_THAT(school.heard(at_0, "times"), SizeIs(0));
  ASSERT_THAT(school.heard(at_1, "times"), SizeIs(1));
  EXPECT_EQ(school.heard(at_1, "times").back(),
            (json{{"type", "times"},
                  {"worker", 1},
                  {"tracks",
                   {{"audio", {{{"height", 0}, {"rtp", 42}, {"at", kAt}}}},
                    {"screen", {{{"height", 720}, {"rtp", 7}, {"at", kAt + 1}}}}}}}));
  school.tell(0, times(43));
  school.tell(1, times(44));
  EXPECT_THAT(school.heard(at_0, "times"), SizeIs(1));
  ASSERT_THAT(school.heard(at_1, "times"), SizeIs(2));
  EXPECT_EQ(school.heard(at_1, "times").back().at("tracks").at("audio").at(0).at("rtp"), 44);
}

TEST(ClassTimes, P123WhoMovesHearsTheOtherWorkerFromThenOn) {
  School school;
  const Lesson lesson(school, 2);
  const ConnectionId page = school.hello("demo", "student", "a");
  school.tell(0, times(1));
  school.tell(1, times(2));
  school.say_media(page, lesson.students.at(0));
  school.say_media(page, lesson.students.at(1));
  school.tell(0, times(3));
  school.tell(1, times(4));
  std::vector<int> rtp;
  for (const json& message : school.heard(page, "times"))
    rtp.push_back(message.at("tracks").at("audio").at(0).at("rtp"));
  EXPECT_EQ(rtp, (std::vector<int>{1, 2, 4}));
  school.catch_up(page);
  EXPECT_EQ(school.heard(page, "times").back().at("tracks").at("audio").at(0).at("rtp"), 4);
}

TEST(ClassTimes, P123NothingIsKeptOfAClassThatNobodyReceives) {
  School school;
  const Lesson lesson(school, 1);
  school.tell(0, times(1));
  school.tell(0, control::Audience{"demo", {}});
  const ConnectionId page = school.hello("demo", "student", "a");
  school.say_media(page, lesson.students.at(0));
  EXPECT_THAT(school.heard(page, "times"), SizeIs(0));
  school.tell(0, control::MediaTimes{"elsewhere", {}});
}

}  // namespace
}  // namespace lectern::signaling
