// Rules P20 to P23 and the API of docs/openapi.yaml.
#include "signaling/gate/jwt_authority.h"
#include "tests/unit/signaling/school.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'800'000'000;

class Api : public testing::Test {
 protected:
  Api() { school_.start_worker(0); }

  static Config strict_config() {
    Config config;
    config.classes = {"physics", "chemistry"};
    return config;
  }
  std::string bearer(std::string_view class_id, Grants grants) const {
    return "Bearer " + *authority_->mint({.subject = "someone",
                                          .class_id = std::string(class_id),
                                          .grants = grants,
                                          .not_before = kNow,
                                          .expires = kNow + 600,
                                          .id = "t"},
                                         kNow);
  }
  const HttpResponse& ask(std::string method, const std::string& path, std::string authorization,
                          std::string body = {}) {
    HttpRequest http = school_.request(std::move(method), path, std::move(body));
    http.authorization = std::move(authorization);
    if (http.path.starts_with("/wh")) {
      http.content_type = "application/sdp";
      http.body = "v=0";
    }
    return school_.ask(std::move(http));
  }
  static json body(const HttpResponse& response) { return json::parse(response.body); }

  std::unique_ptr<TokenAuthority> authority_ = *make_hs256_authority(std::string(32, 'k'));
  School school_{strict_config(), authority_.get()};
  const Grants admin_ = {.join = true, .publish = true, .admin = true};
};

TEST_F(Api, P20EachDoorNeedsItsGrant) {
  EXPECT_EQ(ask("POST", "/whep/physics", bearer("physics", kStudentGrants)).status, 201);
  EXPECT_EQ(ask("POST", "/whip/physics", bearer("physics", kTeacherGrants)).status, 201);
  EXPECT_EQ(ask("POST", "/whep/physics", bearer("*", kStudentGrants)).status, 201);
  EXPECT_EQ(ask("POST", "/whep/physics", "bearer " + bearer("*", kStudentGrants).substr(7)).status,
            201);
}

TEST_F(Api, P22AGoodTokenForSomethingElseIs403) {
  EXPECT_EQ(ask("POST", "/whip/physics", bearer("physics", kStudentGrants)).status, 403);
  EXPECT_EQ(ask("POST", "/whep/physics", bearer("chemistry", kStudentGrants)).status, 403);
  EXPECT_EQ(ask("PUT", "/api/v1/classes/physics", bearer("physics", kTeacherGrants)).status, 403);
  EXPECT_EQ(ask("GET", "/api/v1/stats", bearer("physics", admin_)).status, 403);
}

TEST_F(Api, P22NoTokenOrABadOneIs401) {
  for (const std::string& authorization :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Basic abc"),
        std::string("Bearer junk"), bearer("physics", kStudentGrants) + "x"}) {
    const HttpResponse& response = ask("POST", "/whep/physics", authorization);
    EXPECT_EQ(response.status, 401) << authorization;
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  }
  const std::string good = bearer("physics", kStudentGrants);
  school_.advance(Duration::seconds(606));
  EXPECT_EQ(ask("POST", "/whep/physics", good).status, 401);
}

TEST_F(Api, P22ASessionIsEndedOnlyWithAToken) {
  const SessionName name =
      session_of(ask("POST", "/whep/physics", bearer("physics", kStudentGrants)));
  const std::string path = "/whep/physics/" + name.to_string();
  EXPECT_EQ(ask("DELETE", path, "").status, 401);
  EXPECT_EQ(ask("DELETE", path, bearer("chemistry", kStudentGrants)).status, 403);
  EXPECT_EQ(ask("DELETE", path, bearer("physics", kStudentGrants)).status, 200);
}

TEST_F(Api, P16AnotherTeacherIsRefusedWhileTheClassIsLive) {
  school_.connect(session_of(ask("POST", "/whip/physics?client=a", bearer("*", kTeacherGrants))));
  const std::string other = "Bearer " + *authority_->mint({.subject = "another",
                                                           .class_id = "physics",
                                                           .grants = kTeacherGrants,
                                                           .not_before = kNow,
                                                           .expires = kNow + 600,
                                                           .id = "t2"},
                                                          kNow);
  EXPECT_EQ(ask("POST", "/whip/physics?client=b", other).status, 409);
  EXPECT_EQ(ask("POST", "/whip/physics?client=b", bearer("physics", kTeacherGrants)).status, 201);
}

TEST_F(Api, P17OnlyATokenThatNamesTheClassMakesItByTeaching) {
  EXPECT_EQ(ask("POST", "/whip/biology", bearer("*", kTeacherGrants)).status, 404);
  EXPECT_EQ(ask("POST", "/whip/biology", bearer("biology", kTeacherGrants)).status, 201);
  EXPECT_EQ(ask("POST", "/whep/biology", bearer("*", kStudentGrants)).status, 201);
}

