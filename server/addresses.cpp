#include "server/addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace lectern::server {
namespace {

bool is_link_local(const Endpoint& endpoint) {
  const auto& address = endpoint.address;
  return endpoint.is_v4() ? address[12] == 169 && address[13] == 254
                          : address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

std::vector<Endpoint> interface_addresses(std::uint16_t port) {
  std::vector<Endpoint> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return found;
  }
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    Endpoint endpoint;
    if (entry->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 address{};
      std::memcpy(&address, entry->ifa_addr, sizeof(address));
      std::memcpy(endpoint.address.data(), &address.sin6_addr, 16);
      endpoint.port = port;
    } else if (entry->ifa_addr->sa_family == AF_INET) {
      sockaddr_in address{};
      std::memcpy(&address, entry->ifa_addr, sizeof(address));
      const std::uint32_t bits = ntohl(address.sin_addr.s_addr);
      endpoint = Endpoint::v4(bits >> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff, port);
    } else {
      continue;
    }
    if (!endpoint.is_loopback() && !is_link_local(endpoint)) {
      found.push_back(endpoint);
    }
  }
  freeifaddrs(list);
  return found;
}

}  // namespace

std::vector<Endpoint> media_endpoints(const std::vector<std::string>& announce, std::uint16_t port,
                                      bool with_loopback) {
  std::vector<Endpoint> endpoints;
  for (const std::string& address : announce) {
    if (const auto endpoint = Endpoint::parse(address, port)) {
      endpoints.push_back(*endpoint);
    }
  }
  if (!endpoints.empty()) {
    return endpoints;
  }
  endpoints = interface_addresses(port);
  std::ranges::stable_partition(endpoints, &Endpoint::is_v4);
  if (with_loopback || endpoints.empty()) {
    endpoints.push_back(Endpoint::v4(127, 0, 0, 1, port));
  }
  return endpoints;
}

}  // namespace lectern::server
