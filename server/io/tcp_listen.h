// A listening TCP socket.
#pragma once

#include "base/result.h"
#include "server/io/fd.h"

#include <cstdint>
#include <string>

namespace lectern::io {

// Bound to exactly that address: an IPv4 or IPv6 literal; empty or `::`: all addresses of both
// families. Errors: a sentence with the port, and the system's code.
[[nodiscard]] Result<Fd> listen_tcp(const std::string& address, std::uint16_t port);

}  // namespace lectern::io
