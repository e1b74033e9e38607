// Rules P4 to P19: HTTP in general, WHIP and WHEP.
#include "media/control/messages.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::HasSubstr;

void expect_problem(const HttpResponse& response, int status) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
  const json problem = json::parse(response.body);
  EXPECT_EQ(problem.at("status"), status);
  EXPECT_FALSE(problem.at("title").get<std::string>().empty());
  EXPECT_THAT(problem.at("detail").get<std::string>(), testing::EndsWith("."));
}

TEST(Whip, P11SuccessIs201WithAnswerLocationAndEtag) {
  School school;
  school.start_worker(3);
  const HttpResponse& response = school.ask(school.offer("/whip/demo"));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(header(response, "Content-Type"), "application/sdp");
  EXPECT_THAT(header(response, "Location"), testing::StartsWith("/whip/demo/w3-"));
  EXPECT_EQ(header(response, "ETag"), "\"e1\"");
  EXPECT_EQ(response.body, "v=0\r\nanswer");
}

TEST(Whep, P11AStudentMayComeBeforeTheTeacher) {
  School school;
  school.start_worker(0);
  const HttpResponse& response = school.ask(school.offer("/whep/demo"));
  EXPECT_EQ(response.status, 201);
  EXPECT_THAT(header(response, "Location"), testing::StartsWith("/whep/demo/w0-"));
}

TEST(Whip, P4P5ErrorsAreProblemsAnd503HasRetryAfter) {
  School school;  // without any worker
  const HttpResponse& response = school.ask(school.offer("/whep/demo"));
  expect_problem(response, 503);
  EXPECT_EQ(header(response, "Retry-After"), "1");
}

TEST(Http, P6PathsThatDoNotExistAre404) {
  School school;
  school.start_worker(0);
  for (const char* path :
       {"/whip/", "/whip/Demo", "/whip/demo/", "/whep/demo/x", "/api/", "/api", "/api/v1/",
        "/api/v2/classes", "/api/v1/classes/", "/api/v1/classes/A", "/whip", "/", ""}) {
    HttpRequest http = school.request("DELETE", path);
    expect_problem(school.ask(std::move(http)), 404);
  }
}

TEST(Http, P18OtherMethodsAre405WithAllow) {
  School school;
  school.start_worker(0);
  const SessionName name = school.join("demo");
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH"}) {
    const HttpResponse& response = school.ask(school.request(method, "/whip/demo"));
    expect_problem(response, 405);
    EXPECT_EQ(header(response, "Allow"), "POST, OPTIONS");
  }
  const HttpResponse& response =
      school.ask(school.request("GET", "/whep/demo/" + name.to_string()));
  EXPECT_EQ(header(response, "Allow"), "PATCH, DELETE, OPTIONS");
}

TEST(Http, P8PreflightNamesMethodsAndTypes) {
  School school;
  HttpRequest http = school.request("OPTIONS", "/whip/demo");
  http.origin = "http://localhost:8080";
  const HttpResponse& endpoint = school.ask(http);
  EXPECT_EQ(endpoint.status, 204);
  EXPECT_EQ(header(endpoint, "Accept-Post"), "application/sdp");
  EXPECT_EQ(header(endpoint, "Access-Control-Allow-Origin"), "http://localhost:8080");
  EXPECT_EQ(header(endpoint, "Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_EQ(header(endpoint, "Access-Control-Allow-Headers"),
            "Authorization, Content-Type, If-Match");
  http.path = "/whep/demo/w0-00000000000000000000000000000000";
  const HttpResponse& session = school.ask(http);
  EXPECT_EQ(header(session, "Accept-Patch"), "application/trickle-ice-sdpfrag");
  http.origin = "http://evil.example";
  EXPECT_EQ(header(school.ask(http), "Access-Control-Allow-Origin"), "");
}

TEST(Http, P7AForeignOriginChangesNothing) {
  School school;
  school.start_worker(0);
  HttpRequest http = school.offer("/whep/demo");
  http.origin = "http://evil.example";
  const HttpResponse& response = school.ask(http);
  expect_problem(response, 403);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "");
  EXPECT_TRUE(school.worker(0).sessions.empty());
  http.origin = "http://localhost:8080";
  const HttpResponse& own = school.ask(http);
  EXPECT_EQ(own.status, 201);
  EXPECT_EQ(header(own, "Access-Control-Allow-Origin"), "http://localhost:8080");
  EXPECT_THAT(header(own, "Access-Control-Expose-Headers"), HasSubstr("Location"));
}

