// Who talks to a signaling process in its tests: clients of its web port and workers, as plain
// sockets that block, for some seconds at most.
#pragma once

#include "media/control/codec.h"
#include "media/control/messages.h"
#include "server/io/fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lectern::server {

inline constexpr int kPatienceSeconds = 10;

// Between two looks at a state that cannot be waited for otherwise.
void look_again_in(int milliseconds);

// A port that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

// Whether somebody listens there.
[[nodiscard]] bool is_open(std::uint16_t port);

// A client of the web port.
class Client {
 public:
  explicit Client(std::uint16_t port);

  void send(const std::string& text);
  // `method path`, with `more` header lines and a body.
  void send_request(const std::string& method, const std::string& path,
                    const std::string& more = {}, const std::string& body = {});
  // All that comes until `end` is in it, or the server closes.
  std::string read_until(std::string_view end);
  // A whole answer; empty: the server has closed.
  std::string read_answer();
  // Whether the server closes, and says no more before.
  bool is_closed();

 private:
  io::Fd fd_;
};

// The worker's end of a control channel. It has said hello.
class Worker {
 public:
  Worker(const std::string& data, control::WorkerNumber number);

  void say(const control::FromWorker& message);
  // The next order; nullopt: signaling has closed the channel.
  std::optional<control::ToWorker> hear();
  // The next order of this kind.
  template <typename Order>
  std::optional<Order> await() {
    while (const auto order = hear()) {
      if (const auto* wanted = std::get_if<Order>(&*order)) {
        return *wanted;
      }
    }
    return std::nullopt;
  }
  void close() { fd_.reset(); }

 private:
  io::Fd fd_;
};

}  // namespace lectern::server
