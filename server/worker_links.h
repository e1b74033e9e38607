// The signaling process's links to its workers: the control socket that they come to, and one
// channel for each. What is said on a channel is media/control's messages; what they mean is the
// core's business.
//
// A channel that closes, perhaps while it is being written to, is not told from within: it waits in
// take_closed(), and `on_closed` says that there is something to take.
#pragma once

#include "base/result.h"
#include "media/control/messages.h"
#include "server/io/unix_channel.h"
#include "server/io/uv_loop.h"
#include "server/watched_listener.h"
#include "signaling/terms/events.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

class WorkerLinks {
 public:
  struct Handlers {
    std::function<void(signaling::WorkerId)> on_connected;
    std::function<void(signaling::WorkerId, control::FromWorker)> on_message;
    std::function<void()> on_closed;
  };

  // `data`: the folder that holds the control socket.
  WorkerLinks(io::UvLoop& loop, std::string data, Handlers handlers);

  // Makes the socket, and makes it anew when its file vanishes. Errors: one sentence that says what
  // stands in the way, and, where another server has the folder, what to change.
  [[nodiscard]] Result<void> listen();

  // Without effect on a link that has closed.
  void send(signaling::WorkerId link, const control::ToWorker& message);
  void close(signaling::WorkerId link);

  [[nodiscard]] bool has_closed() const { return !closed_.empty(); }
  // Forgets the links that have closed, and says which.
  [[nodiscard]] std::vector<signaling::WorkerId> take_closed();

 private:
  void accept(io::Fd connection);
  void on_record(signaling::WorkerId link, std::string_view record);

  io::UvLoop& loop_;
  std::string data_;
  Handlers handlers_;
  WatchedListener listener_;
  std::uint64_t last_link_ = 0;
  std::map<signaling::WorkerId, std::unique_ptr<io::UnixChannel>> channels_;
  std::vector<signaling::WorkerId> closed_;
};

}  // namespace lectern::server
