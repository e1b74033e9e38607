// A WebConnection without a socket: what it asks of its owner and what it writes, as text.
#pragma once

#include "server/io/web_connection.h"
#include "tests/unit/server/client_frame.h"

#include <array>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::io {

class RecordedConnection final : public WebConnection::Owner {
 public:
  explicit RecordedConnection(ConnectionRules rules = small_rules())
      : rules_(std::move(rules)),
        connection_(1, rules_, *this, Endpoint::v4(192, 0, 2, 1, 1), now_) {
    connection_.handle_opened(now_, false);
  }

  static ConnectionRules small_rules() {
    return {.subprotocol = "lectern.v1", .max_body = 100, .max_message = 1000, .max_queued = 4000};
  }

  // Reads as the transport does: not while the connection does not want to, and writes in between.
  void feed(std::string_view bytes) {
    connection_.handle_bytes(now_, bytes);
    write_all();
  }
  void write_all() {
    while (writes_ && connection_.has_output()) {
      std::array<std::string_view, 4> pieces{};
      std::size_t size = 0;
      for (const std::string_view piece : std::span(pieces).first(connection_.gather(pieces))) {
        pieces_.emplace_back(piece);
        size += piece.size();
      }
      connection_.handle_written(now_, size);
    }
    if (connection_.wants_shutdown()) {
      connection_.handle_shut_down(now_);
      is_shut_down_ = true;
    }
  }
  void pass(Duration time) {
    now_ += time;
    connection_.handle_timeout(now_);
    write_all();
  }

  WebConnection& connection() { return connection_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
  // What was written, as it was pushed: a head, a body, a frame each.
  [[nodiscard]] const std::vector<std::string>& pieces() const { return pieces_; }
  [[nodiscard]] std::string written() const {
    return std::accumulate(pieces_.begin(), pieces_.end(), std::string());
  }
  [[nodiscard]] bool is_shut_down() const { return is_shut_down_; }
  std::string take_written() {
    std::string all = written();
    pieces_.clear();
    return all;
  }
  void stop_writing() { writes_ = false; }
  void resume_writing() {
    writes_ = true;
    write_all();
  }
  void answer_later() { answers_ = false; }

  void on_request(WebConnection& from, WebRequest request) override {
    std::string event = request.method + ' ' + request.path + '?' + request.query + ' ' +
                        std::string(request.header("host")) + " [" + request.body + ']';
    events_.push_back(std::move(event));
    if (answers_) {
      from.respond(now_, {.status = 200, .headers = {}, .body = body_of("ok" + request.path)});
    }
  }
  bool admits_socket(const WebRequest& handshake) override {
    return handshake.header("origin") != "http://evil.example";
  }
  void on_socket_open(WebConnection&, WebRequest) override { events_.emplace_back("open"); }
  void on_socket_text(WebConnection& from, std::string_view message) override {
    events_.push_back("text " + std::string(message));
    from.send(now_, Frame::of(WsOpcode::kText, message, Lane::kMustArrive));
  }
  void on_socket_binary(WebConnection&, std::string_view message) override {
    events_.push_back("binary " + std::string(message));
  }
  void on_socket_caught_up(WebConnection&) override { events_.emplace_back("caught up"); }
  void on_socket_closed(WebConnection&) override { events_.emplace_back("closed"); }
  void on_refused(std::string_view reason) override {
    events_.push_back("refused " + std::string(reason));
  }
  void on_answered(int) override {}
  [[nodiscard]] std::string_view date() const override { return {}; }

 private:
  ConnectionRules rules_;
  Instant now_ = Instant::from_ms(1000);
  std::vector<std::string> events_{};
  std::vector<std::string> pieces_{};
  bool is_shut_down_ = false;
  bool writes_ = true;
  bool answers_ = true;
  WebConnection connection_;
};

inline std::string socket_request(std::string_view more = {}) {
  return "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
         "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Protocol: other, lectern.v1\r\n" +
         std::string(more) + "\r\n";
}

// The status of the first answer; 0: there is none.
inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

}  // namespace lectern::io