TEST(Whip, P9WithoutATokenOnlyThisMachineMayUseADevServer) {
  School school;
  school.start_worker(0);
  HttpRequest http = school.offer("/whip/demo");
  http.peer = Endpoint::v4(192, 168, 1, 7, 5000);
  const HttpResponse& response = school.ask(http);
  expect_problem(response, 401);
  EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  Config config = School::dev_config();
  config.dev = false;
  School strict(config);
  strict.start_worker(0);
  expect_problem(strict.ask(strict.offer("/whip/demo")), 401);
}

TEST(Whip, P10TheOfferIsCheckedBeforeAnyWorkerSeesIt) {
  School school;
  school.start_worker(0);
  const auto status = [&school](auto&& change) {
    HttpRequest http = school.offer("/whep/demo");
    change(http);
    return school.ask(http).status;
  };
  EXPECT_EQ(status([](HttpRequest& r) { r.content_type = "text/plain"; }), 415);
  EXPECT_EQ(status([](HttpRequest& r) { r.content_type.clear(); }), 415);
  EXPECT_EQ(status([](HttpRequest& r) { r.body.clear(); }), 400);
  EXPECT_EQ(status([](HttpRequest& r) { r.body = std::string("v=0\0", 4); }), 400);
  EXPECT_EQ(status([](HttpRequest& r) { r.body.assign(16 * 1024 + 1, 'v'); }), 413);
  EXPECT_EQ(status([](HttpRequest& r) { r.accept = "text/html"; }), 406);
  EXPECT_EQ(status([](HttpRequest& r) { r.query = "client=%20"; }), 400);
  EXPECT_TRUE(school.worker(0).orders.empty());
  EXPECT_EQ(status([](HttpRequest& r) { r.body.assign(16 * 1024, 'v'); }), 201);
  EXPECT_EQ(status([](HttpRequest& r) { r.content_type = "Application/SDP; charset=utf-8"; }), 201);
}

TEST(Whip, P10AWorkersRefusalIsTheAnswer) {
  School school;
  FakeWorker& worker = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  const auto& create = std::get<control::CreateSession>(worker.orders.at(0));
  school.tell(0, control::SessionRefused{create.request, RefusalCode::kNoCodec,
                                         "The offer has neither VP8 nor H.264."});
  ASSERT_NE(school.answer(request), nullptr);
  expect_problem(*school.answer(request), 406);
  EXPECT_EQ(school.signaling().census().pending_requests, 0U);
}

TEST(Whip, P12PatchGoesToTheSessionsWorker) {
  School school;
  school.start_worker(0);
  const SessionName name = school.join("demo");
  HttpRequest http = school.request("PATCH", "/whep/demo/" + name.to_string(), "a=ice-ufrag:x\r\n");
  http.content_type = "application/trickle-ice-sdpfrag";
  http.if_match = "\"e1\"";
  const HttpResponse& trickle = school.ask(http);
  EXPECT_EQ(trickle.status, 204);
  EXPECT_EQ(header(trickle, "ETag"), "\"e1\"");
  FakeWorker& worker = school.worker(0);
  const auto& seen = std::get<control::PatchSession>(worker.orders.back());
  EXPECT_EQ(seen.session, name.id);
  EXPECT_EQ(seen.content, "a=ice-ufrag:x\r\n");
  EXPECT_EQ(seen.if_match, "\"e1\"");

  worker.is_mute = true;
  const RequestId restart = school.send(http);
  const auto& order = std::get<control::PatchSession>(worker.orders.back());
  school.tell(0, control::SessionPatched{order.request, "a=ice-ufrag:new\r\n", "\"e2\""});
  EXPECT_EQ(school.answer(restart)->status, 200);
  EXPECT_EQ(header(*school.answer(restart), "Content-Type"), "application/trickle-ice-sdpfrag");
  EXPECT_EQ(header(*school.answer(restart), "ETag"), "\"e2\"");

  http.content_type = "application/sdp";
  expect_problem(school.ask(http), 415);
}

