// Endpoints as the system's socket calls want them, and the control messages that come with what is
// received.
#pragma once

#include "base/endpoint.h"

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace lectern::tools {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint);
[[nodiscard]] Endpoint to_endpoint(const SocketAddress& address);

// A wish: the socket works, slower, without it.
void wish_option(int fd, int level, int name, int value);

// Datagrams that the kernel threw away because this socket was full; a message that UDP GRO keeps
// whole is one.
[[nodiscard]] uint64_t dropped_at(int fd);

// How the kernel cut what UDP GRO joined: the size of each datagram but the last. `whole`: of all
// that was received, which is the answer when nothing was joined.
[[nodiscard]] std::size_t segment_size(msghdr& header, std::size_t whole);

}  // namespace lectern::tools
