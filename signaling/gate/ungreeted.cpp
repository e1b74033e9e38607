#include "signaling/gate/ungreeted.h"

namespace lectern::signaling {

std::optional<ConnectionId> Ungreeted::add(ConnectionId id, const std::optional<Network>& network) {
  all_.emplace(id, network);
  std::optional<ConnectionId> oldest;
  if (all_.size() > most_in_all_) oldest = all_.begin()->first;
  if (network) {
    std::set<ConnectionId>& of_network = by_network_[*network];
    of_network.insert(id);
    if (of_network.size() > most_per_network_) oldest = *of_network.begin();
  }
  if (oldest) remove(*oldest);
  return oldest;
}

void Ungreeted::remove(ConnectionId id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  if (found->second) {
    const auto of_network = by_network_.find(*found->second);
    of_network->second.erase(id);
    if (of_network->second.empty()) by_network_.erase(of_network);
  }
  all_.erase(found);
}

}  // namespace lectern::signaling
