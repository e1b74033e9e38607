// The state of one HTTP exchange and of one WebSocket of a WebListener. libwebsockets keeps a
// pointer to one of them per connection.
#pragma once

#include "server/io/web_types.h"

#include <libwebsockets.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace lectern::io {

struct WebExchange {
  ExchangeId id = 0;
  lws* connection = nullptr;
  WebRequest request{};
  bool is_head = false;
  bool is_dispatched = false;
  bool is_body_too_long = false;
  bool is_answered = false;
  bool is_head_sent = false;
  std::size_t body_sent = 0;
  WebResponse response{};
};

struct WebSocket {
  SocketId id = 0;
  lws* connection = nullptr;
  std::string partial{};  // fragments of the message that is coming in
  std::deque<std::shared_ptr<const std::string>> queue{};
  std::size_t queued_bytes = 0;
  bool is_closing = false;
  bool is_close_sent = false;
  std::uint16_t close_code = 0;
  std::string close_reason{};
};

// The per-connection memory that libwebsockets gives us, zeroed.
template <typename State>
struct ConnectionSlot {
  State* state;
};

}  // namespace lectern::io
