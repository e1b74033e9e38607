// WebSockets that have not said hello yet. They need no token, so they are bounded apart from the
// pages that have shown one: by network and in all. The oldest gives way to a new one, because an
// honest page says hello within one round trip and is never among the oldest.
#pragma once

#include "signaling/terms/ids.h"
#include "signaling/terms/party.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>

namespace lectern::signaling {

class Ungreeted {
 public:
  Ungreeted(std::size_t in_all, std::size_t per_network)
      : most_in_all_(in_all), most_per_network_(per_network) {}

  // Notes a new one; the one to be closed for it, if any, is forgotten already. `network`: nullopt
  // for this machine under --dev.
  [[nodiscard]] std::optional<ConnectionId> add(ConnectionId id,
                                                const std::optional<Network>& network);
  void remove(ConnectionId id);
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::size_t most_in_all_;
  std::size_t most_per_network_;
  // Ids ascend with time: the lowest is the oldest.
  std::map<ConnectionId, std::optional<Network>> all_;
  std::map<Network, std::set<ConnectionId>> by_network_;
};

}  // namespace lectern::signaling
