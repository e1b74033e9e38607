#include "server/port_probe.h"

#include "server/io/tcp_listen.h"
#include "server/io/udp_socket.h"

#include <string>
#include <string_view>
#include <system_error>

namespace lectern::server {
namespace {

// What an opened socket says, which is closed right away.
template <typename Socket>
std::error_code failure_of(const Result<Socket>& socket) {
  return socket ? std::error_code() : socket.error().code;
}

void add_fault(std::error_code failure, std::string name, const std::string& address,
               std::string_view flag, std::vector<std::string>& faults) {
  name += address.empty() ? "" : " of " + address;
  if (!failure) {
    return;
  }
  if (failure == std::errc::address_not_available) {
    faults.push_back(name + " cannot be used: " + address + " is no address of this machine");
    return;
  }
  const bool is_in_use = failure == std::errc::address_in_use;
  faults.push_back(name +
                   (is_in_use ? " is in use" : " cannot be used (" + failure.message() + ")") +
                   ": choose another with " + std::string(flag));
}

void probe_tcp(const std::string& address, std::uint32_t port, std::string_view flag,
               std::vector<std::string>& faults) {
  add_fault(failure_of(io::listen_tcp(address, static_cast<std::uint16_t>(port))),
            "TCP port " + std::to_string(port), address, flag, faults);
}

void probe_udp(std::uint32_t port, std::string_view flag, std::vector<std::string>& faults) {
  add_fault(failure_of(io::UdpSocket::open_any(static_cast<std::uint16_t>(port))),
            "UDP port " + std::to_string(port), {}, flag, faults);
}

}  // namespace

std::vector<std::string> taken_ports(const ServeConfig& config) {
  std::vector<std::string> faults;
  probe_tcp(config.web.listen, config.web.port, "--port", faults);
  if (config.web.metrics_port != 0) {
    probe_tcp(config.web.metrics_listen, config.web.metrics_port, "--metrics-port", faults);
  }
  for (std::uint32_t worker = 0; worker < config.media_workers; ++worker) {
    probe_udp(config.media.media_port + worker, "--media-port", faults);
  }
  return faults;
}

}  // namespace lectern::server
