#include "tests/unit/server/listener_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lectern::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(WebListenerTest, P122ASocketThatReadsLateIsToldAnew) {
  const auto client = open_socket();
  client->stop_reading();
  const Frame frame = text_frame(std::string(60'000, 'm'));
  for (int i = 0; i < 400 && listener_->counters().sockets_behind == 0; ++i) {
    listener_->send(socket_, frame);
    if (i % 4 == 0) {
      uv_run(loop_.raw(), UV_RUN_NOWAIT);
    }
  }
  ASSERT_EQ(listener_->counters().sockets_behind, 1U);
  listener_->send(socket_, frame);
  EXPECT_EQ(caught_up_, 0);
  client->resume_reading();
  for (int i = 0; i < 2000 && caught_up_ == 0; ++i) {
    loop_.run();
  }
  EXPECT_EQ(caught_up_, 1);
  EXPECT_EQ(sockets_closed_, 0);
  listener_->send(socket_, text_frame("how it is"));
  client->read_until("how it is");
}

TEST_F(WebListenerTest, P122AnAudienceHearsWhatWasSaidSinceEachJoined) {
  const auto first = open_socket();
  listener_->join(std::exchange(socket_, 0), 0, "class");
  listener_->send_to("class", text_frame("early "));
  const auto second = open_socket();
  listener_->join(std::exchange(socket_, 0), 0, "class");
  const auto stranger = open_socket();
  listener_->join(std::exchange(socket_, 0), 0, "other");
  listener_->send_to("class", text_frame("one "));
  listener_->send_to("class", Frame::of(WsOpcode::kBinary, "two", Lane::kDroppable));
  EXPECT_EQ(first->read_until("two"),
            "\x81\x06"
            "early \x81\x04one \x82\x03two");
  EXPECT_EQ(second->read_until("two"), "\x81\x04one \x82\x03two");
  listener_->send_to("nobody", text_frame("x"));
  listener_->send_to("other", text_frame("there"));
  EXPECT_EQ(stranger->read_until("there"), "\x81\x05there");
}

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(WebListenerTest, P64P130AnAddressHasItsShareAndRoomComesBackWhenOneLeaves) {
  const std::uint16_t port = listen_for_two({});
  auto first = open_socket(port);
  const auto second = open_socket(port);
  {
    Client third(loop_, port);
    third.write(kGet);
    EXPECT_THAT(third.read_to_end(),
                AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("\r\nretry-after: 5\r\n"),
                      HasSubstr("application/problem+json"), HasSubstr("too many connections"),
                      HasSubstr(R"("code":"network-full")"), HasSubstr(R"("retry_after":5)"),
                      HasSubstr(R"("limit":2)")));
  }
  first.reset();
  while (sockets_closed_ == 0) {
    loop_.run();
  }
  Client fourth(loop_, port);
  fourth.write(kGet);
  EXPECT_THAT(fourth.read_until("hello"), StartsWith("HTTP/1.1 201"));
}

TEST_F(WebListenerTest, P4P64APersonIsToldByAPageThatThereIsNoRoom) {
  const std::uint16_t port = listen_for_two({});
  const auto first = open_socket(port);
  const auto second = open_socket(port);
  Client person(loop_, port);
  person.write("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,*/*;q=0.8\r\n\r\n");
  EXPECT_THAT(
      person.read_to_end(),
      AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("\r\nretry-after: 5\r\n"),
            HasSubstr("text/html"), HasSubstr("no free place"), HasSubstr("Belum ada tempat")));
}

TEST_F(WebListenerTest, P64BehindAProxyManyComeFromOneAddress) {
  const std::uint16_t port =
      listen_for_two([](const Endpoint& peer) { return peer.is_loopback(); });
  const auto first = open_socket(port);
  const auto second = open_socket(port);
  const auto third = open_socket(port);
  Client fourth(loop_, port);
  fourth.write(kGet);
  EXPECT_THAT(fourth.read_until("hello"), StartsWith("HTTP/1.1 201"));
}

}  // namespace
}  // namespace lectern::io
