#include "signaling/gate/tickets.h"

#include "signaling/terms/config.h"

#include <utility>

namespace lectern::signaling {

std::optional<std::string> Tickets::issue(Instant now, const std::string& issuer, std::size_t most,
                                          std::string token, Rng& rng) {
  expire(now);
  const auto own = by_issuer_.find(issuer);
  if (own != by_issuer_.end() && own->second.size() >= most) take(*own->second.begin());
  if (tickets_.size() >= most_in_all_) return std::nullopt;
  std::string ticket = rng.hex(16);
  const Number number = ++last_;
  tickets_.emplace(number, Ticket{ticket, std::move(token), issuer, now + kTicketLifetime});
  numbers_.emplace(ticket, number);
  by_issuer_[issuer].insert(number);
  return ticket;
}

std::optional<std::string> Tickets::redeem(Instant now, std::string_view ticket,
                                           std::string_view client) {
  expire(now);
  const auto found = numbers_.find(std::string(ticket));
  if (found == numbers_.end()) return std::nullopt;
  Ticket& known = tickets_.at(found->second);
  if (client.empty() && known.redeemed_by.empty()) return take(found->second).token;
  if (known.redeemed_by.empty()) known.redeemed_by = client;
  if (known.redeemed_by != client) return std::nullopt;
  return known.token;
}

void Tickets::expire(Instant now) {
  while (!tickets_.empty() && tickets_.begin()->second.expires <= now)
    take(tickets_.begin()->first);
}

Tickets::Ticket Tickets::take(Number number) {
  Ticket taken = std::move(tickets_.extract(number).mapped());
  numbers_.erase(taken.ticket);
  const auto own = by_issuer_.find(taken.issuer);
  own->second.erase(number);
  if (own->second.empty()) by_issuer_.erase(own);
  return taken;
}

}  // namespace lectern::signaling
