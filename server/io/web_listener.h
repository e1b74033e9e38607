// HTTP and WebSockets on one port. Who does what:
//
//   tcp_listen, this class   listening, who is let in
//   ClientPlaces             who is given up when room is short
//   libwebsockets 4.1        (role raw-skt) the sockets on the process's uv loop, the handshake
//                            of TLS, reading; web_transport.cpp is the only file that calls it
//   WebConnection            HTTP/1.1 and WebSocket, as their RFCs say; knows no socket
//
// docs/decisions/0010 says why the HTTP and the WebSockets of libwebsockets 4.1 are not used. Left
// out on purpose: HTTP/2, permessage-deflate (compressed once per client). What to answer is the
// WebHandler's business.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "server/io/client_places.h"
#include "server/io/fd.h"
#include "server/io/uv_loop.h"
#include "server/io/web_connection.h"
#include "server/io/web_types.h"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct lws;

namespace lectern::io {

class WebTransport;
struct WebClient;

// How many clients a listener can have: `wanted`, or what the descriptors of this process allow.
[[nodiscard]] std::size_t client_bound(std::size_t wanted);

struct WebOptions {
  std::string address{};      // to listen on; empty: all, both families
  std::uint16_t port = 0;     // TCP
  std::string certificate{};  // PEM file with the chain; empty: plain HTTP
  std::string private_key{};  // PEM file
  ConnectionRules rules{};
  // Connections at one time. What the process may open less a reserve bounds them too.
  std::size_t max_clients = 20'000;
  // From one address, or one /64 of IPv6. A school of 700 behind one address has a WebSocket and up
  // to six connections for requests each.
  std::size_t max_clients_per_address = 6'000;
  // Proxies, each of which brings the connections of many people: their addresses have no bound of
  // their own. Empty: nobody is one.
  std::function<bool(const Endpoint&)> is_proxy{};
  // What an audience is told within this time goes out together. Zero: within a turn of the loop.
  Duration window = Duration::zero();
};

class WebListener final : private WebConnection::Owner {
 public:
  ~WebListener() override;
  WebListener(const WebListener&) = delete;
  WebListener& operator=(const WebListener&) = delete;

  // Answers an exchange. Without effect when the client has gone.
  void respond(ExchangeId id, WebResponse response);
  // Queues a frame. Without effect when the socket is closed or closing.
  void send(SocketId id, const Frame& frame);
  // The socket hears what is sent to this audience from now on, and no more what is sent to the one
  // that it had in this place (below kAudiencesPerSocket).
  void join(SocketId id, std::size_t place, const std::string& audience);
  // A frame for everybody in the audience, in the order of these calls; what is sent to one socket
  // alone may come before. Cost: that of one write a reader and WebOptions::window.
  void send_to(std::string_view audience, Frame frame);
  // Closes with a WebSocket code (RFC 6455 section 7.4) after what is queued.
  void close(SocketId id, std::uint16_t code, std::string_view reason);

  // Messages of this socket may have so many bytes from now on; before, those of ConnectionRules.
  void allow_messages(SocketId id, std::size_t max_bytes);

  // Reads the certificate and key files again; handshakes from now on use them, connections that
  // stand go on. Errors: what is wrong with the files, and the old ones stay.
  [[nodiscard]] Result<void> reload_certificate();

  // The way to an end: nobody new comes in, each exchange that runs is finished and its connection
  // closed. WebSockets go on until close().
  void stop_accepting();
  [[nodiscard]] bool is_empty() const { return clients_.empty(); }

  [[nodiscard]] const WebCounters& counters() const { return counters_; }

 private:
  friend class WebContext;
  friend class WebTransport;

  WebListener(UvLoop& loop, WebOptions options, WebHandler& handler);

  void on_request(WebConnection& from, WebRequest request) override;
  bool admits_socket(const WebRequest& handshake) override;
  void on_socket_open(WebConnection& from, WebRequest handshake) override;
  void on_socket_text(WebConnection& from, std::string_view message) override;
  void on_socket_binary(WebConnection& from, std::string_view message) override;
  void on_socket_caught_up(WebConnection& from) override;
  void on_socket_closed(WebConnection& from) override;
  void on_refused(std::string_view reason) override;
  void on_answered(int status) override;
  [[nodiscard]] std::string_view date() const override;

  void start(Fd listening, std::unique_ptr<WebTransport> transport);
  void accept_clients();
  void accept_one(Fd fd, const Endpoint& remote);
  [[nodiscard]] std::string address_key(const Endpoint& remote) const;
  [[nodiscard]] bool has_its_share(const std::string& address_key) const;
  [[nodiscard]] bool make_room(const std::string& address_key);
  void pause_accepting();
  void doom(WebClient& client);
  void log_crowded(std::string_view why);

  // What the transport tells.
  WebClient& begin(lws* handle);
  void end(WebClient& client);
  // After anything happened to a connection from outside of its transport's callbacks.
  void touch(WebClient& client);
  void place(WebClient& client);
  void sweep();
  void reap();
  void deliver(WebClient& client, const Flight& flight, std::size_t skip);
  void work_off();
  void arm_worker();

  UvLoop& loop_;
  WebOptions options_;
  WebHandler* handler_;  // null once the listener is being taken down
  std::unique_ptr<WebTransport> transport_;
  Fd listening_{};
  std::unique_ptr<UvPoll> poll_{};
  UvTimer sweeper_;
  Instant swept_at_;
  UvTimer reaper_;   // ends what cannot be ended where it is found out
  UvTimer resumer_;  // accepts again after descriptors ran out
  std::size_t max_clients_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<WebClient>> clients_;
  std::unordered_map<ExchangeId, WebClient*> exchanges_{};
  ClientPlaces places_{};
  std::vector<std::uint64_t> doomed_{};
  Endpoint arriving_{};  // whom begin() is about
  std::string arriving_key_{};
  std::optional<WebResponse> turning_away_{};  // what the arriving one is told, if it is
  mutable std::string date_{};
  mutable std::time_t dated_ = 0;
  ConnectionRules::Pool pool_{};
  Audiences audiences_;
  UvTimer worker_;  // hands out what audiences are told
  std::optional<Instant> crowded_said_{};
  WebCounters counters_;
};

}  // namespace lectern::io
