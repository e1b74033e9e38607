// For whom requests and media sessions are counted: a person, and the network they come from.
#pragma once

#include "base/endpoint.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace lectern::signaling {

// What one household or one school has: an IPv4 address, the /64 of an IPv6 address (RFC 6177).
// IPv4-mapped IPv6 is IPv4, as everywhere in Endpoint.
struct Network {
  std::array<std::uint8_t, 16> prefix{};
  [[nodiscard]] static Network of(const Endpoint& peer);
  friend auto operator<=>(const Network&, const Network&) = default;
};

// Whom a request or a session counts for.
struct Party {
  std::string person;              // Caller::person
  std::optional<Network> network;  // nullopt: bounded by person alone
};

// Media sessions that somebody holds; what a worker was asked for and has not answered is
// connecting.
struct Held {
  std::uint32_t sessions = 0;
  std::uint32_t connecting = 0;
};

}  // namespace lectern::signaling
