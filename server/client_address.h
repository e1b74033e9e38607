// Who a request comes from when a proxy stands between: the bounds by address are for people, not
// for the proxy that all of them come through.
#pragma once

#include "base/endpoint.h"
#include "server/io/web_types.h"

#include <string>
#include <vector>

namespace lectern::server {

// Whether a proxy has spoken for somebody else, as far as it says so: such a request is not from
// this machine, whatever its peer and its Host are.
[[nodiscard]] bool is_forwarded(const io::WebRequest& request);

// A proxy of this machine (loopback) or one of `trusted` (IP addresses).
[[nodiscard]] bool is_trusted_proxy(const Endpoint& peer, const std::vector<std::string>& trusted);

// The peer, or, where that is a proxy we trust, the last address in X-Forwarded-For that is none.
// What stands before that address was written by the client and is not believed.
[[nodiscard]] Endpoint client_of(const io::WebRequest& request,
                                 const std::vector<std::string>& trusted);

}  // namespace lectern::server
