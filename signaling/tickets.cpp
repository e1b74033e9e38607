#include "signaling/tickets.h"

#include "signaling/config.h"

#include <utility>

namespace lectern::signaling {

std::string Tickets::issue(Instant now, std::string token, Rng& rng) {
  expire(now);
  if (issued_.size() >= kMaxTickets) {
    tickets_.erase(issued_.front().ticket);
    issued_.pop_front();
  }
  std::string ticket = rng.hex(16);
  tickets_.emplace(ticket, Ticket{std::move(token), {}});
  issued_.push_back({ticket, now + kTicketLifetime});
  return ticket;
}

std::optional<std::string> Tickets::redeem(Instant now, std::string_view ticket,
                                           std::string_view client) {
  expire(now);
  const auto found = tickets_.find(std::string(ticket));
  if (found == tickets_.end()) return std::nullopt;
  Ticket& known = found->second;
  if (client.empty() && known.redeemed_by.empty()) {
    std::string token = std::move(known.token);
    tickets_.erase(found);
    return token;
  }
  if (known.redeemed_by.empty()) known.redeemed_by = client;
  if (known.redeemed_by != client) return std::nullopt;
  return known.token;
}

void Tickets::expire(Instant now) {
  while (!issued_.empty() && issued_.front().expires <= now) {
    tickets_.erase(issued_.front().ticket);
    issued_.pop_front();
  }
}

}  // namespace lectern::signaling
