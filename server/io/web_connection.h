// One client of a WebListener, from its first byte to its last: HTTP/1.1 requests one after the
// other, or a WebSocket that began as one. Sans-IO: bytes and time come in, output is pulled, and
// what the client asks for goes to the Owner.
//
// Requests are answered in order because the next one is read only when the answer to the last has
// been written: bytes that are there already wait (at most one read of the socket), and nothing
// more is read meanwhile.
#pragma once

#include "base/time.h"
#include "server/io/frame.h"
#include "server/io/http_request_reader.h"
#include "server/io/output_queue.h"
#include "server/io/web_types.h"
#include "server/io/ws_frames.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::io {

// What bounds and shapes a connection; the same for all of a listener.
struct ConnectionRules {
  std::string subprotocol{};  // of WebSockets; empty: none are taken
  std::string socket_path = "/ws";
  // Taken off the front of a path (`/kelas`), for proxies that hand it on; empty: none.
  std::string public_path{};
  std::size_t max_body = 16 * 1024;
  std::size_t max_message = 8 * 1024;  // of a WebSocket until allow_messages()
  std::size_t max_queued = 64 * 1024;  // octets waiting for one WebSocket
  // What waits for all WebSockets of a listener together, and how much that may be.
  struct Pool {
    std::size_t used = 0;
    std::size_t most = 64 * 1024 * 1024;
    [[nodiscard]] bool takes(std::size_t octets) const { return used + octets <= most; }
  };
  Pool* pool = nullptr;  // null: without a bound
  bool has_tls = false;  // this port serves nothing in the clear
};

class WebConnection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // To be answered by respond(), now or later.
    virtual void on_request(WebConnection& from, WebRequest request) = 0;
    virtual bool admits_socket(const WebRequest& handshake) = 0;
    virtual void on_socket_open(WebConnection& from, WebRequest handshake) = 0;
    virtual void on_socket_text(WebConnection& from, std::string_view message) = 0;
    virtual void on_socket_binary(WebConnection& from, std::string_view message) = 0;
    // All that waited has been taken, but something had been left out: the client is to be told
    // anew how things are.
    virtual void on_socket_caught_up(WebConnection& from) = 0;
    // Once for each on_socket_open, unless the transport ends first.
    virtual void on_socket_closed(WebConnection& from) = 0;
    // A client was turned away or given up; `reason` is a label of the metrics.
    virtual void on_refused(std::string_view reason) = 0;
    virtual void on_answered(int status) = 0;
    [[nodiscard]] virtual std::string_view date() const = 0;
  };

  // `id` also draws this connection's place in the spread of the pings.
  WebConnection(std::uint64_t id, const ConnectionRules& rules, Owner& owner,
                const Endpoint& remote, Instant now);
  ~WebConnection();
  WebConnection(const WebConnection&) = delete;
  WebConnection& operator=(const WebConnection&) = delete;

  // ---- from the transport
  void handle_bytes(Instant now, std::string_view bytes);
  void handle_written(Instant now, std::size_t size);
  void handle_timeout(Instant now);
  // TLS stands (or never will): the time for a first request begins.
  void handle_opened(Instant now, bool is_tls);

  [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) const {
    return output_.gather(pieces);
  }
  [[nodiscard]] bool has_output() const { return !output_.empty(); }
  // Whether the socket is to be read at all.
  [[nodiscard]] bool wants_bytes() const;
  // True when all is written and our side of the connection is to be shut (FIN); then call
  // handle_shut_down(). The client may still read.
  [[nodiscard]] bool wants_shutdown() const;
  void handle_shut_down(Instant now);
  [[nodiscard]] bool is_over() const { return phase_ == Phase::kOver; }
  [[nodiscard]] Instant next_timeout() const;

  // ---- from the application
  void respond(Instant now, WebResponse response);
  // Queues a frame for the WebSocket, by its lane.
  void send(Instant now, const Frame& frame);
  // A frame (or several) of which the transport has taken `written` octets already. Only while
  // takes_at_once().
  void send_rest(Instant now, OutputQueue::Piece frames, std::size_t written);
  // Nothing waits before what is sent now.
  [[nodiscard]] bool takes_at_once() const {
    return phase_ == Phase::kSocket && output_.empty() && !is_behind_;
  }
  void close(Instant now, std::uint16_t code, std::string_view reason);
  // Messages of a WebSocket may have so many bytes from now on.
  void allow_messages(std::size_t max_bytes) { ws_.set_max_message(max_bytes); }
  // Every request is answered with this, and the connection ends.
  void turn_away(WebResponse answer);
  // No request after the present one.
  void drain(Instant now);
  void abort() { phase_ = Phase::kOver; }

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] bool is_socket() const { return phase_ == Phase::kSocket; }
  // A request that has begun and is not whole, or one that is still to come on a new connection.
  [[nodiscard]] bool is_unfinished() const;
  // Kept for the next request, or only there so that the client can read its answer.
  [[nodiscard]] bool is_idle() const;
  // Has an answer to read.
  [[nodiscard]] bool is_reading() const { return phase_ == Phase::kWriting; }
  // Since when it is unfinished, idle or reading.
  [[nodiscard]] Instant waiting_since() const { return waiting_since_; }

 private:
  enum class Phase : std::uint8_t {
    kOpening,
    kIdle,
    kHead,
    kBody,
    kAnswer,   // the application has the request
    kWriting,  // the answer is being written
    kSocket,
    kSocketClosing,  // our close frame is out, or about to be
    kLinger,         // the rest is written, then nothing but an end is awaited
    kOver,
  };

  void enter(Instant now, Phase phase);
  void go_on(Instant now);
  std::size_t read_http(Instant now, std::string_view bytes);
  void judge_head(Instant now);
  void dispatch(Instant now);
  void refuse(Instant now, std::string_view reason, WebResponse answer);
  void upgrade(Instant now, WebRequest handshake);
  void read_socket(Instant now, std::string_view bytes);
  void handle_frame(Instant now, WsFrameReader::Event event);
  void answer_ping(Instant now, std::string payload);
  void push_close(Instant now, std::string frame);
  void end_socket(Instant now, std::string frame);
  void push(Instant now, OutputQueue::Piece piece);
  // The next ping falls due this long after what has just been heard.
  [[nodiscard]] Duration ping_interval() const;
  void fall_behind();
  void catch_up(Instant now);
  void account();

  std::uint64_t id_;
  const ConnectionRules& rules_;
  Owner& owner_;
  Endpoint remote_;
  Phase phase_ = Phase::kOpening;
  bool is_tls_ = false;
  bool is_draining_ = false;
  bool is_head_request_ = false;
  bool keeps_ = true;  // the connection, after the present request
  bool has_answered_ = false;
  bool is_1_0_ = false;
  bool is_shut_down_ = false;
  bool is_pinged_ = false;
  Instant waiting_since_;
  Instant deadline_;  // of the phase
  Instant write_deadline_ = Instant::never();
  HttpRequestReader http_;
  WsFrameReader ws_;
  std::unique_ptr<WebResponse> turned_away_{};
  std::string held_{};                     // read, but not yet its turn
  std::optional<std::string> pong_due_{};  // the latest ping's payload, while an earlier pong waits
  std::weak_ptr<const std::string> pong_{};
  OutputQueue output_{};
  // What waits behind the queue: the newest of each key. Few have any.
  std::unique_ptr<std::vector<Frame>> newest_{};
  bool is_behind_ = false;     // something was left out since all had been taken
  std::size_t accounted_ = 0;  // of rules_.pool
};

}  // namespace lectern::io
