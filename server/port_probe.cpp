#include "server/port_probe.h"

#include "base/endpoint.h"
#include "server/io/fd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace lectern::server {
namespace {

// 0 when `kind` (SOCK_STREAM, SOCK_DGRAM) can be bound to the port, else the errno.
int try_to_bind(int kind, const std::string& address, std::uint16_t port) {
  const auto endpoint = Endpoint::parse(address.empty() ? "::" : address, port);
  sockaddr_in6 bound{};
  bound.sin6_family = AF_INET6;
  bound.sin6_port = htons(port);
  if (endpoint) {
    std::memcpy(&bound.sin6_addr, endpoint->address.data(), 16);
  }
  io::Fd fd(socket(AF_INET6, kind | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int off = 0;
  if (fd) {
    (void)setsockopt(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (kind == SOCK_STREAM) {
      // As the listener does: connections of a server that has just ended do not count.
      (void)setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    if (bind(fd.number(), reinterpret_cast<const sockaddr*>(&bound), sizeof(bound)) == 0 &&
        (kind != SOCK_STREAM || listen(fd.number(), 1) == 0)) {
      return 0;
    }
    return errno;
  }
  // Without IPv6 the same for IPv4.
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (endpoint) {
    std::memcpy(&v4.sin_addr, endpoint->address.data() + 12, 4);
  }
  fd = io::Fd(socket(AF_INET, kind | SOCK_CLOEXEC, 0));
  if (!fd) {
    return errno;
  }
  if (kind == SOCK_STREAM) {
    (void)setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  return bind(fd.number(), reinterpret_cast<const sockaddr*>(&v4), sizeof(v4)) == 0 ? 0 : errno;
}

void probe(int kind, const std::string& address, std::uint32_t port, std::string_view flag,
           std::vector<std::string>& faults) {
  const int failure = try_to_bind(kind, address, static_cast<std::uint16_t>(port));
  if (failure == 0) {
    return;
  }
  const std::string name = (kind == SOCK_STREAM ? "TCP port " : "UDP port ") + std::to_string(port);
  faults.push_back(failure == EADDRINUSE
                       ? name + " is in use: choose another with " + std::string(flag)
                       : name + " cannot be used (" + std::generic_category().message(failure) +
                             "): choose another with " + std::string(flag));
}

}  // namespace

std::vector<std::string> taken_ports(const ServeConfig& config) {
  std::vector<std::string> faults;
  probe(SOCK_STREAM, config.web.listen, config.web.port, "--port", faults);
  if (config.web.metrics_port != 0) {
    probe(SOCK_STREAM, config.web.metrics_listen, config.web.metrics_port, "--metrics-port",
          faults);
  }
  for (std::uint32_t worker = 0; worker < config.media_workers; ++worker) {
    probe(SOCK_DGRAM, {}, config.media.media_port + worker, "--media-port", faults);
  }
  return faults;
}

}  // namespace lectern::server