TEST(Whip, P13DeleteEndsTheSessionOnce) {
  School school;
  school.start_worker(0);
  const SessionName name = school.join("demo");
  const std::string path = "/whep/demo/" + name.to_string();
  EXPECT_EQ(school.ask(school.request("DELETE", path)).status, 200);
  EXPECT_TRUE(school.worker(0).sessions.empty());
  EXPECT_EQ(school.signaling().census().sessions, 0U);
  expect_problem(school.ask(school.request("DELETE", path)), 404);
}

TEST(Whip, P13ASessionIsFoundOnlyUnderItsOwnAddress) {
  Config config = School::dev_config();
  config.classes.emplace_back("other");
  School school(config);
  school.start_worker(0);
  const std::string name = school.join("demo").to_string();
  for (const std::string& path :
       {"/whip/demo/" + name, "/whep/other/" + name, "/whep/demo/" + name + "/",
        "/whep/demo/x" + name, "/whep/demo/w00-" + name.substr(3), "/whep/demo/x/" + name})
    expect_problem(school.ask(school.request("DELETE", path)), 404);
  EXPECT_EQ(school.worker(0).sessions.size(), 1U);
}

TEST(Whip, P14ASilentWorkerIs504AfterTenSeconds) {
  School school;
  FakeWorker& worker = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whip/demo"));
  school.advance(Duration::milliseconds(9'999));
  EXPECT_EQ(school.answer(request), nullptr);
  school.advance(Duration::milliseconds(1));
  ASSERT_NE(school.answer(request), nullptr);
  expect_problem(*school.answer(request), 504);
  // The answer that comes after all is undone.
  const auto create = std::get<control::CreateSession>(worker.orders.at(0));
  school.tell(0, control::SessionCreated{create.request, std::string(32, '0'), "v=0", "\"e\""});
  EXPECT_EQ(std::get<control::DeleteSession>(worker.orders.back()).session, std::string(32, '0'));
  EXPECT_EQ(school.signaling().census().sessions, 0U);
}

TEST(Whip, P14AClientThatHasGoneLeavesNoSession) {
  School school;
  FakeWorker& worker = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  EXPECT_EQ(school.signaling().census().pending_requests, 1U);
  Events events;
  school.signaling().http_gone(school.now, request, events);
  EXPECT_EQ(school.signaling().census().pending_requests, 0U);
  const auto create = std::get<control::CreateSession>(worker.orders.at(0));
  school.tell(0, control::SessionCreated{create.request, std::string(32, '0'), "v=0", "\"e\""});
  EXPECT_TRUE(std::holds_alternative<control::DeleteSession>(worker.orders.back()));
  EXPECT_EQ(school.answer(request), nullptr);
}

TEST(Whep, P15StudentsSpreadOverAllWorkers) {
  School school;
  for (control::WorkerNumber k = 0; k < 4; ++k) school.start_worker(k);
  for (int i = 0; i < 40; ++i) school.join("demo");
  for (const auto& [number, worker] : school.workers) EXPECT_EQ(worker.sessions.size(), 10U);
}

TEST(Whep, P15AFullServerIs503) {
  Config config = School::dev_config();
  config.max_viewers_per_worker = 2;
  School school(config);
  school.start_worker(0);
  school.join("demo");
  school.join("demo");
  const HttpResponse& response = school.ask(school.offer("/whep/demo"));
  expect_problem(response, 503);
  EXPECT_EQ(header(response, "Retry-After"), "5");
  school.teach("demo");  // a teacher is still taken
}

TEST(Whep, P15AWorkerThatDiesBeforeItsAnswerIsReplaced) {
  School school;
  school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  school.start_worker(1);
  school.kill_worker(0);
  ASSERT_NE(school.answer(request), nullptr);
  EXPECT_EQ(session_of(*school.answer(request)).worker, 1U);
}

TEST(Whip, P16TheSamePersonTakesOverAndTheOldSessionEnds) {
  School school;
  school.start_worker(0);
  const SessionName old = school.teach("demo", "page-1");
  const SessionName fresh = school.teach("demo", "page-2");
  EXPECT_FALSE(school.worker(0).sessions.contains(old.id));
  EXPECT_TRUE(school.worker(0).sessions.contains(fresh.id));
  EXPECT_EQ(school.signaling().census().sessions, 1U);
}

TEST(Whip, P100AReplacedPageThatComesBackByItselfIsRefused) {
  School school;
  school.start_worker(0);
  school.teach("demo", "page-1");
  const SessionName second = school.teach("demo", "page-2");
  expect_problem(school.ask(school.offer("/whip/demo?client=page-1&resume=1")), 409);
  EXPECT_TRUE(school.worker(0).sessions.contains(second.id));
  EXPECT_EQ(school.ask(school.offer("/whip/demo?client=page-1")).status, 201) << "by a tap";
}

TEST(Whip, P16AnEncoderThatRetriesDoesNotFightATeachersPage) {
  School school;
  school.start_worker(0);
  school.teach("demo", "");
  const SessionName page = school.teach("demo", "page-1");
  expect_problem(school.ask(school.offer("/whip/demo")), 409);
  EXPECT_TRUE(school.worker(0).sessions.contains(page.id));
  EXPECT_EQ(school.ask(school.request("DELETE", "/whip/demo/" + page.to_string())).status, 200);
  school.teach("demo", "");
}

TEST(Whip, P17AnUnknownClassIs404ToStudentsAndMadeByTeaching) {
  School school;
  school.start_worker(0);
  expect_problem(school.ask(school.offer("/whep/physics")), 404);
  const SessionName name = school.teach("physics");
  school.join("physics");
  school.ask(school.request("DELETE", "/whip/physics/" + name.to_string()));
  for (const auto& [id, entry] : std::map(school.worker(0).sessions))
    school.ask(school.request("DELETE", "/whep/physics/w0-" + id));
  EXPECT_EQ(school.signaling().census().classes, 2U);
  school.advance(Duration::seconds(62));
  EXPECT_EQ(school.signaling().census().classes, 1U);  // that of the configuration
  expect_problem(school.ask(school.offer("/whep/physics")), 404);
}

TEST(Whip, P17TheNumberOfClassesIsBounded) {
  Config config = School::dev_config();
  config.max_classes = 2;
  School school(config);
  school.start_worker(0);
  school.teach("physics");
  expect_problem(school.ask(school.offer("/whip/chemistry")), 503);
}

TEST(Whip, P19ASessionOfAWorkerThatIsNotThereIs503) {
  Config config = School::dev_config();
  config.expected_workers = 8;
  School school(config);
  school.start_worker(0);
  const HttpResponse response =
      school.ask(school.request("DELETE", "/whip/demo/w7-00000000000000000000000000000000"));
  expect_problem(response, 503);
  EXPECT_EQ(header(response, "Retry-After"), "1");
  // There is no ninth, and none will come.
  expect_problem(
      school.ask(school.request("DELETE", "/whip/demo/w8-00000000000000000000000000000000")), 404);
}

TEST(Worker, AnAnswerOfTheWrongKindIs502AndLeavesNothingReserved) {
  School school;
  FakeWorker& worker = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  const auto create = std::get<control::CreateSession>(worker.orders.at(0));
  school.tell(0, control::SessionPatched{create.request, "", ""});
  ASSERT_NE(school.answer(request), nullptr);
  EXPECT_EQ(school.answer(request)->status, 502);
  EXPECT_EQ(school.signaling().census().pending_requests, 0U);
}

}  // namespace
}  // namespace lectern::signaling
