#include "server/io/web_connection.h"

#include "base/rng.h"
#include "tests/unit/server/recorded_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lectern::io {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

// The status of the only answer to these bytes.
int answer_to(const std::string& bytes) {
  RecordedConnection client;
  client.feed(bytes);
  return status_of(client.written());
}

std::vector<std::string> events_of(const std::string& bytes) {
  RecordedConnection client;
  client.feed(bytes);
  return client.events();
}

TEST(WebConnection, P60PipelinedRequestsAreAnsweredInOrder) {
  RecordedConnection client;
  const std::string with_body = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";
  const std::string chunked =
      "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;q=\"x\"\r\nhi\r\n0\r\n"
      "X-Trailer: 1\r\n\r\n";
  client.feed(with_body + chunked + get("/d") + with_body);
  EXPECT_THAT(client.events(),
              ElementsAre("POST /b? x [a]", "PUT /c? x [hi]", "GET /d? a []", "POST /b? x [a]"));
  const std::string& all = client.written();
  EXPECT_LT(all.find("ok/b"), all.find("ok/c"));
  EXPECT_LT(all.find("ok/c"), all.find("ok/d"));
  EXPECT_THAT(all, EndsWith("ok/b"));
}

TEST(WebConnection, P60NothingIsReadUntilTheAnswer) {
  RecordedConnection client;
  client.answer_later();
  client.feed(get("/1") + get("/2"));
  EXPECT_THAT(client.events(), ElementsAre("GET /1? a []"));
  EXPECT_FALSE(client.connection().wants_bytes());
  client.connection().respond(client.now(), {.status = 204});
  client.write_all();
  EXPECT_THAT(client.written(), Not(HasSubstr("content-length")));
  EXPECT_EQ(client.events().size(), 2U);
}

TEST(WebConnection, P60TheNextRequestWaitsForASlowReader) {
  RecordedConnection client;
  client.stop_writing();
  client.feed(get("/1") + get("/2"));
  EXPECT_EQ(client.events().size(), 1U);
  EXPECT_FALSE(client.connection().wants_bytes());
  client.resume_writing();
  EXPECT_EQ(client.events().size(), 2U);
  EXPECT_TRUE(client.connection().wants_bytes());
}

