#include "server/io/unix_channel.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lectern::io {
namespace {

constexpr int kBacklog = 64;
constexpr Duration kPause = Duration::milliseconds(100);  // when no descriptor is left

Error error_of(int number, const std::filesystem::path& path) {
  return Error{std::error_code(number, std::generic_category()), path.string()};
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) {
    return std::unexpected(error_of(ENAMETOOLONG, path));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

Fd seqpacket_socket() {
  return Fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

UnixChannel::UnixChannel(UvLoop& loop, Fd socket, std::size_t max_record, Handlers handlers)
    : socket_(std::move(socket)),
      handlers_(std::move(handlers)),
      buffer_(max_record),
      poll_(loop, socket_.number(), [this](bool readable, bool writable) {
        if (writable && is_open()) {
          flush();
        }
        if (readable && is_open()) {
          on_readable();
        }
      }) {
  poll_.watch(true, false);
}

Result<Fd> UnixChannel::connect(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (!address) {
    return std::unexpected(address.error());
  }
  Fd socket = seqpacket_socket();
  if (!socket || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address),
                           sizeof(*address)) != 0) {
    return std::unexpected(error_of(errno, path));
  }
  return socket;
}

void UnixChannel::send(std::string record) {
  if (!is_open()) {
    return;
  }
  queued_bytes_ += record.size();
  queue_.push_back(std::move(record));
  if (queued_bytes_ > kMaxQueuedBytes) {
    close();
  } else if (queue_.size() == 1) {
    flush();
  }
}

void UnixChannel::close() {
  if (!is_open()) {
    return;
  }
  poll_.watch(false, false);
  socket_.reset();
  queue_.clear();
  queued_bytes_ = 0;
  handlers_.on_closed();
}

void UnixChannel::flush() {
  while (!queue_.empty()) {
    const std::string& record = queue_.front();
    const ssize_t sent =
        ::send(socket_.number(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
      watch_for_room(true);
      return;
    }
    if (sent < 0) {
      close();
      return;
    }
    queued_bytes_ -= record.size();
    queue_.pop_front();
  }
  watch_for_room(false);
}

void UnixChannel::watch_for_room(bool wanted) {
  // A change of what is watched is a system call or two; most records find room at once.
  if (std::exchange(watches_for_room_, wanted) != wanted) {
    poll_.watch(true, wanted);
  }
}

void UnixChannel::on_readable() {
  // What is left is heard in the loop's next turn: others want to be served in between.
  for (int heard = 0; heard < kMaxRecordsPerTurn && is_open(); ++heard) {
    const ssize_t size =
        recv(socket_.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0 && errno == EAGAIN) {
      return;
    }
    // MSG_TRUNC makes recv return the record's true size.
    if (size <= 0 || static_cast<std::size_t>(size) > buffer_.size()) {
      close();
      return;
    }
    handlers_.on_record(std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
  }
}

Result<Fd> UnixListener::listen(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (!address) {
    return std::unexpected(address.error());
  }
  if (UnixChannel::connect(path)) {
    return std::unexpected(error_of(EADDRINUSE, path));
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  Fd socket = seqpacket_socket();
  if (!socket ||
      bind(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0 ||
      ::listen(socket.number(), kBacklog) != 0) {
    return std::unexpected(error_of(errno, path));
  }
  return socket;
}

UnixListener::UnixListener(UvLoop& loop, Fd listening, std::function<void(Fd)> on_connection)
    : listening_(std::move(listening)),
      on_connection_(std::move(on_connection)),
      poll_(loop, listening_.number(), [this](bool, bool) { accept_all(); }),
      resumer_(loop, [this] { poll_.watch(true, false); }) {
  poll_.watch(true, false);
}

void UnixListener::accept_all() {
  for (;;) {
    Fd connection(accept4(listening_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      on_connection_(std::move(connection));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The socket stays readable: asked again at once, the loop would spin.
      poll_.watch(false, false);
      return resumer_.arm(kPause);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

}  // namespace lectern::io
