#include "signaling/gate/quotas.h"

#include <algorithm>

namespace lectern::signaling {
namespace {

// Of a person's sessions, so many may be connecting at one time: a page that is reloaded over and
// over has two or three.
constexpr std::uint32_t kConnectingShare = 3;
// A network's: a school whose lesson begins, or that comes back after a restart.
constexpr std::uint32_t kNetworkConnectingShare = 2;
// Seconds in which somebody who has used up all joins has all of them again.
constexpr std::uint32_t kJoinRefillSeconds = 24;
constexpr std::uint32_t kNetworkJoinRefillSeconds = 20;

// PATCH and DELETE: a join trickles a handful of candidates, a lost path restarts ICE.
constexpr MessageRate kChangeRate(10, 100);
// API calls that change something: a person's own tickets.
constexpr MessageRate kApiRate(5, 100);
// A school's portal mints tokens and tickets for all its students at the beginning of a lesson.
constexpr MessageRate kAdminApiRate(200, 4000);
// A class that opens yesterday's link all at once.
constexpr MessageRate kFailedRedemptionRate(20, 1000);

// Idle entries looked at for each new one; more than one, so that the table shrinks.
constexpr std::size_t kLooksPerEntry = 2;
constexpr std::size_t kLooksPerTick = 2000;

Problem too_fast() {
  return {RefusalCode::kTooFast,
          "That was too many attempts in a short time. Wait two seconds and try again.", 2};
}

Problem network_busy() {
  return {RefusalCode::kNetworkBusy,
          "Too many people of this network join at this moment. Try again in a few seconds.", 5};
}

}  // namespace

// ------------------------------------------------------------------------------------- the tables

template <typename Key, std::size_t Kinds>
MessageRate& Quotas::Buckets<Key, Kinds>::at(Instant now, const Key& key, std::size_t kind) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second[kind];
  make_room(now);
  order_.push_back(key);
  return entries_.emplace(key, fresh_).first->second[kind];
}

template <typename Key, std::size_t Kinds>
void Quotas::Buckets<Key, Kinds>::make_room(Instant now) {
  expire(now, kLooksPerEntry);
  if (entries_.size() < kMaxEntries) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

template <typename Key, std::size_t Kinds>
void Quotas::Buckets<Key, Kinds>::expire(Instant now, std::size_t looks) {
  for (looks = std::min(looks, order_.size()); looks > 0; --looks) {
    Key key = std::move(order_.front());
    order_.pop_front();
    const auto found = entries_.find(key);
    if (std::ranges::all_of(found->second, [now](const auto& rate) { return rate.is_full(now); })) {
      entries_.erase(found);
    } else {
      order_.push_back(std::move(key));
    }
  }
}

std::array<MessageRate, Quotas::kPersonRates> Quotas::person_rates(const QuotaLimits& limits) {
  const std::uint32_t burst = std::max(limits.sessions_per_person, 1U);
  return {MessageRate(std::max(burst / kJoinRefillSeconds, 1U), burst), kChangeRate, kApiRate,
          kAdminApiRate};
}

std::array<MessageRate, Quotas::kNetworkRates> Quotas::network_rates(const QuotaLimits& limits) {
  const std::uint32_t burst = std::max(limits.sessions_per_network, 1U);
  return {MessageRate(std::max(burst / kNetworkJoinRefillSeconds, 1U), burst),
          kFailedRedemptionRate};
}

Quotas::Quotas(const QuotaLimits& limits) : limits_(limits) {
  for (const Feature& feature : features())
    said_.emplace_back(std::array<MessageRate, 1>{feature.rate});
}

void Quotas::expire(Instant now) {
  people_.expire(now, kLooksPerTick);
  networks_.expire(now, kLooksPerTick);
  for (auto& people : said_) people.expire(now, kLooksPerTick);
}

std::size_t Quotas::size() const {
  std::size_t size = people_.size() + networks_.size();
  for (const auto& people : said_) size += people.size();
  return size;
}

// ------------------------------------------------------------------------------------- the bounds

std::optional<Problem> Quotas::excess_of(const Party& party, const Held& by_person,
                                         const Held& by_network) const {
  const std::uint32_t most = limits_.sessions_per_person;
  if (by_person.sessions >= most)
    return Problem{RefusalCode::kTooManySessions,
                   "This link is in use on too many pages or devices. Close some and try again.",
                   10, most};
  const std::uint32_t most_connecting = std::max(most / kConnectingShare, 1U);
  if (by_person.connecting >= most_connecting)
    return Problem{RefusalCode::kTooManyTries,
                   "Too many tries of this link are still connecting. Try again in five seconds.",
                   5, most_connecting};
  const std::uint32_t of_network = limits_.sessions_per_network;
  if (!party.network || of_network == 0) return std::nullopt;
  if (by_network.sessions >= of_network)
    return Problem{RefusalCode::kNetworkFull,
                   "This network has too many viewers. Ask the operator to raise its bound.", 30,
                   of_network};
  if (by_network.connecting >= std::max(of_network / kNetworkConnectingShare, 1U))
    return network_busy();
  return std::nullopt;
}

std::optional<Problem> Quotas::join(Instant now, const Party& party, const Held& by_person,
                                    const Held& by_network) {
  if (const auto excess = excess_of(party, by_person, by_network)) return excess;
  if (!people_.at(now, party.person, kJoins).take(now)) return too_fast();
  if (party.network && limits_.sessions_per_network != 0 &&
      !networks_.at(now, *party.network, kNetworkJoins).take(now))
    return network_busy();
  return std::nullopt;
}

std::optional<Problem> Quotas::change_session(Instant now, const std::string& person) {
  if (people_.at(now, person, kChanges).take(now)) return std::nullopt;
  return too_fast();
}

std::optional<Problem> Quotas::change_server(Instant now, const std::string& person,
                                             bool is_admin) {
  if (people_.at(now, person, is_admin ? kAdminApi : kApi).take(now)) return std::nullopt;
  return too_fast();
}

bool Quotas::admit_message(Instant now, const std::string& person, const Feature& feature) {
  const auto index = static_cast<std::size_t>(&feature - features().data());
  return said_[index].at(now, person, 0).take(now);
}

std::optional<Problem> Quotas::fail_redeeming(Instant now, const Network& network) {
  if (networks_.at(now, network, kFailedRedemptions).take(now)) return std::nullopt;
  return Problem{
      RefusalCode::kWrongLinks,
      "Too many wrong links were tried from this network. Ask for a new one in a minute.", 60};
}

}  // namespace lectern::signaling
