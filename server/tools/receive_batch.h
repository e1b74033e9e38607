// Many messages by one recvmmsg, and each cut into the datagrams that UDP GRO joined in it.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "server/tools/socket_address.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lectern::tools {

class ReceiveBatch {
 public:
  // `messages`: read by one call at most. Takes 64 KiB of address space for each, the most that GRO
  // joins; pages that nothing was ever written to take no memory.
  explicit ReceiveBatch(size_t messages);

  // What waits at `fd`, without waiting. 0, or the error when nothing was read: EAGAIN or worse.
  [[nodiscard]] int receive(int fd);
  // Of the last receive().
  [[nodiscard]] size_t count() const { return count_; }
  [[nodiscard]] bool is_full() const { return count_ == headers_.size(); }

  struct Datagram {
    Endpoint from;
    // The IPv4 address that it was sent to, without port, where the socket asks for IP_PKTINFO.
    Endpoint to;
    // The wall clock, since the epoch, when the kernel had it, where the socket asks for
    // SO_TIMESTAMPNS; else zero.
    Duration arrived;
    MutableBytes bytes;
  };
  // take(datagram) for each of the last receive().
  template <typename Take>
  void for_each(Take&& take) {
    for (size_t i = 0; i < count_; ++i) {
      const Message message = read(i);
      MutableBytes rest = message.bytes;
      while (!rest.empty()) {
        const size_t part = std::min(message.segment, rest.size());
        take(Datagram{message.from, message.to, message.arrived, rest.first(part)});
        rest = rest.subspan(part);
      }
    }
  }

 private:
  static constexpr size_t kMessageSize = 65536;
  static constexpr size_t kControlSize = 96;  // IP_PKTINFO, UDP_GRO, SO_TIMESTAMPNS

  struct Message {
    Endpoint from;
    Endpoint to;
    Duration arrived;
    MutableBytes bytes;
    size_t segment = 0;
  };
  [[nodiscard]] Message read(size_t index);
  void make_room(size_t index);

  std::unique_ptr<uint8_t[]> bytes_;
  std::vector<mmsghdr> headers_;
  std::vector<iovec> vectors_;
  std::vector<SocketAddress> addresses_;
  struct alignas(cmsghdr) Control {
    std::array<char, kControlSize> bytes;
  };
  std::vector<Control> controls_;
  size_t count_ = 0;
};

}  // namespace lectern::tools
