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

// A socket bound as the server will bind its own. 0, or the errno.
int try_to_bind(int kind, const sockaddr* address, socklen_t size) {
  const io::Fd fd(socket(address->sa_family, kind | SOCK_CLOEXEC, 0));
  if (!fd) {
    return errno;
  }
  const int on = 1;
  const int off = 0;
  if (address->sa_family == AF_INET6) {
    (void)setsockopt(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (kind == SOCK_STREAM) {
    // As the listener does: connections of a server that has just ended do not count.
    (void)setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  const bool is_bound =
      bind(fd.number(), address, size) == 0 && (kind != SOCK_STREAM || listen(fd.number(), 1) == 0);
  return is_bound ? 0 : errno;
}

int try_v4(int kind, const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  std::memcpy(&address.sin_addr, endpoint.address.data() + 12, 4);
  return try_to_bind(kind, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

int try_v6(int kind, const Endpoint& endpoint) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(endpoint.port);
  std::memcpy(&address.sin6_addr, endpoint.address.data(), 16);
  return try_to_bind(kind, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

// `address`: empty for all of the machine, in both families where it has both.
int try_address(int kind, const std::string& address, std::uint16_t port) {
  if (address.empty()) {
    const int failure = try_v6(kind, *Endpoint::parse("::", port));
    return failure == EAFNOSUPPORT ? try_v4(kind, Endpoint::v4(0, 0, 0, 0, port)) : failure;
  }
  const auto endpoint = Endpoint::parse(address, port);
  if (!endpoint) {
    return 0;  // a name or an interface: the listener says what is wrong with it
  }
  return endpoint->is_v4() ? try_v4(kind, *endpoint) : try_v6(kind, *endpoint);
}

void probe(int kind, const std::string& address, std::uint32_t port, std::string_view flag,
           std::vector<std::string>& faults) {
  const int failure = try_address(kind, address, static_cast<std::uint16_t>(port));
  if (failure == 0) {
    return;
  }
  const std::string name = (kind == SOCK_STREAM ? "TCP port " : "UDP port ") +
                           std::to_string(port) + (address.empty() ? "" : " of " + address);
  if (failure == EADDRNOTAVAIL) {
    faults.push_back(name + " cannot be used: " + address + " is no address of this machine");
    return;
  }
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
