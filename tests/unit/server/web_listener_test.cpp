#include "tests/unit/server/client_frame.h"
#include "tests/unit/server/listener_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lectern::io {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(WebListenerTest, ARequestComesWithItsPartsAndIsAnswered) {
  Client client(loop_, port_);
  client.write(
      "POST /whip/demo?ticket=a%20b&x=1 HTTP/1.1\r\nHost: localhost:1\r\n"
      "Content-Type: application/sdp\r\nAuthorization: Bearer abc\r\nIf-Match: \"e\"\r\n"
      "Content-Length: 4\r\n\r\nv=0\n");
  const std::string answer = client.read_until("hello");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201"));
  EXPECT_THAT(answer, HasSubstr("x-test: yes\r\n"));
  EXPECT_THAT(answer, HasSubstr("content-length: 5\r\n"));
  ASSERT_EQ(requests_.size(), 1U);
  const WebRequest& request = requests_[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/whip/demo");
  EXPECT_EQ(request.query, "ticket=a b&x=1");
  EXPECT_EQ(request.body, "v=0\n");
  EXPECT_EQ(request.header("content-type"), "application/sdp");
  EXPECT_EQ(request.header("authorization"), "Bearer abc");
  EXPECT_EQ(request.header("if-match"), "\"e\"");
  EXPECT_EQ(request.header("host"), "localhost:1");
  EXPECT_TRUE(request.remote.is_loopback());
}

