// A listening socket of this server in its data folder: made in a folder of its own rights, and
// made anew when its file vanishes, since nobody who starts then would find it.
#pragma once

#include "base/result.h"
#include "server/io/unix_channel.h"
#include "server/io/uv_loop.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace lectern::server {

class WatchedListener {
 public:
  // `name`: of the socket, in sentences and log lines (`control`). `path`: <data>/run/<file>.
  WatchedListener(io::UvLoop& loop, std::string name, std::filesystem::path path,
                  std::function<void(io::Fd)> on_connection);

  // Errors: one sentence that says what stands in the way, and, where another server has the data
  // folder, what to change.
  [[nodiscard]] Result<void> listen();

 private:
  [[nodiscard]] Result<void> make_socket();
  void look_after_socket();

  io::UvLoop& loop_;
  std::string name_;
  std::filesystem::path path_;
  std::function<void(io::Fd)> on_connection_;
  std::unique_ptr<io::UnixListener> listener_;
  io::UvTimer look_;  // whether the socket's file is still there
};

}  // namespace lectern::server
