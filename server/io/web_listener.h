// HTTP and WebSockets on one port: libwebsockets 4.1 on the process's own uv loop.
//
// Left out on purpose: HTTP/2 (ALPN offers http/1.1 only: WebSockets over h2 take other paths in
// 4.1), permessage-deflate (compressed once per client), request bodies without a length. What to
// answer is the WebHandler's business.
//
// Bounds: request bodies and WebSocket messages have a stated size; a WebSocket that does not read
// is closed when its queue is full, because a page comes back by itself and catches up.
#pragma once

#include "base/result.h"
#include "server/io/uv_loop.h"
#include "server/io/web_types.h"

#include <libwebsockets.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::io {

struct WebExchange;
struct WebSocket;

struct WebOptions {
  std::string address{};      // to listen on; empty: all, both families
  std::uint16_t port = 0;     // TCP
  std::string certificate{};  // PEM file with the chain; empty: plain HTTP
  std::string private_key{};  // PEM file
  std::string subprotocol{};  // of WebSockets; empty: none are taken
  std::string socket_path = "/ws";
  std::size_t max_body = 16 * 1024;
  std::size_t max_message = 64 * 1024;
  std::size_t max_queued = 256 * 1024;  // bytes waiting for one WebSocket
};

struct WebCounters {
  std::map<int, std::uint64_t> responses;  // by status
  std::uint64_t sockets_open = 0;
  std::uint64_t sockets_opened = 0;
  std::uint64_t sockets_too_slow = 0;  // closed over max_queued
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
};

class WebListener {
 public:
  WebListener(WebOptions options, WebHandler& handler);
  ~WebListener();
  WebListener(const WebListener&) = delete;
  WebListener& operator=(const WebListener&) = delete;

  // Answers an exchange. Without effect when the client has gone.
  void respond(ExchangeId id, WebResponse response);
  // Queues one text message. Without effect when the socket is closed or closing.
  void send(SocketId id, std::shared_ptr<const std::string> message);
  // Closes with a WebSocket code (RFC 6455 §7.4) after what is queued.
  void close(SocketId id, std::uint16_t code, std::string reason);

  [[nodiscard]] const WebCounters& counters() const { return counters_; }

 private:
  friend class WebContext;

  static int on_http_event(lws* connection, lws_callback_reasons reason, void* slot, void* in,
                           std::size_t size);
  static int on_socket_event(lws* connection, lws_callback_reasons reason, void* slot, void* in,
                             std::size_t size);

  // A port with a certificate serves nothing in the clear.
  [[nodiscard]] bool is_refused(const WebRequest& request) const {
    return !options_.certificate.empty() && !request.is_tls;
  }
  // Each returns what libwebsockets is to do: 0 go on, -1 close the connection.
  int begin_exchange(lws* connection, WebExchange*& exchange, std::string_view path);
  void append_body(WebExchange& exchange, std::string_view bytes);
  void dispatch(WebExchange& exchange);
  int write_response(lws* connection, WebExchange*& exchange);
  void end_exchange(WebExchange*& exchange);

  bool admits(lws* connection);
  void open_socket(lws* connection, WebSocket*& socket);
  int read_socket(lws* connection, WebSocket& socket, std::string_view piece);
  int write_socket(lws* connection, WebSocket& socket);
  int write_close_frame(lws* connection, const WebSocket& socket);
  void end_socket(WebSocket*& socket);

  WebOptions options_;
  WebHandler* handler_;  // null once the listener is being taken down
  std::array<lws_protocols, 3> protocols_{};
  std::uint64_t last_id_ = 0;
  std::unordered_map<ExchangeId, WebExchange*> exchanges_;
  std::unordered_map<SocketId, WebSocket*> sockets_;
  std::vector<unsigned char> scratch_;  // LWS_PRE bytes, then what is written
  WebCounters counters_;
};

// The libwebsockets context of a process and its listeners.
class WebContext {
 public:
  explicit WebContext(UvLoop& loop);
  ~WebContext();
  WebContext(const WebContext&) = delete;
  WebContext& operator=(const WebContext&) = delete;

  // Listens. The listener lives as long as this context, and so must `handler`. Errors: the port is
  // taken or not allowed, the certificate cannot be used.
  [[nodiscard]] Result<WebListener*> listen(WebOptions options, WebHandler& handler);

 private:
  std::vector<std::unique_ptr<WebListener>> listeners_;
  uv_loop_t* loop_;
  lws_context* context_ = nullptr;
};

}  // namespace lectern::io
