// Addresses. One form for both families: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2),
// so that a lookup by remote address is one hash over 18 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lectern {

struct Endpoint {
  std::array<uint8_t, 16> address{};
  uint16_t port = 0;  // host byte order

  static Endpoint v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
  // "192.0.2.1", "2001:db8::1" (no brackets); nullopt when it is neither.
  static std::optional<Endpoint> parse(std::string_view address, uint16_t port);
  // "192.0.2.1:9000" or "[2001:db8::1]:9000".
  static std::optional<Endpoint> parse_with_port(std::string_view text);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;  // address all zero (either family)
  [[nodiscard]] bool is_multicast() const;    // 224.0.0.0/4, ff00::/8
  [[nodiscard]] std::string address_text() const;
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// A 5-tuple without the protocol: where a datagram came from and which of our addresses it was
// sent to. Replies leave from `local` (IP_PKTINFO): Chromium drops an answer from another address.
struct Path {
  Endpoint remote;
  Endpoint local;

  friend bool operator==(const Path&, const Path&) = default;
};

}  // namespace lectern

template <>
struct std::hash<lectern::Endpoint> {
  // Not keyed: tables keyed by it hold only addresses that ICE has validated.
  size_t operator()(const lectern::Endpoint& endpoint) const noexcept {
    uint64_t high = 0;
    uint64_t low = 0;
    std::memcpy(&high, endpoint.address.data(), 8);
    std::memcpy(&low, endpoint.address.data() + 8, 8);
    uint64_t h = (high ^ 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
    h ^= low + endpoint.port * 0x94d049bb133111ebU;
    h ^= h >> 31;
    h *= 0xbf58476d1ce4e5b9U;
    return static_cast<size_t>(h ^ h >> 29);
  }
};

template <>
struct std::hash<lectern::Path> {
  size_t operator()(const lectern::Path& path) const noexcept {
    const std::hash<lectern::Endpoint> of;
    return of(path.remote) * 31 + of(path.local);
  }
};
