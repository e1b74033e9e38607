// Every kind of answer that docs/openapi.yaml names and no other test has a reason to ask for.
// (scripts/check_openapi.py sees to it that none is missing.)
#include "signaling/gate/jwt_authority.h"
#include "signaling/gate/request_checks.h"
#include "tests/unit/signaling/school.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lectern::signaling {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kFragment = "application/trickle-ice-sdpfrag";
constexpr std::size_t kTooLong = 16 * 1024 + 1;

// One door for teachers and one for students: what holds for one holds for the other.
class Doors : public testing::TestWithParam<const char*> {
 protected:
  Doors() { school_.start_worker(0); }

  std::string endpoint() const { return std::string("/") + GetParam() + "/physics"; }
  std::string make_session() { return endpoint() + '/' + make_name().to_string(); }
  SessionName make_name() {
    return session_of(school_.ask(allowed(school_.offer(endpoint() + query()))));
  }
  std::string bearer(const std::string& class_id) const {
    return "Bearer " + *authority_->mint({.subject = "someone",
                                          .class_id = class_id,
                                          .grants = kTeacherGrants,
                                          .not_before = kNow,
                                          .expires = kNow + 600,
                                          .id = "t"},
                                         kNow);
  }
  HttpRequest allowed(HttpRequest http) const {
    http.authorization = bearer("physics");
    return http;
  }
  HttpRequest forbidden(HttpRequest http) const {
    http = allowed(std::move(http));
    http.path.replace(http.path.find("physics"), 7, "history");
    return http;
  }
  HttpRequest patch(const std::string& path) const {
    HttpRequest http = school_.request("PATCH", path, "a=ice-ufrag:x\r\n");
    http.content_type = kFragment;
    return http;
  }
  int status(const HttpRequest& http) { return school_.ask(http).status; }
  // What a worker's refusal becomes.
  int refused(const HttpRequest& http, RefusalCode by_worker) {
    FakeWorker& worker = school_.worker(0);
    worker.is_mute = true;
    const RequestId asked = school_.send(allowed(http));
    school_.tell(0, control::SessionRefused{.request = number_of(worker.orders.back()),
                                            .code = by_worker,
                                            .detail = "The worker says no."});
    worker.is_mute = false;
    return school_.answer(asked)->status;
  }
  int unanswered(const HttpRequest& http) {
    school_.worker(0).is_mute = true;
    const RequestId asked = school_.send(allowed(http));
    school_.advance(Duration::seconds(11));
    school_.worker(0).is_mute = false;
    return school_.answer(asked)->status;
  }

 private:
  static std::string query() { return "?client=page"; }
  static control::RequestNumber number_of(const control::ToWorker& order) {
    if (const auto* create = std::get_if<control::CreateSession>(&order)) return create->request;
    if (const auto* change = std::get_if<control::PatchSession>(&order)) return change->request;
    return std::get<control::DeleteSession>(order).request;
  }
  static Config config() {
    Config config;
    config.classes = {"physics", "history"};
    return config;
  }

 protected:
  std::unique_ptr<TokenAuthority> authority_ = *make_hs256_authority(std::string(32, 'k'));
  School school_{config(), authority_.get()};
};

INSTANTIATE_TEST_SUITE_P(Both, Doors, testing::Values("whip", "whep"));

TEST_P(Doors, P70TooManyAre429) {
  const std::string session = make_session();
  const HttpRequest end = allowed(school_.request("DELETE", session));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(status(allowed(patch(session))), 204);
  EXPECT_EQ(status(allowed(patch(session))), 429);
  EXPECT_EQ(status(end), 429);
  school_.advance(Duration::seconds(2));
  HttpRequest stale = end;
  stale.if_match = "\"e0\"";
  EXPECT_EQ(status(stale), 412);
  EXPECT_EQ(status(end), 200);
  int last = 201;
  for (int i = 0; i < 30 && last == 201; ++i)
    last = status(allowed(school_.offer(endpoint() + "?client=page")));
  EXPECT_EQ(last, 429);
}

TEST_P(Doors, AnOfferIsTakenOrRefused) {
  HttpRequest http = allowed(school_.offer(endpoint()));
  EXPECT_EQ(status(school_.offer(endpoint())), 401);
  EXPECT_EQ(status(forbidden(school_.offer(endpoint()))), 403);
  EXPECT_EQ(status(http), 201);
  HttpRequest other = http;
  other.content_type = "text/plain";
  EXPECT_EQ(status(other), 415);
  other = http;
  other.body = std::string(kTooLong, 'a');
  EXPECT_EQ(status(other), 413);
  other = http;
  other.body = "v=0\x01";
  EXPECT_EQ(status(other), 400);
  other = http;
  other.accept = "text/html";
  EXPECT_EQ(status(other), 406);
  EXPECT_EQ(refused(http, RefusalCode::kUnreadable), 400);
  EXPECT_EQ(refused(http, RefusalCode::kNoCodec), 406);
  EXPECT_EQ(refused(http, RefusalCode::kNotNegotiable), 422);
  EXPECT_EQ(refused(http, RefusalCode::kWorkerWrong), 502) << "a refusal without a reason";
  EXPECT_EQ(unanswered(http), 504);
  school_.kill_worker(0);
  EXPECT_EQ(status(http), 503);
}

