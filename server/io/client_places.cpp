#include "server/io/client_places.h"

#include <utility>

namespace lectern::io {
namespace {

// An honest request is whole by then, and an honest answer read, on most links.
constexpr Duration kSlow = Duration::seconds(2);

// Of those that wait since `before` or longer.
WebClient* oldest(const std::list<WebClient*>& list, Instant before) {
  return list.empty() || list.front()->waiting_since > before ? nullptr : list.front();
}

std::size_t index_of(WebClient::Waiting waiting) {
  return static_cast<std::size_t>(waiting);
}

}  // namespace

void ClientPlaces::add(WebClient& client) {
  ++addresses_[client.address_key].held;
}

void ClientPlaces::remove(WebClient& client) {
  place(client, WebClient::Waiting::kNone, client.waiting_since);
  const auto found = addresses_.find(client.address_key);
  if (--found->second.held == 0) {
    addresses_.erase(found);
  }
}

void ClientPlaces::place(WebClient& client, WebClient::Waiting waiting, Instant since) {
  using enum WebClient::Waiting;
  if (waiting == client.waiting && since == client.waiting_since) {
    return;
  }
  Lists& of_address = addresses_.at(client.address_key).waiting;
  if (client.waiting != kNone) {
    waiting_[index_of(client.waiting)].erase(client.place);
    of_address[index_of(client.waiting)].erase(client.place_of_address);
  }
  client.waiting = waiting;
  client.waiting_since = since;
  if (waiting != kNone) {
    const auto append = [&client](List& list) { return list.insert(list.end(), &client); };
    client.place = append(waiting_[index_of(waiting)]);
    client.place_of_address = append(of_address[index_of(waiting)]);
  }
}

std::size_t ClientPlaces::held_by(const std::string& address_key) const {
  const auto found = addresses_.find(address_key);
  return found == addresses_.end() ? 0 : found->second.held;
}

std::size_t ClientPlaces::in_handshake() const {
  return waiting_[index_of(WebClient::Waiting::kHandshake)].size();
}

WebClient* ClientPlaces::oldest_in_handshake(const std::string& address_key) const {
  const std::size_t index = index_of(WebClient::Waiting::kHandshake);
  const Lists* const own = lists_of(address_key);
  WebClient* const found = own == nullptr ? nullptr : oldest((*own)[index], Instant::never());
  return found != nullptr ? found : oldest(waiting_[index], Instant::never());
}

WebClient* ClientPlaces::victim(Instant now, const std::string& address_key) const {
  using enum WebClient::Waiting;
  const Lists* const lists = address_key.empty() ? &waiting_ : lists_of(address_key);
  if (lists == nullptr) {
    return nullptr;
  }
  const Instant slow_since = now - kSlow;
  for (const auto& [waiting, before] :
       {std::pair{kUnfinished, slow_since}, std::pair{kHandshake, slow_since},
        std::pair{kIdle, Instant::never()}, std::pair{kReading, slow_since},
        std::pair{kHandshake, Instant::never()}, std::pair{kUnfinished, Instant::never()}}) {
    if (WebClient* const found = oldest((*lists)[index_of(waiting)], before)) {
      return found;
    }
  }
  return nullptr;
}

const ClientPlaces::Lists* ClientPlaces::lists_of(const std::string& address_key) const {
  const auto found = addresses_.find(address_key);
  return found == addresses_.end() ? nullptr : &found->second.waiting;
}

}  // namespace lectern::io
