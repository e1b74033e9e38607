#include "signaling/tickets.h"

#include "signaling/config.h"

#include <utility>

namespace lectern::signaling {

std::string Tickets::issue(Instant now, std::string token, Rng& rng) {
  expire(now);
  if (issued_.size() >= kMaxTickets) {
    tokens_.erase(issued_.front().ticket);
    issued_.pop_front();
  }
  std::string ticket = rng.hex(16);
  tokens_.emplace(ticket, std::move(token));
  issued_.push_back({ticket, now + kTicketLifetime});
  return ticket;
}

std::optional<std::string> Tickets::redeem(Instant now, std::string_view ticket) {
  expire(now);
  const auto found = tokens_.find(std::string(ticket));
  if (found == tokens_.end()) return std::nullopt;
  std::string token = std::move(found->second);
  tokens_.erase(found);
  return token;
}

void Tickets::expire(Instant now) {
  while (!issued_.empty() && issued_.front().expires <= now) {
    tokens_.erase(issued_.front().ticket);
    issued_.pop_front();
  }
}

}  // namespace lectern::signaling