TEST_F(WebListenerTest, AllMethodsOfTheApiPassAndTheConnectionIsKept) {
  Client client(loop_, port_);
  for (const std::string method : {"GET", "DELETE", "OPTIONS"}) {
    client.write(method + " /x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_until("hello"), HasSubstr("201")) << method;
  }
  for (const std::string method : {"POST", "PATCH", "PUT"}) {
    client.write(method + " /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
    EXPECT_THAT(client.read_until("hello"), HasSubstr("201")) << method;
    client.write(method + " /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(client.read_until("hello"), HasSubstr("201")) << method;
  }
  std::vector<std::string> methods;
  for (const WebRequest& request : requests_) {
    methods.push_back(request.method + request.body);
  }
  EXPECT_THAT(methods, testing::ElementsAre("GET", "DELETE", "OPTIONS", "POSTab", "POST", "PATCHab",
                                            "PATCH", "PUTab", "PUT"));
}

TEST_F(WebListenerTest, HeadHasNoBody) {
  Client client(loop_, port_);
  client.write("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answers = client.read_until("hello");
  EXPECT_EQ(answers.find("hello"), answers.size() - 5);
  EXPECT_THAT(answers, HasSubstr("content-length: 5\r\n"));
}

TEST_F(WebListenerTest, ALargeBodyIsWrittenInPieces) {
  Client client(loop_, port_);
  client.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer =
      client.read_until([](const std::string& all) { return all.size() > 300'000; });
  EXPECT_THAT(answer, HasSubstr("content-length: 300000"));
  EXPECT_THAT(answer, EndsWith("bbbb"));
}

TEST_F(WebListenerTest, AnAnswerMayComeLater) {
  Client client(loop_, port_);
  client.write("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  while (later_ == 0) {
    loop_.run();
  }
  listener_->respond(later_, {.status = 204});
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 204"));
}

TEST_F(WebListenerTest, AClientThatLeavesBeforeTheAnswerCostsNothing) {
  {
    Client client(loop_, port_);
    client.write("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    while (later_ == 0) {
      loop_.run();
    }
  }
  int turns = 0;
  uv_update_time(loop_.raw());
  while (uv_run(loop_.raw(), UV_RUN_NOWAIT) != 0 && ++turns < 20) {
  }
  EXPECT_EQ(uv_backend_timeout(loop_.raw()) == 0, false) << "the loop spins";
  listener_->respond(later_, {.status = 200, .body = body_of("nobody reads this")});
  Client other(loop_, port_);
  other.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(other.read_until("hello"), HasSubstr("201"));
  listener_->respond(later_, {.status = 200});  // has no effect
  EXPECT_EQ(listener_->counters().responses.at(200), 1U);
}

TEST_F(WebListenerTest, ABodyOverTheLimitIsRefusedAndTheConnectionGoesOn) {
  Client client(loop_, port_);
  client.write("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" +
               std::string(101, 'x'));
  EXPECT_THAT(client.read_until("}"), StartsWith("HTTP/1.1 413"));
  client.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_until("hello"), HasSubstr("201"));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(WebListenerTest, AChunkedBodyIsReadAndAMissingOneIsEmpty) {
  Client client(loop_, port_);
  client.write(
      "DELETE /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n"
      "0\r\n\r\nPUT /y HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string answers;
  while (requests_.size() < 2) {
    answers += client.read_until("hello");
  }
  EXPECT_EQ(requests_[0].body, "abc");
  EXPECT_EQ(requests_[1].method + requests_[1].body, "PUT");
}

TEST_F(WebListenerTest, AWebSocketTalks) {
  const auto client = open_socket();
  EXPECT_EQ(requests_.back().header("host"), "localhost");
  client->write(client_frame(0x81, "hello") + client_frame(0x81, std::string(500, 'x')));
  const std::string frames = client->read_until("echo 500");
  EXPECT_THAT(frames, HasSubstr("echo 5"));
  EXPECT_EQ(messages_, (std::vector<std::string>{"hello", std::string(500, 'x')}));
}

TEST_F(WebListenerTest, FragmentsMakeOneMessage) {
  const auto client = open_socket();
  client->write(client_frame(0x01, "one ") + client_frame(0x00, "two ") +
                client_frame(0x80, "three"));
  client->read_until("echo 13");
  EXPECT_EQ(messages_, (std::vector<std::string>{"one two three"}));
}

TEST_F(WebListenerTest, TooLongMessagesEndTheSocket) {
  for (const int opcode : {0x81, 0x82}) {
    socket_ = 0;
    const auto client = open_socket();
    client->write(client_frame(opcode, std::string(1001, 'x')));
    const std::string end = client->read_until([](const std::string& all) {
      return all.size() >= 4 && static_cast<unsigned char>(all[0]) == 0x88;
    });
    ASSERT_GE(end.size(), 4U);
    EXPECT_EQ(static_cast<unsigned char>(end[2]) << 8 | static_cast<unsigned char>(end[3]), 1009);
  }
  EXPECT_TRUE(messages_.empty());
}

TEST_F(WebListenerTest, P121BinaryMessagesGoBothWays) {
  const auto client = open_socket();
  const std::string message("\0\xff\x80 ink", 7);
  client->write(client_frame(0x82, message));
  EXPECT_EQ(client->read_until(message), std::string("\x82\x07") + message);
  EXPECT_EQ(messages_, std::vector<std::string>{message});
}

TEST_F(WebListenerTest, OnlyTheRightHandshakeBecomesASocket) {
  for (const std::string& request :
       {handshake("/other", "Sec-WebSocket-Protocol: lectern.v1\r\n"),
        handshake("/ws", "Sec-WebSocket-Protocol: lectern.v2\r\n"), handshake("/ws", ""),
        handshake("/ws",
                  "Sec-WebSocket-Protocol: lectern.v1\r\nOrigin: http://evil.example\r\n")}) {
    Client client(loop_, port_);
    client.write(request);
    EXPECT_THAT(client.read_to_end(), testing::Not(HasSubstr("101 "))) << request;
  }
  EXPECT_EQ(socket_, 0U);
}

TEST_F(WebListenerTest, ClosingSaysWhyAfterWhatIsQueued) {
  const auto client = open_socket();
  listener_->send(socket_, text_frame("last words"));
  listener_->close(socket_, 4001, "moved");
  listener_->send(socket_, text_frame("too late"));
  const std::string end = client->read_until("moved");
  EXPECT_THAT(end, HasSubstr("last words"));
  EXPECT_THAT(end, testing::Not(HasSubstr("too late")));
}

TEST_F(WebListenerTest, ATakenPortIsNamed) {
  UvLoop loop;
  WebContext other(loop);
  const auto second = other.listen({.address = "127.0.0.1", .port = port_}, *this);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().context, HasSubstr(std::to_string(port_)));
}

}  // namespace
}  // namespace lectern::io
