#include "server/watched_listener.h"

#include "server/log.h"
#include "server/system.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace lectern::server {

WatchedListener::WatchedListener(io::UvLoop& loop, std::string name, std::filesystem::path path,
                                 std::function<void(io::Fd)> on_connection)
    : loop_(loop),
      name_(std::move(name)),
      path_(std::move(path)),
      on_connection_(std::move(on_connection)),
      look_(loop, [this] { look_after_socket(); }) {}

Result<void> WatchedListener::listen() {
  if (auto made = make_socket(); !made) {
    return made;
  }
  look_.arm_repeating(Duration::seconds(1));
  return {};
}

Result<void> WatchedListener::make_socket() {
  if (auto made = make_private_folder(path_.parent_path()); !made) {
    return made;
  }
  auto socket = io::UnixListener::listen(path_);
  if (!socket) {
    const std::error_code reason = socket.error().code;
    if (reason.value() != EADDRINUSE) {
      return error("the " + name_ + " socket " + path_.string() +
                   " cannot be made: " + reason.message());
    }
    return error("another server uses the folder " + path_.parent_path().parent_path().string() +
                 " (" + socket.error().context + "); choose another with --data");
  }
  listener_ = std::make_unique<io::UnixListener>(
      loop_, *std::move(socket),
      [this](io::Fd connection) { on_connection_(std::move(connection)); });
  return {};
}

void WatchedListener::look_after_socket() {
  std::error_code ignored;
  if (std::filesystem::exists(path_, ignored)) {
    return;
  }
  const auto made = make_socket();
  log::warn(name_ + ".vanished",
            {{"path", path_.string()}, {"now", made ? "made anew" : made.error().context}});
}

}  // namespace lectern::server