TEST_P(Doors, AClassThatNobodyOpenedIsUnknown) {
  school_.advance(Duration::seconds(10));
  HttpRequest http = school_.offer(endpoint());
  http.path = std::string("/") + GetParam() + "/nobody";
  http.authorization = bearer("*");
  EXPECT_EQ(status(http), 404);
}

TEST_P(Doors, ASessionIsChangedOrNot) {
  const std::string session = make_session();
  const HttpRequest http = allowed(patch(session));
  EXPECT_EQ(status(patch(session)), 401);
  EXPECT_EQ(status(forbidden(patch(session))), 403);
  EXPECT_EQ(status(http), 204);
  HttpRequest other = http;
  other.content_type = "application/sdp";
  EXPECT_EQ(status(other), 415);
  other = http;
  other.body = std::string(kTooLong, 'a');
  EXPECT_EQ(status(other), 413);
  other = http;
  other.if_match = std::string(kMaxIfMatch + 1, 'e');
  EXPECT_EQ(status(other), 400);
  EXPECT_EQ(status(allowed(patch(endpoint() + "/w0-" + std::string(32, '0')))), 404);
  EXPECT_EQ(refused(http, RefusalCode::kPreconditionFailed), 412);
  EXPECT_EQ(refused(http, RefusalCode::kWorkerWrong), 502);
  EXPECT_EQ(unanswered(http), 504);
  school_.kill_worker(0);
  EXPECT_EQ(status(allowed(patch(endpoint() + "/w0-" + std::string(32, '0')))), 503);
  // Of a worker that this server does not have: it will not come.
  EXPECT_EQ(status(allowed(patch(endpoint() + "/w99-" + std::string(32, '0')))), 404);
}

TEST_P(Doors, ICEIsRestarted) {
  const std::string session = make_session();
  school_.worker(0).is_mute = true;
  const RequestId asked = school_.send(allowed(patch(session)));
  const auto& order = std::get<control::PatchSession>(school_.worker(0).orders.back());
  school_.tell(0, control::SessionPatched{order.request, "a=ice-ufrag:new\r\n", "\"e2\""});
  EXPECT_EQ(school_.answer(asked)->status, 200);
}

TEST_P(Doors, ASessionIsEndedOrNot) {
  const std::string session = make_session();
  const HttpRequest http = school_.request("DELETE", session);
  EXPECT_EQ(status(http), 401);
  EXPECT_EQ(status(forbidden(http)), 403);
  EXPECT_EQ(refused(http, RefusalCode::kWorkerWrong), 502);
  EXPECT_EQ(unanswered(http), 504);
  EXPECT_EQ(status(allowed(http)), 200);
  EXPECT_EQ(status(allowed(http)), 404);
  school_.kill_worker(0);
  EXPECT_EQ(status(allowed(http)), 503);
}

class ApiAnswers : public testing::Test {
 protected:
  static Config config(bool dev) {
    Config config;
    config.dev = dev;
    config.classes = {"physics", "history"};
    return config;
  }
  int ask(const std::string& method, const std::string& path, Grants grants,
          const std::string& body = {}) {
    HttpRequest http = school_.request(method, path, body);
    http.authorization = "Bearer " + *authority_->mint({.subject = "someone",
                                                        .class_id = "physics",
                                                        .grants = grants,
                                                        .not_before = kNow,
                                                        .expires = kNow + 600,
                                                        .id = "t"},
                                                       kNow);
    return school_.ask(http).status;
  }

  std::unique_ptr<TokenAuthority> authority_ = *make_hs256_authority(std::string(32, 'k'));
  School school_{config(false), authority_.get()};
};

TEST_F(ApiAnswers, NothingIsForStrangers) {
  for (const auto& [method, path] :
       {std::pair{"GET", "/api/v1/classes"}, std::pair{"GET", "/api/v1/classes/physics"},
        std::pair{"PUT", "/api/v1/classes/physics"}, std::pair{"DELETE", "/api/v1/classes/physics"},
        std::pair{"POST", "/api/v1/tokens"}, std::pair{"POST", "/api/v1/tickets"},
        std::pair{"GET", "/api/v1/stats"}})
    EXPECT_EQ(school_.ask(school_.request(method, path, "{}")).status, 401) << path;
}

TEST_F(ApiAnswers, AnotherClassIsForbidden) {
  EXPECT_EQ(ask("GET", "/api/v1/classes/history", kTeacherGrants), 403);
  EXPECT_EQ(ask("DELETE", "/api/v1/classes/physics", kTeacherGrants), 403);
}

TEST_F(ApiAnswers, ATicketIsChangedOnlyByItsName) {
  EXPECT_EQ(school_.ask(school_.request("POST", "/api/v1/tickets/redeem", "junk")).status, 400);
}

TEST(ApiAnswersInDev, WithoutAKeyNoTokenIsSigned) {
  School school;
  const HttpRequest http =
      school.request("POST", "/api/v1/tokens", R"({"class":"demo","role":"student"})");
  EXPECT_EQ(school.ask(http).status, 501);
}

TEST(ApiAnswersInDev, ClassesHaveABound) {
  School school;
  int status = 0;
  for (int i = 0; status != 503; ++i) {
    ASSERT_LE(i, 100'000);
    status = school.ask(school.request("PUT", "/api/v1/classes/c" + std::to_string(i))).status;
  }
}

}  // namespace
}  // namespace lectern::signaling
