#include "server/io/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace lectern::io {
namespace {

bool takes_something(int fd) {
  pollfd query{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&query, 1, 0) == 1 && (query.revents & POLLOUT) != 0;
}

}  // namespace

LineWriter::LineWriter(int fd) : fd_(fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) {
    return;
  }
  is_socket_ = S_ISSOCK(status.st_mode);
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    // A description of our own: O_NONBLOCK on the inherited one would hold for every process that
    // shares it.
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    own_ = Fd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    may_block_ = !own_;
  }
}

bool LineWriter::write(std::string_view line) const {
  const int fd = own_ ? own_.number() : fd_;
  // The best that can be done without one: who shares the pipe may fill it in between.
  if (may_block_ && !takes_something(fd)) {
    return false;
  }
  const ssize_t size = is_socket_ ? send(fd, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : ::write(fd, line.data(), line.size());
  return size == static_cast<ssize_t>(line.size());
}

}  // namespace lectern::io
