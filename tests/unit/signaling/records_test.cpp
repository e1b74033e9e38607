// Rule P131: what is made by the API outlives the process that made it.
#include "tests/unit/signaling/school.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;

class RecordsTest : public testing::Test {
 protected:
  RecordsTest() {
    school_.start_worker(0);
    school_.start_store();
  }
  static Config config() {
    Config config = School::dev_config();
    config.has_store = true;
    return config;
  }
  int put(const std::string& class_id) {
    return school_.ask(school_.request("PUT", "/api/v1/classes/" + class_id)).status;
  }
  int remove(const std::string& class_id) {
    return school_.ask(school_.request("DELETE", "/api/v1/classes/" + class_id)).status;
  }
  int get(const std::string& class_id) {
    return school_.ask(school_.request("GET", "/api/v1/classes/" + class_id)).status;
  }
  void restart_all() {
    school_.restart_signaling();
    school_.reconnect_worker(0);
    school_.start_store();
  }

  School school_{config()};
};

TEST_F(RecordsTest, P131AClassThatWasMadeIsThereAfterARestart) {
  EXPECT_EQ(put("math"), 201);
  EXPECT_EQ(put("math"), 200);
  restart_all();
  EXPECT_EQ(get("math"), 200);
  EXPECT_EQ(put("math"), 200);
  school_.advance(Duration::seconds(120));
  EXPECT_EQ(get("math"), 200) << "it stays though nobody is in it";
}

TEST_F(RecordsTest, P131ADeletedClassStaysDeleted) {
  EXPECT_EQ(put("math"), 201);
  EXPECT_EQ(remove("math"), 204);
  EXPECT_EQ(get("math"), 404);
  restart_all();
  EXPECT_EQ(get("math"), 404);
  EXPECT_EQ(remove("math"), 404);
}

TEST_F(RecordsTest, P131AClassOfThisNameThatIsTaughtBecomesLasting) {
  school_.teach("math");
  EXPECT_EQ(put("math"), 200);
  restart_all();
  EXPECT_EQ(get("math"), 200);
}

TEST_F(RecordsTest, P131TheAnswerWaitsForTheStoreAndIsGivenWhenItComesBack) {
  school_.kill_store();
  const RequestId asked = school_.send(school_.request("PUT", "/api/v1/classes/math"));
  school_.advance(Duration::seconds(2));
  EXPECT_EQ(school_.answer(asked), nullptr);
  school_.start_store();
  ASSERT_NE(school_.answer(asked), nullptr);
  EXPECT_EQ(school_.answer(asked)->status, 201);
  EXPECT_EQ(school_.disk.size(), 1U);
}

TEST_F(RecordsTest, P131WithoutAStoreNothingIsMadeAndASentenceSaysWhy) {
  school_.kill_store();
  const RequestId asked = school_.send(school_.request("PUT", "/api/v1/classes/math"));
  school_.advance(Duration::seconds(4));
  ASSERT_NE(school_.answer(asked), nullptr);
  EXPECT_EQ(school_.answer(asked)->status, 503);
  EXPECT_EQ(json::parse(school_.answer(asked)->body)["code"], "not-kept");
  school_.advance(Duration::seconds(120));
  EXPECT_EQ(get("math"), 404);
  EXPECT_TRUE(school_.disk.empty());
}

TEST_F(RecordsTest, P131AStoreThatIsInTroubleRefusesAtOnceAndLessonsGoOn) {
  school_.store_fault = "Nothing can be kept (disk full): free some of the disk.";
  school_.kill_store();
  school_.start_store();
  const HttpResponse& refusal = school_.ask(school_.request("PUT", "/api/v1/classes/math"));
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(json::parse(refusal.body)["detail"], school_.store_fault);
  EXPECT_TRUE(school_.signaling().readiness().is_ready);
  EXPECT_NE(school_.signaling().readiness().sentence.find(school_.store_fault), std::string::npos);
  school_.teach("demo");
  school_.join("demo");
}

TEST_F(RecordsTest, P131UntilTheStoreHasToldItsClassesNobodyHearsThatThereIsNone) {
  EXPECT_EQ(put("math"), 201);
  school_.restart_signaling();
  school_.kill_store();
  school_.reconnect_worker(0);
  EXPECT_FALSE(school_.signaling().readiness().is_ready);
  EXPECT_EQ(get("math"), 503);
  EXPECT_EQ(remove("math"), 503);
  const ConnectionId page = school_.hello("math", "student");
  school_.advance(Duration::seconds(30));
  EXPECT_EQ(school_.close_code(page), std::nullopt);
  school_.start_store();
  EXPECT_TRUE(school_.signaling().readiness().is_ready);
  EXPECT_EQ(school_.heard(page, "class").size(), 1U);
  EXPECT_EQ(get("math"), 200);
}

TEST_F(RecordsTest, P131AMuteStoreIsNoticed) {
  school_.is_store_mute = true;
  const RequestId asked = school_.send(school_.request("PUT", "/api/v1/classes/math"));
  school_.advance(Duration::seconds(4));
  ASSERT_NE(school_.answer(asked), nullptr);
  EXPECT_EQ(school_.answer(asked)->status, 503);
}

TEST_F(RecordsTest, P131ManyClassesComeBackFromPiecesOfTheList) {
  for (int i = 0; i < 250; ++i) school_.disk[{"class", "room-" + std::to_string(1000 + i)}] = "{}";
  restart_all();
  EXPECT_EQ(get("room-1000"), 200);
  EXPECT_EQ(get("room-1249"), 200);
}

}  // namespace
}  // namespace lectern::signaling
