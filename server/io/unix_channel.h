// A local SOCK_SEQPACKET connection that carries whole records, and its listener. What the records
// mean is media/control's business.
//
// The outbound queue is bounded (kMaxQueuedBytes); a peer that does not read is closed, because
// nothing on this channel may be dropped and its users can rebuild their picture from a new Hello.
#pragma once

#include "base/result.h"
#include "server/io/fd.h"
#include "server/io/uv_loop.h"

#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::io {

class UnixChannel {
 public:
  // An offer costs 0.1 ms: a burst of them must not keep a loop from its other work.
  static constexpr int kMaxRecordsPerTurn = 8;
  static constexpr std::size_t kMaxQueuedBytes = 8 * 1024 * 1024;

  struct Handlers {
    std::function<void(std::string_view record)> on_record;
    // Once, when the peer has gone, has broken the rules or has not read. Also after close(). The
    // channel must outlive the call: destroy it later.
    std::function<void()> on_closed;
  };

  // `max_record`: bytes; a longer record from the peer closes the channel.
  UnixChannel(UvLoop& loop, Fd socket, std::size_t max_record, Handlers handlers);

  // Queues or sends one record. Without effect after the channel has closed.
  void send(std::string record);
  void close();
  [[nodiscard]] bool is_open() const { return static_cast<bool>(socket_); }

  // A connection to a listening path; ENOENT and ECONNREFUSED when nobody listens there yet.
  [[nodiscard]] static Result<Fd> connect(const std::filesystem::path& path);

 private:
  void on_readable();
  void flush();
  void watch_for_room(bool wanted);

  Fd socket_;
  Handlers handlers_;
  std::vector<char> buffer_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool watches_for_room_ = false;
  UvPoll poll_;
};

class UnixListener {
 public:
  // Listens on `path` (<= 107 bytes), replacing a socket file that a dead process left there.
  // Errors: EADDRINUSE when a living process listens there, ENAMETOOLONG, those of bind and listen.
  [[nodiscard]] static Result<Fd> listen(const std::filesystem::path& path);

  UnixListener(UvLoop& loop, Fd listening, std::function<void(Fd)> on_connection);

 private:
  void accept_all();

  Fd listening_;
  std::function<void(Fd)> on_connection_;
  UvPoll poll_;
  UvTimer resumer_;  // accepts again after descriptors ran out
};

}  // namespace lectern::io
