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

TEST_F(WebListenerTest, ASocketThatDoesNotReadIsClosedAtItsBound) {
  const auto client = open_socket();
  client->stop_reading();
  const auto message = body_of(std::string(60'000, 'm'));
  for (int i = 0; i < 200 && listener_->counters().sockets_too_slow == 0; ++i) {
    listener_->send(socket_, message);
    if (i % 4 == 0) {
      uv_run(loop_.raw(), UV_RUN_NOWAIT);
    }
  }
  EXPECT_EQ(listener_->counters().sockets_too_slow, 1U);
  while (sockets_closed_ == 0) {
    loop_.run();
  }
  EXPECT_EQ(listener_->counters().sockets_open, 0U);
}

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(WebListenerTest, P64AnAddressHasItsShareAndRoomComesBackWhenOneLeaves) {
  const std::uint16_t port = listen_for_two({});
  auto first = open_socket(port);
  const auto second = open_socket(port);
  {
    Client third(loop_, port);
    third.write(kGet);
    EXPECT_THAT(third.read_to_end(),
                AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("\r\nretry-after: 5\r\n"),
                      HasSubstr("application/problem+json"), HasSubstr("too many connections")));
  }
  first.reset();
  while (sockets_closed_ == 0) {
    loop_.run();
  }
  Client fourth(loop_, port);
  fourth.write(kGet);
  EXPECT_THAT(fourth.read_until("hello"), StartsWith("HTTP/1.1 201"));
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
