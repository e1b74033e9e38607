#include "signaling/gate/connections.h"

#include <algorithm>

namespace lectern::signaling {

Connection& Connections::open(ConnectionId id, Instant now) {
  Connection& connection = connections_[id];
  connection.id = id;
  connection.opened_at = now;
  connection.heard_at = now;
  return connection;
}

Connection* Connections::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

void Connections::know(Connection& connection, const std::string& person) {
  connection.person = person;
  by_person_[person].insert(connection.id);
  ++known_;
}

void Connections::close(ConnectionId id) {
  const Connection* connection = find(id);
  if (connection == nullptr) return;
  if (connection->person) {
    const auto of_person = by_person_.find(*connection->person);
    of_person->second.erase(id);
    if (of_person->second.empty()) by_person_.erase(of_person);
    --known_;
  }
  connections_.erase(id);
}

const std::set<ConnectionId>& Connections::of_person(const std::string& person) const {
  static const std::set<ConnectionId> kNone;
  const auto found = by_person_.find(person);
  return found == by_person_.end() ? kNone : found->second;
}

std::vector<ConnectionId> Connections::ids() const {
  std::vector<ConnectionId> ids;
  ids.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace lectern::signaling
