#include "base/endpoint.h"

#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>

namespace lectern {

namespace {

constexpr std::array<uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Endpoint Endpoint::v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
  Endpoint endpoint;
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), endpoint.address.begin());
  endpoint.address[12] = a;
  endpoint.address[13] = b;
  endpoint.address[14] = c;
  endpoint.address[15] = d;
  endpoint.port = port;
  return endpoint;
}

std::optional<Endpoint> Endpoint::parse(std::string_view address, uint16_t port) {
  const std::string text(address);
  Endpoint endpoint;
  endpoint.port = port;
  if (inet_pton(AF_INET6, text.c_str(), endpoint.address.data()) == 1) return endpoint;
  std::array<uint8_t, 4> four;
  if (inet_pton(AF_INET, text.c_str(), four.data()) == 1)
    return v4(four[0], four[1], four[2], four[3], port);
  return std::nullopt;
}

std::optional<Endpoint> Endpoint::parse_with_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const auto port = parse_number<uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address needs its brackets before a port
  }
  return parse(address, *port);
}

bool Endpoint::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), address.begin());
}

bool Endpoint::is_loopback() const {
  if (is_v4()) return address[12] == 127;
  return std::all_of(address.begin(), address.end() - 1, [](uint8_t b) { return b == 0; }) &&
         address[15] == 1;
}

bool Endpoint::is_unspecified() const {
  const auto first = is_v4() ? address.begin() + 12 : address.begin();
  return std::all_of(first, address.end(), [](uint8_t b) { return b == 0; });
}

bool Endpoint::is_multicast() const {
  return is_v4() ? (address[12] & 0xF0) == 0xE0 : address[0] == 0xFF;
}

std::string Endpoint::address_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* made = is_v4() ? inet_ntop(AF_INET, address.data() + 12, text.data(), text.size())
                             : inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return made != nullptr ? std::string(made) : std::string();
}

std::string Endpoint::to_string() const {
  const std::string host = address_text();
  return (is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

}  // namespace lectern
