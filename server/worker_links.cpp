#include "server/worker_links.h"

#include "media/control/codec.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/system.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace lectern::server {

WorkerLinks::WorkerLinks(io::UvLoop& loop, std::string data, Handlers handlers)
    : loop_(loop),
      data_(std::move(data)),
      handlers_(std::move(handlers)),
      look_(loop, [this] { look_after_socket(); }) {}

Result<void> WorkerLinks::listen() {
  if (auto fits = check_control_socket(data_); !fits) {
    return fits;
  }
  if (auto made = make_socket(); !made) {
    return made;
  }
  look_.arm_repeating(Duration::seconds(1));
  return {};
}

Result<void> WorkerLinks::make_socket() {
  const auto path = control_socket(data_);
  if (auto made = make_private_folder(path.parent_path()); !made) {
    return made;
  }
  auto socket = io::UnixListener::listen(path);
  if (!socket) {
    const std::error_code reason = socket.error().code;
    if (reason.value() != EADDRINUSE) {
      return error("the control socket " + path.string() + " cannot be made: " + reason.message());
    }
    return error("another server uses the folder " + data_ + " (" + socket.error().context +
                 "); choose another with --data");
  }
  listener_ = std::make_unique<io::UnixListener>(
      loop_, *std::move(socket), [this](io::Fd connection) { accept(std::move(connection)); });
  return {};
}

// A cleaner of old files, or of a folder, may take the socket's: no worker that starts then would
// find it.
void WorkerLinks::look_after_socket() {
  std::error_code ignored;
  if (std::filesystem::exists(control_socket(data_), ignored)) {
    return;
  }
  const auto made = make_socket();
  log::warn("control.vanished", {{"path", control_socket(data_).string()},
                                 {"now", made ? "made anew" : made.error().context}});
}

void WorkerLinks::accept(io::Fd connection) {
  const signaling::WorkerId link(++last_link_);
  channels_[link] = std::make_unique<io::UnixChannel>(
      loop_, std::move(connection), control::kMaxRecord,
      io::UnixChannel::Handlers{
          .on_record = [this, link](std::string_view record) { on_record(link, record); },
          .on_closed =
              [this, link] {
                closed_.push_back(link);
                handlers_.on_closed();
              }});
  handlers_.on_connected(link);
}

void WorkerLinks::on_record(signaling::WorkerId link, std::string_view record) {
  auto message = control::decode_from_worker(record);
  if (!message && message.error() == ParseError::kUnsupported) {
    // A newer worker may say more than this process knows.
    return log::debug("control.unknown", {{"link", link.value()}, {"bytes", record.size()}});
  }
  if (!message) {
    log::warn("control.malformed", {{"link", link.value()}, {"bytes", record.size()}});
    return close(link);
  }
  handlers_.on_message(link, *std::move(message));
}

void WorkerLinks::send(signaling::WorkerId link, const control::ToWorker& message) {
  if (const auto found = channels_.find(link); found != channels_.end()) {
    found->second->send(control::encode(message));
  }
}

void WorkerLinks::close(signaling::WorkerId link) {
  if (const auto found = channels_.find(link); found != channels_.end()) {
    found->second->close();
  }
}

std::vector<signaling::WorkerId> WorkerLinks::take_closed() {
  for (const signaling::WorkerId link : closed_) {
    channels_.erase(link);
  }
  return std::exchange(closed_, {});
}

}  // namespace lectern::server
