// A listener with a handler of the test, and real clients over loopback in its own loop; each step
// runs the loop until the client has read what it waits for.
#pragma once

#include "server/io/fd.h"
#include "server/io/web_context.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lectern::io {
// A port that was free a moment ago.
inline std::uint16_t free_port() {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

class Client {
 public:
  Client(UvLoop& loop, std::uint16_t port) : loop_(loop), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.number(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    poll_ = std::make_unique<UvPoll>(loop, fd_.number(), [this](bool, bool) { read(); });
    poll_->watch(true, false);
  }

  void write(const std::string& text) {
    EXPECT_EQ(::send(fd_.number(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Runs the loop until `is_enough` or the connection's end; what has come since the last call.
  std::string read_until(const std::function<bool(const std::string&)>& is_enough) {
    while (!is_enough(bytes_) && !is_closed_) {
      loop_.run();
    }
    return std::exchange(bytes_, {});
  }
  std::string read_until(const std::string& mark) {
    return read_until([&](const std::string& all) { return all.find(mark) != std::string::npos; });
  }
  std::string read_to_end() {
    return read_until([](const std::string&) { return false; });
  }
  void stop_reading() { poll_->watch(false, false); }
  void resume_reading() { poll_->watch(true, false); }
  [[nodiscard]] bool is_closed() const { return is_closed_; }

 private:
  void read() {
    std::array<char, 65536> buffer{};
    const ssize_t size = recv(fd_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) {
      is_closed_ = true;
      poll_->watch(false, false);
    } else {
      bytes_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    loop_.stop();
  }

  UvLoop& loop_;
  Fd fd_;
  std::string bytes_;
  bool is_closed_ = false;
  std::unique_ptr<UvPoll> poll_;
};

class WebListenerTest : public testing::Test, protected WebHandler {
 protected:
  WebListenerTest() : web_(std::make_unique<WebContext>(loop_)) {
    auto listener =
        web_->listen({.address = "127.0.0.1",
                      .port = port_,
                      .rules = {.subprotocol = "lectern.v1", .max_body = 100, .max_message = 1000}},
                     *this);
    EXPECT_TRUE(listener);
    listener_ = *listener;
  }

  void on_request(ExchangeId id, WebRequest request) override {
    if (request.path == "/later") {
      later_ = id;
      requests_.push_back(std::move(request));
      loop_.stop();
      return;
    }
    const bool is_big = request.path == "/big";
    requests_.push_back(std::move(request));
    listener_->respond(id, {.status = 201,
                            .headers = {{"x-test", "yes"}},
                            .body = body_of(is_big ? std::string(300'000, 'b') : "hello"),
                            .closes = false});
  }
  void on_request_gone(ExchangeId id) override {
    gone_.push_back(id);
    loop_.stop();
  }
  bool admits_socket(const WebRequest& handshake) override {
    return handshake.header("origin") != "http://evil.example";
  }
  void on_socket_open(SocketId id, WebRequest handshake) override {
    socket_ = id;
    requests_.push_back(std::move(handshake));
    loop_.stop();
  }
  void on_socket_text(SocketId id, std::string_view message) override {
    messages_.emplace_back(message);
    listener_->send(id, text_frame("echo " + std::to_string(message.size())));
  }
  void on_socket_binary(SocketId id, std::string_view message) override {
    messages_.emplace_back(message);
    listener_->send(id, Frame::of(WsOpcode::kBinary, message, Lane::kMustArrive));
  }
  void on_socket_caught_up(SocketId) override { ++caught_up_; }

  static Frame text_frame(std::string_view text, Lane lane = Lane::kMustArrive) {
    return Frame::of(WsOpcode::kText, text, lane);
  }
  void on_socket_closed(SocketId) override {
    ++sockets_closed_;
    loop_.stop();
  }

  static std::string handshake(const std::string& path, const std::string& more) {
    return "GET " + path +
           " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           more + "\r\n";
  }
  // A client that has an open WebSocket.
  std::unique_ptr<Client> open_socket() { return open_socket(port_); }
  std::unique_ptr<Client> open_socket(std::uint16_t port) {
    auto client = std::make_unique<Client>(loop_, port);
    client->write(handshake("/ws", "Sec-WebSocket-Protocol: lectern.v1\r\n"));
    client->read_until("\r\n\r\n");
    while (socket_ == 0) {
      loop_.run();
    }
    return client;
  }
  // Listens once more, for two clients from one address; `is_proxy` as WebOptions has it.
  std::uint16_t listen_for_two(std::function<bool(const Endpoint&)> is_proxy) {
    const std::uint16_t port = free_port();
    auto listener = web_->listen({.address = "127.0.0.1",
                                  .port = port,
                                  .rules = {.subprotocol = "lectern.v1"},
                                  .max_clients_per_address = 2,
                                  .is_proxy = std::move(is_proxy)},
                                 *this);
    EXPECT_TRUE(listener);
    listener_ = *listener;
    return port;
  }

  UvLoop loop_;
  std::uint16_t port_ = free_port();
  std::unique_ptr<WebContext> web_;
  WebListener* listener_ = nullptr;
  std::deque<WebRequest> requests_;
  std::vector<ExchangeId> gone_;
  ExchangeId later_ = 0;
  SocketId socket_ = 0;
  std::vector<std::string> messages_;
  int sockets_closed_ = 0;
  int caught_up_ = 0;
};

}  // namespace lectern::io
