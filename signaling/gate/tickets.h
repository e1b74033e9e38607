// One-time tickets: a link carries one instead of a token ([P21]). Held in memory only: a ticket
// that a restart has lost is asked for again, like one that came too late.
#pragma once

#include "base/rng.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lectern::signaling {

class Tickets {
 public:
  // `most_in_all`: at most 4 KB each.
  explicit Tickets(std::size_t most_in_all) : most_in_all_(most_in_all) {}

  // A new ticket for `token`, 128 bits in hex. Of those that `issuer` (a person) has, the oldest
  // gives way when there are `most`; nobody else's ever does. nullopt when there are too many in
  // all.
  [[nodiscard]] std::optional<std::string> issue(Instant now, const std::string& issuer,
                                                 std::size_t most, std::string token, Rng& rng);
  // The token, once, while the ticket is fresh. `client`: what the page drew for itself, empty for
  // none; the one that redeemed the ticket gets the same token again ([P102]).
  [[nodiscard]] std::optional<std::string> redeem(Instant now, std::string_view ticket,
                                                  std::string_view client = {});
  void expire(Instant now);
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }

 private:
  using Number = std::uint64_t;  // ascends with time, and so with expiry
  struct Ticket {
    std::string ticket;
    std::string token;
    std::string issuer;
    Instant expires;
    std::string redeemed_by{};  // empty while it is good for everybody
  };

  // Takes a ticket that exists out of all tables.
  Ticket take(Number number);

  std::size_t most_in_all_;
  Number last_ = 0;
  std::map<Number, Ticket> tickets_;
  std::unordered_map<std::string, Number> numbers_;  // by ticket
  std::map<std::string, std::set<Number>> by_issuer_;
};

}  // namespace lectern::signaling
