// One-time tickets: a link carries one instead of a token ([P21]). Held in memory only: a ticket
// that a restart has lost is asked for again, like one that came too late.
#pragma once

#include "base/rng.h"
#include "base/time.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lectern::signaling {

class Tickets {
 public:
  static constexpr std::size_t kMaxTickets = 20'000;

  // A new ticket for `token`, 128 bits in hex; the oldest gives way when there are kMaxTickets.
  [[nodiscard]] std::string issue(Instant now, std::string token, Rng& rng);
  // The token, once, while the ticket is fresh. `client`: what the page drew for itself, empty for
  // none; the one that redeemed the ticket gets the same token again ([P102]).
  [[nodiscard]] std::optional<std::string> redeem(Instant now, std::string_view ticket,
                                                  std::string_view client = {});
  void expire(Instant now);
  [[nodiscard]] std::size_t size() const { return tickets_.size(); }

 private:
  struct Issued {
    std::string ticket;
    Instant expires;
  };

  struct Ticket {
    std::string token;
    std::string redeemed_by;  // empty while it is good for everybody
  };

  std::unordered_map<std::string, Ticket> tickets_;
  std::deque<Issued> issued_;  // oldest first; redeemed ones too
};

}  // namespace lectern::signaling
