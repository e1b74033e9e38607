// Who a request comes from when a proxy stands between: the bounds by address are for people, not
// for the proxy that all of them come through.
#pragma once

#include "base/endpoint.h"
#include "server/io/web_types.h"

#include <string>
#include <vector>

namespace lectern::server {

// Whether a proxy has spoken for somebody else, as far as it says so: such a request is not from
// this machine, whatever its peer and its Host are. HTTP/1.0 says so too: nginx hands requests on
// with it and without a header of its own, unless it is told otherwise.
[[nodiscard]] bool is_forwarded(const io::WebRequest& request);

// The proxies whose word is believed: those of this machine (loopback) and those that are named.
class TrustedProxies {
 public:
  // `named`: IP addresses. What is none is passed over; the configuration has refused it.
  explicit TrustedProxies(const std::vector<std::string>& named);

  [[nodiscard]] bool contains(const Endpoint& peer) const;
  // The peer, or, where that is one of these proxies, the last address in X-Forwarded-For that is
  // none. What stands before that address was written by the client and is not believed.
  [[nodiscard]] Endpoint client_of(const io::WebRequest& request) const;

 private:
  std::vector<Endpoint> named_;
};

}  // namespace lectern::server