TEST_F(Api, ClassesAreMadeListedAndDeleted) {
  EXPECT_EQ(ask("PUT", "/api/v1/classes/biology", bearer("*", admin_)).status, 201);
  EXPECT_EQ(ask("PUT", "/api/v1/classes/biology", bearer("*", admin_)).status, 200);
  EXPECT_EQ(ask("PUT", "/api/v1/classes/biology", bearer("*", admin_), "{}").status, 200);
  EXPECT_EQ(ask("PUT", "/api/v1/classes/botany", bearer("*", admin_), "xx").status, 400);
  const json all = body(ask("GET", "/api/v1/classes", bearer("*", kStudentGrants)));
  EXPECT_EQ(all.at("classes").size(), 3U);
  const json own = body(ask("GET", "/api/v1/classes", bearer("biology", kStudentGrants)));
  ASSERT_EQ(own.at("classes").size(), 1U);
  EXPECT_EQ(own.at("classes")[0].at("class"), "biology");
  EXPECT_EQ(own.at("classes")[0].at("teacher"), "absent");

  school_.advance(Duration::seconds(120));  // not one that goes by being empty
  EXPECT_EQ(ask("GET", "/api/v1/classes/biology", bearer("*", kStudentGrants)).status, 200);
  school_.connect(session_of(ask("POST", "/whip/biology", bearer("biology", kTeacherGrants))));
  EXPECT_EQ(ask("DELETE", "/api/v1/classes/biology", bearer("*", admin_)).status, 204);
  EXPECT_TRUE(school_.worker(0).sessions.empty());
  EXPECT_EQ(ask("GET", "/api/v1/classes/biology", bearer("*", kStudentGrants)).status, 404);
  EXPECT_EQ(ask("DELETE", "/api/v1/classes/biology", bearer("*", admin_)).status, 404);
}

TEST_F(Api, P20AnAdminMintsTokens) {
  const HttpResponse& response =
      ask("POST", "/api/v1/tokens", bearer("*", admin_),
          R"({"class":"physics","role":"student","subject":"s-4","expires_in":60})");
  ASSERT_EQ(response.status, 201);
  const auto token = authority_->verify(body(response).at("token").get<std::string>(), kNow);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->subject, "s-4");
  EXPECT_EQ(token->class_id, "physics");
  EXPECT_EQ(token->grants, kStudentGrants);
  EXPECT_EQ(token->expires, kNow + 60);
}

TEST_F(Api, P20TokenRequestsAreChecked) {
  const auto status = [this](std::string request) {
    return ask("POST", "/api/v1/tokens", bearer("*", admin_), std::move(request)).status;
  };
  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(status("[]"), 400);
  EXPECT_EQ(status(R"({"role":"student"})"), 400);
  EXPECT_EQ(status(R"({"class":"A B","role":"student"})"), 400);
  EXPECT_EQ(status(R"({"class":"physics","role":"admin"})"), 400);
  EXPECT_EQ(status(R"({"class":"physics","role":"student","expires_in":0})"), 400);
  EXPECT_EQ(status(R"({"class":"physics","role":"student","expires_in":1e300})"), 400);
  for (const char* wrong : {R"("expires_in":"5")", R"("expires_in":null)", R"("subject":5)",
                            R"("subject":"a\u0000")", R"("subject":null)"})
    EXPECT_EQ(status(R"({"class":"physics","role":"student",)" + std::string(wrong) + "}"), 400)
        << wrong;
  EXPECT_EQ(status(R"({"class":"*","role":"teacher"})"), 201);
  EXPECT_EQ(ask("POST", "/api/v1/tokens", bearer("physics", admin_),
                R"({"class":"chemistry","role":"student"})")
                .status,
            403);
  EXPECT_EQ(ask("POST", "/api/v1/tokens", bearer("physics", kTeacherGrants),
                R"({"class":"physics","role":"student"})")
                .status,
            403);
}

TEST_F(Api, P21ATicketIsChangedBackIntoItsTokenOnce) {
  const std::string own = bearer("physics", kStudentGrants);
  const HttpResponse& issued = ask("POST", "/api/v1/tickets", own, "{}");
  ASSERT_EQ(issued.status, 201);
  EXPECT_EQ(body(issued).at("expires_in"), 60);
  const std::string request = json{{"ticket", body(issued).at("ticket")}}.dump();
  const HttpResponse& redeemed = ask("POST", "/api/v1/tickets/redeem", "", request);
  ASSERT_EQ(redeemed.status, 200);
  EXPECT_EQ("Bearer " + body(redeemed).at("token").get<std::string>(), own);
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", request).status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/tickets", "", "{}").status, 401);
}

