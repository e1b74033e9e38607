#include "server/io/web_connection.h"
#include "tests/unit/server/recorded_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lectern::io {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What a close frame in `written` says; 0: there is none.
int close_code(const std::string& written) {
  const auto at = written.rfind('\x88');
  return at == std::string::npos || at + 3 >= written.size()
             ? 0
             : static_cast<unsigned char>(written[at + 2]) << 8 |
                   static_cast<unsigned char>(written[at + 3]);
}

TEST(WebConnection, P65AHandshakeIsJudgedBeforeTheUpgrade) {
  struct Case {
    std::string from;
    std::string to;
    int status;
  };
  for (const auto& [from, to, status] :
       {Case{"x", "x", 101}, Case{"Upgrade: websocket", "Upgrade: h2c, WebSocket", 101},
        Case{"Version: 13", "Version: 8", 426}, Case{"Sec-WebSocket-Version: 13\r\n", "", 426},
        Case{"dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 400}, Case{"Sec-WebSocket-Key", "X", 400},
        Case{"keep-alive, Upgrade", "keep-alive", 426}, Case{"Upgrade: websocket\r\n", "", 426},
        Case{"other, lectern.v1", "lectern.v2", 400}, Case{"GET /ws", "GET /wx", 404},
        Case{"GET /ws", "POST /ws", 405}, Case{"Host: localhost", "X: y", 400},
        Case{"Host: localhost", "Host: localhost\r\nOrigin: http://evil.example", 403},
        Case{"HTTP/1.1", "HTTP/1.0", 426}}) {
    std::string request = socket_request();
    if (const auto at = request.find(from); at != std::string::npos) {
      request.replace(at, from.size(), to);
    }
    RecordedConnection client;
    client.feed(request);
    EXPECT_EQ(status_of(client.written()), status) << request;
    EXPECT_EQ(client.written().contains("Upgrade Required") &&
                  !client.written().contains("sec-websocket-version: 13\r\n"),
              false);
    EXPECT_EQ(client.written().contains("problem+json"), status != 101) << request;
  }
}

TEST(WebConnection, P65TheAnswerProvesThatTheKeyWasRead) {
  RecordedConnection client;
  client.feed(socket_request());
  // The example of RFC 6455 section 1.3.
  EXPECT_THAT(client.written(),
              HasSubstr("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(client.written(), HasSubstr("sec-websocket-protocol: lectern.v1\r\n"));
}

TEST(WebConnection, P66FramesInTheSegmentOfTheHandshakeAreRead) {
  RecordedConnection client;
  client.feed(socket_request() + client_frame(0x81, "one") + client_frame(0x01, "t") +
              client_frame(0x89, "p") + client_frame(0x80, "wo"));
  EXPECT_THAT(client.events(), ElementsAre("open", "text one", "text two"));
  EXPECT_THAT(client.written(), EndsWith(encode_ws_frame(WsOpcode::kText, "one") +
                                         encode_ws_frame(WsOpcode::kPong, "p") +
                                         encode_ws_frame(WsOpcode::kText, "two")));
}

TEST(WebConnection, P66WrongFramesEndTheSocketWithTheirCode) {
  struct Case {
    std::string frames;
    int code;
  };
  std::string unmasked = encode_ws_frame(WsOpcode::kText, "x");
  const std::string mask(4, '\0');
  for (const auto& [frames, code] :
       {Case{unmasked, 1002},
        Case{client_frame(0xc1, "x"), 1002},
        Case{client_frame(0x83, "x"), 1002},
        Case{client_frame(0x8b, "x"), 1002},
        Case{client_frame(0x09, "x"), 1002},
        Case{client_frame(0x89, std::string(126, 'x')), 1002},
        Case{client_frame(0x80, "x"), 1002},
        Case{client_frame(0x01, "x") + client_frame(0x81, "y"), 1002},
        Case{"\x81\xfe" + std::string("\0\x05", 2) + mask + "12345", 1002},
        Case{"\x81\xff" + std::string(8, '\0') + mask, 1002},
        Case{"\x81\xff\x80" + std::string(7, '\0') + mask, 1002},
        Case{"\x81\xff" + std::string("\0\0\0\0\xff\0\0\0", 8) + mask, 1009},
        Case{client_frame(0x01, std::string(600, 'x')) + "\x80\xfe\x01\x91" + mask, 1009},
        Case{client_frame(0x81, "\xff"), 1007},
        Case{client_frame(0x81, "\xc3"), 1007},
        Case{client_frame(0x81, "\xed\xa0\x80"), 1007},
        Case{client_frame(0x81, "\xc0\x80"), 1007},
        Case{client_frame(0x81, "\xf4\x90\x80\x80"), 1007},
        Case{client_frame(0x01, "\xc3") + client_frame(0x80, "("), 1007},
        Case{client_frame(0x01, "\xce\xba\xff"), 1007},
        Case{client_frame(0x88, "x"), 1002},
        Case{client_frame(0x88, "\x03\xe7"), 1002},
        Case{client_frame(0x88, "\x03\xed"), 1002},
        Case{client_frame(0x88, "\x0b\xb7"), 1002},
        Case{client_frame(0x88, "\x13\x88"), 1002},
        Case{client_frame(0x88, "\x03\xe8\xff"), 1007}}) {
    RecordedConnection client;
    client.feed(socket_request());
    (void)client.take_written();
    client.feed(frames + client_frame(0x81, "late"));
    EXPECT_EQ(close_code(client.written()), code) << testing::PrintToString(frames);
    EXPECT_THAT(client.events(), Not(testing::Contains("text late")))
        << testing::PrintToString(frames);
  }
}

TEST(WebConnection, P66GoodTextsAndClosesAreTaken) {
  RecordedConnection client;
  client.feed(socket_request());
  const std::string text = "κόσμε \xf0\x9f\x99\x82 \xef\xbf\xbf";
  client.feed(client_frame(0x01, text.substr(0, 3)) + client_frame(0x80, text.substr(3)) +
              client_frame(0x81, "") + client_frame(0x8a, "unasked"));
  EXPECT_THAT(client.events(), ElementsAre("open", "text " + text, "text "));
  (void)client.take_written();
  client.feed(client_frame(0x88,
                           "\x0f\xa1"
                           "bye"));
  EXPECT_EQ(close_code(client.written()), 4001);
  EXPECT_THAT(client.events().back(), "closed");
  EXPECT_TRUE(client.is_shut_down()) << "the server closes TCP first (RFC 6455 section 7.1.1)";
}

TEST(WebConnection, P34AStrangerMaySayLessThanWhoIsLetIn) {
  const std::string long_text(2000, 'x');  // the rules say 1,000
  RecordedConnection known;
  known.feed(socket_request());
  known.connection().allow_messages(2000);
  known.feed(client_frame(0x81, long_text));
  EXPECT_THAT(known.events(), ElementsAre("open", "text " + long_text));
  RecordedConnection stranger;
  stranger.feed(socket_request());
  (void)stranger.take_written();
  stranger.feed(client_frame(0x81, long_text).substr(0, 8));  // the header alone: nothing is kept
  EXPECT_EQ(close_code(stranger.written()), kWsMessageTooBig);
}

TEST(WebConnection, P66ACloseWithoutACodeIsAnsweredAlike) {
  RecordedConnection client;
  client.feed(socket_request());
  (void)client.take_written();
  client.feed(client_frame(0x88, ""));
  EXPECT_EQ(client.written(), std::string("\x88\0", 2));
}

TEST(WebConnection, P66AFloodOfPingsQueuesOnePong) {
  RecordedConnection client;
  client.feed(socket_request());
  (void)client.take_written();
  client.stop_writing();
  for (int i = 0; i < 1000; ++i) {
    client.feed(client_frame(0x89, std::to_string(i)));
  }
  client.resume_writing();
  EXPECT_EQ(client.written(),
            encode_ws_frame(WsOpcode::kPong, "0") + encode_ws_frame(WsOpcode::kPong, "999"));
}

TEST(WebConnection, P66APongThatWaitsGoesBeforeTheClose) {
  for (const bool is_ours : {false, true}) {
    RecordedConnection client;
    client.feed(socket_request());
    (void)client.take_written();
    client.stop_writing();
    client.feed(client_frame(0x89, "a") + client_frame(0x89, "b"));
    if (is_ours) {
      client.connection().close(client.now(), 4001, "moved");
    } else {
      client.feed(client_frame(0x88, ""));
    }
    client.resume_writing();
    EXPECT_EQ(client.written(),
              encode_ws_frame(WsOpcode::kPong, "a") + encode_ws_frame(WsOpcode::kPong, "b") +
                  (is_ours ? encode_ws_close(4001, "moved") : std::string("\x88\0", 2)));
  }
}

TEST(WebConnection, P66ACloseOfOursWaitsForItsAnswer) {
  RecordedConnection client;
  client.feed(socket_request());
  client.connection().send(client.now(), Frame::of(WsOpcode::kText, "last", Lane::kMustArrive));
  client.connection().close(client.now(), 4001, "moved");
  client.write_all();
  EXPECT_THAT(client.written(), EndsWith("last" + encode_ws_close(4001, "moved")));
  client.feed(client_frame(0x81, "too late"));
  EXPECT_THAT(client.events(), ElementsAre("open"));
  client.feed(client_frame(0x88, "\x0f\xa1"));
  EXPECT_TRUE(client.is_shut_down());
  RecordedConnection silent;
  silent.feed(socket_request());
  silent.connection().close(silent.now(), 4001, "moved");
  silent.write_all();
  silent.pass(Duration::seconds(4));
  EXPECT_TRUE(silent.connection().is_over());
}

TEST(WebConnection, P66ASilentSocketIsAskedAndGivenUp) {
  RecordedConnection client;
  client.feed(socket_request());
  (void)client.take_written();
  client.pass(Duration::seconds(25));
  EXPECT_EQ(client.take_written(), encode_ws_frame(WsOpcode::kPing, {}));
  client.feed(client_frame(0x8a, ""));
  client.pass(Duration::seconds(19));
  EXPECT_THAT(client.written(), IsEmpty());
  client.pass(Duration::seconds(6));
  client.pass(Duration::seconds(21));
  EXPECT_TRUE(client.connection().is_over());
}

Frame frame(std::string_view text, Lane lane = Lane::kMustArrive, std::string key = {}) {
  return Frame::of(WsOpcode::kText, text, lane, std::move(key));
}

TEST(WebConnection, P122ASlowReaderIsToldAnewAndNotCut) {
  RecordedConnection client;
  client.feed(socket_request());
  (void)client.take_written();
  client.stop_writing();
  const std::string long_text(900, 'm');
  for (int i = 0; i < 20; ++i) {
    client.connection().send(client.now(), frame(long_text));
  }
  EXPECT_THAT(client.events(), testing::Contains("refused socket_behind").Times(1));
  EXPECT_THAT(client.events(), Not(testing::Contains("caught up")));
  client.pass(Duration::seconds(15));
  client.resume_writing();
  EXPECT_EQ(client.pieces().size(), 4U) << "what fits into max_queued";
  EXPECT_THAT(client.events(), testing::Contains("caught up").Times(1));
  client.connection().send(client.now(), frame("how it is"));
  client.write_all();
  EXPECT_EQ(client.pieces().back(), *frame("how it is").bytes);
}

TEST(WebConnection, P122WhoTakesNothingFor30SecondsIsCut) {
  RecordedConnection client;
  client.feed(socket_request());
  client.stop_writing();
  client.connection().send(client.now(), frame("x"));
  client.pass(Duration::milliseconds(29'900));
  EXPECT_FALSE(client.connection().is_over());
  client.pass(Duration::milliseconds(200));
  EXPECT_TRUE(client.connection().is_over());
  EXPECT_THAT(client.events(), testing::Contains("refused reads_too_slowly"));
}

TEST(WebConnection, P122WhatMayBeReplacedOrDroppedDoesNotWaitBehindTheRest) {
  RecordedConnection client;
  client.feed(socket_request());
  (void)client.take_written();
  // To a reader that keeps up all lanes are the same.
  client.connection().send(client.now(), frame("seen", Lane::kDroppable));
  client.write_all();
  client.stop_writing();
  client.connection().send(client.now(), frame("one"));
  client.connection().send(client.now(), frame("lost", Lane::kDroppable));
  client.connection().send(client.now(), frame("a1", Lane::kReplaceable, "a"));
  client.connection().send(client.now(), frame("b1", Lane::kReplaceable, "b"));
  client.connection().send(client.now(), frame("a2", Lane::kReplaceable, "a"));
  client.connection().send(client.now(), frame("two"));
  client.resume_writing();
  std::string expected;
  for (const char* text : {"seen", "one", "two", "b1", "a2"}) {
    expected += *frame(text).bytes;
  }
  EXPECT_EQ(client.written(), expected);
}

TEST(WebConnection, P122AllSocketsTogetherHaveABound) {
  ConnectionRules::Pool pool{.used = 0, .most = 1500};
  ConnectionRules rules = RecordedConnection::small_rules();
  rules.pool = &pool;
  {
    RecordedConnection one(rules);
    RecordedConnection other(rules);
    for (RecordedConnection* client : {&one, &other}) {
      client->feed(socket_request());
      client->stop_writing();
    }
    EXPECT_EQ(pool.used, 0U) << "answers do not count";
    const std::string text(900, 'm');
    one.connection().send(one.now(), frame(text));
    other.connection().send(other.now(), frame(text));
    EXPECT_EQ(pool.used, 2 * frame(text).bytes->size()) << "each may have one";
    one.connection().send(one.now(), frame(text));
    EXPECT_THAT(one.events(), testing::Contains("refused socket_behind"));
    other.resume_writing();
    EXPECT_EQ(pool.used, frame(text).bytes->size());
  }
  EXPECT_EQ(pool.used, 0U);
}

}  // namespace
}  // namespace lectern::io
