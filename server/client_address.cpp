#include "server/client_address.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace lectern::server {
namespace {

// RFC 7239, RFC 9110 section 7.6.3, and what proxies say without an RFC.
constexpr std::array<std::string_view, 8> kProxyHeaders = {
    "forwarded",         "via",       "x-forwarded-for",    "x-forwarded-host",
    "x-forwarded-proto", "x-real-ip", "x-forwarded-server", "x-forwarded-port"};

// `192.0.2.1`, `2001:db8::1`, also with a port as some proxies write it.
std::optional<Endpoint> parse_address(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return std::nullopt;
  }
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  const auto bare = Endpoint::parse(text, 0);
  return bare ? bare : Endpoint::parse_with_port(text);
}

}  // namespace

bool is_forwarded(const io::WebRequest& request) {
  return request.is_1_0 || std::ranges::any_of(kProxyHeaders, [&request](std::string_view name) {
           return request.find_header(name) != nullptr;
         });
}

TrustedProxies::TrustedProxies(const std::vector<std::string>& named) {
  for (const std::string& text : named) {
    if (const auto address = Endpoint::parse(text, 0)) {
      named_.push_back(*address);
    }
  }
}

bool TrustedProxies::contains(const Endpoint& peer) const {
  return peer.is_loopback() ||
         std::ranges::find(named_, peer.address, &Endpoint::address) != named_.end();
}

Endpoint TrustedProxies::client_of(const io::WebRequest& request) const {
  Endpoint client = request.remote;
  std::string_view list = request.header("x-forwarded-for");
  while (!list.empty() && contains(client)) {
    const auto comma = list.rfind(',');
    const auto before =
        parse_address(comma == std::string_view::npos ? list : list.substr(comma + 1));
    if (!before) {
      break;
    }
    client = *before;
    list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

}  // namespace lectern::server