TEST(WebConnection, P61LengthsThatMightBeReadTwoWaysAreRefused) {
  for (const char* lines : {"Content-Length: 5\r\nContent-Length: 6",
                            "Content-Length: 5\r\nContent-Length: 5",
                            "Content-Length: +5",
                            "Content-Length: -5",
                            "Content-Length: 5, 5",
                            "Content-Length: 5 5",
                            "Content-Length:",
                            "Content-Length: 0x5",
                            "Content-Length: 99999999999999999999",
                            "Content-Length: 5\r\nTransfer-Encoding: chunked",
                            "Transfer-Encoding:",
                            "Transfer-Encoding: chunked, chunked",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
                            "Content-Length : 5",
                            "Content-Length: 5\r\n folded",
                            " Content-Length: 5",
                            ": x",
                            "x",
                            "X: a\x01z",
                            "X y: a"}) {
    RecordedConnection client;
    client.feed("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n\r\nabcde" +
                get("/2"));
    EXPECT_EQ(status_of(client.written()), 400) << lines;
    EXPECT_THAT(client.written(), HasSubstr("\r\nconnection: close\r\n")) << lines;
    EXPECT_TRUE(client.is_shut_down()) << lines;
    EXPECT_THAT(client.events(), ElementsAre("refused malformed")) << lines;
  }
  EXPECT_EQ(answer_to("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            501);
  EXPECT_EQ(answer_to("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(WebConnection, P61NoAnswerToHeadHasContentNotEvenARefusal) {
  const std::string head = "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
  for (const std::string fault : {"\r\nzz\r\n", "a b: c\r\n\r\n"}) {
    RecordedConnection client;
    client.feed(head + fault);
    EXPECT_EQ(status_of(client.written()), 400) << fault;
    EXPECT_THAT(client.written(), EndsWith("\r\n\r\n")) << fault;
  }
}

TEST(WebConnection, P63AnEmptyLineAfterARequestBeginsNone) {
  for (const std::string rest : {"\r\n", "\r\n\r\n"}) {
    RecordedConnection client;
    client.feed(get("/1"));
    client.feed(rest);
    EXPECT_TRUE(client.connection().is_idle());
    client.feed(get("/2"));
    EXPECT_THAT(client.written(), EndsWith("ok/2"));
    client.feed("\r");
    client.feed("\n");
    EXPECT_TRUE(client.connection().is_idle()) << "cut in two";
  }
}

TEST(WebConnection, AnAmpersandWithinAQueryDividesNothing) {
  EXPECT_THAT(events_of(get("/x?a=b%26c=d&e=%41")), ElementsAre("GET /x?a=b%26c=d&e=A a []"));
}

TEST(WebConnection, P61LinesEndInCrLf) {
  EXPECT_EQ(answer_to("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"), 400);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), 400);
  EXPECT_EQ(answer_to("\r\n\r\n" + get("/")), 200)
      << "empty lines before a request are passed over";
}

TEST(WebConnection, P61ChunksAreReadAsTheyAreWritten) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body :
       {"2\r\nabXY0\r\n\r\n", "2\r\nabc\r\n0\r\n\r\n", "-1\r\n", "x\r\n", "\r\n",
        "0x2\r\nab\r\n0\r\n\r\n", "2\nab\n0\n\n", "2;a=\rb\r\nab\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n", "2 x\r\nab\r\n0\r\n\r\n", "0\r\nno trailer\r\n\r\n"}) {
    EXPECT_EQ(answer_to(head + body), 400) << body;
  }
  EXPECT_THAT(events_of(head + "0A\r\n0123456789\r\n000\r\n\r\n"),
              ElementsAre("POST /? a [0123456789]"));
  EXPECT_EQ(answer_to(head + "65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(answer_to(head + "200000\r\n"), 413) << "at once: more than is thrown away";
}

TEST(WebConnection, P61AHostIsOneAndWellFormed) {
  for (const char* lines : {"", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host:\r\n",
                            "Host: a b\r\n", "Host: a:b\r\n", "Host: a:70000\r\n", "Host: u@a\r\n",
                            "Host: a/b\r\n", "Host: [::1\r\n", "Host: a, b\r\n"}) {
    EXPECT_EQ(answer_to("GET / HTTP/1.1\r\n" + std::string(lines) + "\r\n"), 400) << lines;
  }
  for (const char* host : {"a", "a:1", "a:", "127.0.0.1:80", "[::1]:8080", "[::1]", "x.example"}) {
    EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nhOsT: \t" + std::string(host) + " \t\r\n\r\n"), 200)
        << host;
  }
  EXPECT_EQ(answer_to("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST(WebConnection, P61TargetsOfEveryFormAreTaken) {
  EXPECT_THAT(events_of(get("http://b.example:81/x?y=%41&z")),
              ElementsAre("GET /x?y=A&z b.example:81 []"));
  EXPECT_THAT(events_of(get("HTTPS://b.example")), ElementsAre("GET /? b.example []"));
  EXPECT_THAT(events_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), ElementsAre("OPTIONS *? a []"));
  for (const char* target : {"*", "x", "a:80", "/%", "/%4", "/%zz", "/%00", "/a#b", "/\x80", "/\"",
                             "ftp://a/", "http://", "http:///x", "http://a b/"}) {
    EXPECT_EQ(answer_to(get(target)), 400) << target;
  }
  EXPECT_EQ(answer_to("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(answer_to("GET / \r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(answer_to("GET /\r\n\r\n"), 400);
}

TEST(WebConnection, P61AnyMethodThatIsATokenIsPassedOn) {
  EXPECT_THAT(events_of("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"), ElementsAre("BREW /pot? a []"));
  EXPECT_THAT(events_of("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), ElementsAre("TRACE /? a []"));
  EXPECT_EQ(answer_to("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(answer_to("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(answer_to(std::string(40, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
}

TEST(WebConnection, P61VersionsOfOneAreOurs) {
  EXPECT_EQ(answer_to("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(answer_to("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(answer_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(answer_to("GET / http/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(WebConnection, P62HeadsAreTakenUpTo16KilobytesAndRefusedAbove) {
  EXPECT_EQ(answer_to(get("/", "Cookie: " + std::string(16'000, 'c') + "\r\n")), 200);
  EXPECT_EQ(answer_to(get("/", "Cookie: " + std::string(17'000, 'c') + "\r\n")), 431);
  std::string many;
  for (int i = 0; i < 2000; ++i) {
    many += "x-" + std::to_string(i) + ": y\r\n";
  }
  EXPECT_EQ(answer_to(get("/", many)), 431);
  EXPECT_EQ(answer_to(get("/" + std::string(8000, 'p'))), 200);
  EXPECT_EQ(answer_to(get("/" + std::string(9000, 'p'))), 414);
  EXPECT_EQ(answer_to(std::string(9000, 'P') + " / HTTP/1.1\r\nHost: x\r\n\r\n"), 501);
}

TEST(WebConnection, P63AnExpectationIsMetOrRefusedAtOnce) {
  RecordedConnection client;
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
  client.feed(head);
  EXPECT_EQ(client.take_written(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.feed("ab");
  EXPECT_THAT(client.written(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(
      answer_to(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n"),
      413);
  EXPECT_EQ(answer_to("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 200-ok\r\n\r\n"),
            417);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"), 200);
  EXPECT_EQ(answer_to("GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n"), 200) << "unknown to HTTP/1.0";
}

TEST(WebConnection, P60AConnectionIsKeptAsItsClientWants) {
  struct Case {
    std::string request;
    bool is_kept;
  };
  for (const auto& [request, is_kept] :
       {Case{get("/"), true}, Case{get("/", "Connection: close\r\n"), false},
        Case{get("/", "Connection: x, Close\r\n"), false},
        Case{get("/", "Connection: x\r\nConnection: close\r\n"), false},
        Case{"GET / HTTP/1.0\r\n\r\n", false},
        Case{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true}}) {
    RecordedConnection client;
    client.feed(request);
    EXPECT_EQ(client.is_shut_down(), !is_kept) << request;
    EXPECT_EQ(client.written().contains("connection: close\r\n"), !is_kept) << request;
  }
}

TEST(WebConnection, P60AnAnswerToHeadHasNoBody) {
  RecordedConnection client;
  client.feed("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.written(), HasSubstr("content-length: 4\r\n"));
  EXPECT_THAT(client.written(), EndsWith("\r\n\r\n"));
}

TEST(WebConnection, P4AnErrorIsAProblemDocument) {
  RecordedConnection client;
  client.feed("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.written(), HasSubstr("content-type: application/problem+json\r\n"));
  EXPECT_THAT(
      client.written(),
      HasSubstr(
          R"("status":400,"code":"bad-request","title":"Bad Request","detail":"HTTP/1.1 needs)"));
}

TEST(WebConnection, P64ARequestHasADeadlineAsAWhole) {
  struct Case {
    std::string first;
    int seconds;
    int status;
  };
  for (const auto& [first, seconds, status] :
       {Case{"", 11, 0}, Case{"GET / HT", 11, 408},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n", 31, 408}}) {
    RecordedConnection client;
    client.feed(first);
    for (int i = 0; i < seconds && client.written().empty(); ++i) {
      client.pass(Duration::seconds(1));
      client.feed(first.empty() ? "" : "x");  // a byte a second does not help
    }
    EXPECT_EQ(status_of(client.written()), status) << first;
    EXPECT_EQ(client.connection().is_over(), status == 0) << first;
    client.pass(Duration::seconds(3));
    EXPECT_TRUE(client.connection().is_over()) << "nobody took the answer";
  }
}

TEST(WebConnection, P64AnIdleConnectionIsKeptForTwoMinutes) {
  RecordedConnection client;
  client.feed(get("/"));
  client.pass(Duration::seconds(119));
  EXPECT_FALSE(client.connection().is_over());
  client.feed(get("/"));
  EXPECT_EQ(client.events().size(), 2U);
  client.pass(Duration::seconds(121));
  EXPECT_TRUE(client.connection().is_over());
}

TEST(WebConnection, P64AnAnswerThatNobodyTakesIsGivenUp) {
  RecordedConnection client;
  client.stop_writing();
  client.feed(get("/"));
  client.pass(Duration::seconds(19));
  EXPECT_FALSE(client.connection().is_over());
  client.pass(Duration::seconds(2));
  EXPECT_TRUE(client.connection().is_over());
  EXPECT_THAT(client.events(), testing::Contains("refused reads_too_slowly"));
}

TEST(WebConnection, P67ADrainedConnectionFinishesItsRequest) {
  RecordedConnection client;
  client.answer_later();
  client.feed(get("/1") + get("/2"));
  client.connection().drain(client.now());
  client.connection().respond(client.now(), {.status = 200});
  client.write_all();
  EXPECT_THAT(client.written(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(client.is_shut_down());
  EXPECT_EQ(client.events().size(), 1U);
  RecordedConnection idle;
  idle.feed(get("/"));
  idle.connection().drain(idle.now());
  idle.write_all();
  EXPECT_TRUE(idle.is_shut_down());
}

TEST(WebConnection, P68APublicPathIsTakenOffAPath) {
  ConnectionRules rules = RecordedConnection::small_rules();
  rules.public_path = "/kelas";
  RecordedConnection client(rules);
  client.feed(get("/kelas/watch/x") + get("/kelas") + get("/kelasx") + get("/watch/x"));
  EXPECT_THAT(client.events(), ElementsAre("GET /watch/x? a []", "GET /? a []", "GET /kelasx? a []",
                                           "GET /watch/x? a []"));
}

// However a stream is cut, the same is understood and the same is said.
TEST(WebConnection, P60AnyCutOfAStreamGivesTheSame) {
  const std::vector<std::string> streams = {
      "\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
          get("/d?q=%20", "Accept: a\r\nAccept: b\r\n") +
          "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
          "chunked\r\n\r\n3;x\r\na\r\n\r\n1\r\nz\r\n0\r\nT: 1\r\n\r\n" +
          "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nPOST / HTTP/1.1\r\nHost: "
          "x\r\nContent-Length: 101\r\n\r\n" +
          std::string(101, 'y') + "GET / HTTP/1.1\r\nHost: x\r\nBad : 1\r\n\r\n" + get("/never"),
      socket_request() + client_frame(0x01, "\xce") + client_frame(0x89, "p") +
          client_frame(0x80, "\xba") + client_frame(0x81, std::string(300, 'l')) +
          client_frame(0x88,
                       "\x03\xe8"
                       "end") +
          get("/never"),
      socket_request() + client_frame(0x81, "x\xff") + client_frame(0x81, "never")};
  Rng rng(1234);
  for (const std::string& stream : streams) {
    RecordedConnection whole;
    whole.feed(stream);
    for (int round = 0; round < 300; ++round) {
      RecordedConnection cut;
      std::string_view rest = stream;
      while (!rest.empty()) {
        const std::size_t most = round < 2 ? 1 : 1 + static_cast<std::size_t>(rng.next_u64() % 60);
        const std::size_t size = std::min(most, rest.size());
        cut.feed(rest.substr(0, size));
        rest.remove_prefix(size);
      }
      ASSERT_EQ(cut.events(), whole.events()) << "round " << round;
      ASSERT_EQ(cut.written(), whole.written()) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace lectern::io
