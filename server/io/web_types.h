// What the web listener hands to a process and gets back: HTTP exchanges and WebSockets as plain
// values, named by numbers that are never used twice, so that an answer may come late to a client
// that has gone.
#pragma once

#include "base/endpoint.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::io {

using ExchangeId = std::uint64_t;
// A WebSocket is in so many audiences at most.
inline constexpr std::size_t kAudiencesPerSocket = 2;

using SocketId = std::uint64_t;

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // names in lower case

struct WebRequest {
  std::string method;  // `GET`, `POST`...
  std::string path;    // percent-decoded, without the query
  std::string query;   // without `?`, percent-decoded piece by piece
  HeaderList headers;  // those that we know (http_request_reader.cpp) and the client sent
  std::string body;    // <= ConnectionRules::max_body
  Endpoint remote;
  bool is_1_0 = false;  // HTTP/1.0

  // Empty when absent. `name`: lower case.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    const std::string* const value = find_header(name);
    return value == nullptr ? std::string_view() : *value;
  }
  // Its value, which may be empty, or null where the client did not send it.
  [[nodiscard]] const std::string* find_header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &HeaderList::value_type::first);
    return found == headers.end() ? nullptr : &found->second;
  }
};

struct WebResponse {
  int status = 200;
  HeaderList headers{};                       // without content-length
  std::shared_ptr<const std::string> body{};  // null: none
  bool closes = false;                        // the connection ends after this answer
};

struct WebCounters {
  std::map<int, std::uint64_t> responses;                      // by status
  std::map<std::string, std::uint64_t, std::less<>> refusals;  // by reason
  std::uint64_t clients_open = 0;                              // connections
  std::uint64_t sockets_open = 0;
  std::uint64_t sockets_behind = 0;  // times that one did not keep up and was told anew
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;  // one for each reader
  std::uint64_t writes_out = 0;    // of messages to audiences
};

inline std::shared_ptr<const std::string> body_of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// The process's side of a listener. Called from the loop, never from within respond(), send() or
// close().
class WebHandler {
 public:
  virtual ~WebHandler() = default;

  // Any method that is a token (RFC 9110 section 9.1). To be answered by one respond(id), now or
  // later.
  virtual void on_request(ExchangeId id, WebRequest request) = 0;
  // The connection ended before the answer; respond(id) has no effect any more. A client that only
  // closes its end is not noticed before the answer is written.
  virtual void on_request_gone(ExchangeId id) = 0;

  // Whether this handshake (an ordinary request, no body) may become a WebSocket.
  virtual bool admits_socket(const WebRequest& handshake) = 0;
  virtual void on_socket_open(SocketId id, WebRequest handshake) = 0;
  virtual void on_socket_text(SocketId id, std::string_view message) = 0;
  virtual void on_socket_binary(SocketId id, std::string_view message) = 0;
  // A socket that did not keep up has taken what waited for it; what was left out is not sent
  // later, so the client is to be told anew how things are.
  virtual void on_socket_caught_up(SocketId id) = 0;
  virtual void on_socket_closed(SocketId id) = 0;

  // Clients were given up or turned away for lack of room; at most once a minute. `why`: a
  // sentence.
  virtual void on_crowded(std::string_view /*why*/) {}
};

}  // namespace lectern::io
