#include "bench/limit/receivers.h"

#include "bench/limit/slices.h"
#include "server/tools/receive_batch.h"
#include "server/tools/socket_address.h"

#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace lectern::bench {
namespace {

// Dropping, a socket's lock is what senders meet: many sockets. Draining, a reader's calls are.
constexpr size_t kDroppingSockets = 500;
constexpr size_t kDrainedSockets = 4;
constexpr int kSmallBuffer = 256;
constexpr int kLargeBuffer = 4 * 1024 * 1024;
constexpr size_t kReads = 64;
constexpr int kIdleMs = 1;
constexpr uint32_t kFirstAddress = 0x7f010001;  // 127.1.0.1

}  // namespace

Receivers::Receivers(size_t count, Mode mode, int core) : mode_(mode) {
  open(std::min(count, mode == Mode::kDrop ? kDroppingSockets : kDrainedSockets), mode);
  for (size_t i = 0; i < count; ++i) {
    const io::Fd& socket = sockets_[i % sockets_.size()];
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size);
    const uint32_t bits = kFirstAddress + static_cast<uint32_t>(i / sockets_.size());
    address.sin_addr.s_addr = htonl(bits);
    addresses_.push_back(address);
    endpoints_.push_back(Endpoint::v4(bits >> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff,
                                      ntohs(address.sin_port)));
  }
  if (mode != Mode::kDrop)
    thread_ = std::jthread([this, core](const std::stop_token& stop) { drain(stop, core); });
}

void Receivers::open(size_t sockets, Mode mode) {
  for (size_t i = 0; i < sockets; ++i) {
    io::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    tools::wish_option(fd.number(), SOL_SOCKET, SO_RCVBUF,
                       mode == Mode::kDrop ? kSmallBuffer : kLargeBuffer);
    if (mode == Mode::kJoin) tools::wish_option(fd.number(), IPPROTO_UDP, UDP_GRO, 1);
    if (!fd || bind(fd.number(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0)
      throw std::system_error(errno, std::generic_category(), "a receiver's socket");
    sockets_.push_back(std::move(fd));
  }
}

uint64_t Receivers::missed() const {
  uint64_t missed = 0;
  if (mode_ == Mode::kDrop) return missed;
  for (const io::Fd& socket : sockets_) missed += tools::dropped_at(socket.number());
  return missed;
}

void Receivers::drain(const std::stop_token& stop, int core) {
  pin_to_core(core);
  tools::ReceiveBatch batch(kReads);
  std::vector<pollfd> polls;
  polls.reserve(sockets_.size());
  for (const io::Fd& socket : sockets_)
    polls.push_back({.fd = socket.number(), .events = POLLIN, .revents = 0});
  while (!stop.stop_requested()) {
    bool has_read = false;
    for (const io::Fd& socket : sockets_) has_read |= batch.receive(socket.number()) == 0;
    if (!has_read) poll(polls.data(), polls.size(), kIdleMs);
  }
}

}  // namespace lectern::bench
