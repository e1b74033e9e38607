#include "server/io/tcp_listen.h"

#include "base/endpoint.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

namespace lectern::io {
namespace {

constexpr int kBacklog = 4096;  // a school that comes back at once; the kernel has its own bound

// What the kernel holds for one who reads slowly, which it otherwise lets grow to 4 MB. It keeps
// that after we have given a client up as well. The kernel doubles the figure for its own needs;
// what is left fills a link of 3 Mbit/s and 300 ms.
constexpr int kSendBuffer = 128 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress v4_address(const std::optional<Endpoint>& endpoint, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (endpoint) {
    std::memcpy(&v4.sin_addr, endpoint->address.data() + 12, sizeof(v4.sin_addr));
  }
  SocketAddress address{.size = sizeof(v4)};
  std::memcpy(&address.storage, &v4, sizeof(v4));
  return address;
}

SocketAddress v6_address(const std::optional<Endpoint>& endpoint, std::uint16_t port) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (endpoint) {
    std::memcpy(&v6.sin6_addr, endpoint->address.data(), sizeof(v6.sin6_addr));
  }
  SocketAddress address{.size = sizeof(v6)};
  std::memcpy(&address.storage, &v6, sizeof(v6));
  return address;
}

// 0, or the errno.
int open_listener(const SocketAddress& address, bool is_for_both, Fd& fd) {
  fd = Fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return errno;
  }
  const int on = 1;
  const int v6_only = is_for_both ? 0 : 1;
  // Connections of a server that has just ended do not count.
  (void)setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Connections have it from their listener.
  (void)setsockopt(fd.number(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof(kSendBuffer));
  if (address.storage.ss_family == AF_INET6) {
    (void)setsockopt(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
  }
  const auto* const bound = reinterpret_cast<const sockaddr*>(&address.storage);
  return bind(fd.number(), bound, address.size) == 0 && listen(fd.number(), kBacklog) == 0 ? 0
                                                                                           : errno;
}

}  // namespace

Result<Fd> listen_tcp(const std::string& address, std::uint16_t port) {
  std::optional<Endpoint> endpoint;
  if (!address.empty()) {
    endpoint = Endpoint::parse(address, port);
    if (!endpoint) {
      return error("`" + address + "` is not an IP address");
    }
  }
  const bool is_v4 = endpoint && endpoint->is_v4();
  const bool is_for_both = !endpoint || address == "::";
  Fd fd;
  int failure = open_listener(is_v4 ? v4_address(endpoint, port) : v6_address(endpoint, port),
                              is_for_both, fd);
  if (failure == EAFNOSUPPORT && is_for_both) {
    failure = open_listener(v4_address({}, port), false, fd);  // a machine without IPv6
  }
  if (failure != 0) {
    return error("TCP port " + std::to_string(port) + (address.empty() ? "" : " of " + address) +
                     " cannot be listened on (" + std::generic_category().message(failure) + ")",
                 std::error_code(failure, std::generic_category()));
  }
  return fd;
}

}  // namespace lectern::io