TEST_F(Api, P21AWrongMemberIsNotAMissingOne) {
  const std::string own = bearer("*", admin_);
  for (const char* wrong : {"null", "5", "\"\"", "{}"})
    EXPECT_EQ(ask("POST", "/api/v1/tickets", own, R"({"token":)" + std::string(wrong) + "}").status,
              400)
        << wrong;
  const HttpResponse& issued = ask("POST", "/api/v1/tickets", own, "{}");
  json request = {{"ticket", body(issued).at("ticket")}, {"client", 5}};
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", request.dump()).status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", R"({"ticket":5})").status, 400);
  request["client"] = "page-1";
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", request.dump()).status, 200) << "not used up";
}

TEST_F(Api, P102ALostAnswerIsGivenAgainToTheSamePage) {
  const std::string own = bearer("physics", kStudentGrants);
  const HttpResponse& issued = ask("POST", "/api/v1/tickets", own, "{}");
  json request = {{"ticket", body(issued).at("ticket")}, {"client", "page-1"}};
  for (int i = 0; i < 3; ++i) {
    const HttpResponse& redeemed = ask("POST", "/api/v1/tickets/redeem", "", request.dump());
    ASSERT_EQ(redeemed.status, 200);
    EXPECT_EQ("Bearer " + body(redeemed).at("token").get<std::string>(), own);
  }
  request["client"] = "page-2";
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", request.dump()).status, 404);
  request["client"] = "not a name";
  EXPECT_EQ(ask("POST", "/api/v1/tickets/redeem", "", request.dump()).status, 400);
}

TEST_F(Api, P21ASchoolMakesATicketForAStudentsToken) {
  const std::string student = bearer("physics", kStudentGrants).substr(7);
  const json request = {{"token", student}};
  const HttpResponse& issued = ask("POST", "/api/v1/tickets", bearer("*", admin_), request.dump());
  ASSERT_EQ(issued.status, 201);
  const std::string ticket = json{{"ticket", body(issued).at("ticket")}}.dump();
  EXPECT_EQ(body(ask("POST", "/api/v1/tickets/redeem", "", ticket)).at("token"), student);
  EXPECT_EQ(ask("POST", "/api/v1/tickets", bearer("*", admin_), R"({"token":"junk"})").status, 400);
}

TEST_F(Api, P23AConnectedPageGetsAFreshTokenAfterHalfItsLife) {
  const ConnectionId page = school_.open();
  const std::string token = bearer("physics", kStudentGrants).substr(7);
  school_.say(page, json{{"type", "hello"},
                         {"class", "physics"},
                         {"role", "student"},
                         {"version", 1},
                         {"token", token}}
                        .dump());
  ASSERT_EQ(school_.heard(page, "welcome").size(), 1U);
  for (int i = 0; i < 42; ++i) {
    school_.advance(Duration::seconds(11));
    school_.say(page, R"({"type":"ping"})");
  }
  const auto fresh = school_.heard(page, "token");
  ASSERT_EQ(fresh.size(), 1U);
  const auto verified = authority_->verify(fresh[0].at("token").get<std::string>(), kNow + 462);
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->subject, "someone");
  EXPECT_GE(verified->expires, kNow + 900);
}

TEST_F(Api, StatsAndMetricsCountWhatIsThere) {
  control::Load load;
  load.viewers = 12;
  load.counters = {{"drops_total", "reason", "srtp_replay", 7}};
  school_.tell(0, load);
  school_.hello("physics", "student");
  const json stats = body(ask("GET", "/api/v1/stats", bearer("*", admin_)));
  ASSERT_EQ(stats.at("workers").size(), 1U);
  EXPECT_EQ(stats.at("workers")[0].at("viewers"), 12);
  bool is_found = false;
  std::string last;
  std::vector<std::string> seen;
  for (const Sample& sample : school_.signaling().metrics()) {
    if (sample.name != last) {
      EXPECT_EQ(std::ranges::find(seen, sample.name), seen.end()) << sample.name;
      seen.push_back(last = sample.name);
    }
    if (sample.name != "drops_total") continue;
    is_found = true;
    EXPECT_EQ(sample.value, 7);
    EXPECT_EQ(sample.labels, (std::vector<std::pair<std::string, std::string>>{
                                 {"worker", "0"}, {"reason", "srtp_replay"}}));
  }
  EXPECT_TRUE(is_found);
}

}  // namespace
}  // namespace lectern::signaling
