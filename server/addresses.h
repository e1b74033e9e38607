// The machine's own addresses, for candidates.
#pragma once

#include "base/endpoint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lectern::server {

// The host candidates of a media port. `announce`: addresses in the configuration; when empty, all
// addresses of interfaces that are up, IPv4 first, without loopback and link-local ones, and
// 127.0.0.1 after them when `with_loopback` or when there is no other.
[[nodiscard]] std::vector<Endpoint> media_endpoints(const std::vector<std::string>& announce,
                                                    std::uint16_t port, bool with_loopback);

}  // namespace lectern::server
