#include "signaling/terms/party.h"

namespace lectern::signaling {

Network Network::of(const Endpoint& peer) {
  Network network{peer.address};
  constexpr std::size_t kPrefixBytes = 8;
  if (!peer.is_v4()) std::fill(network.prefix.begin() + kPrefixBytes, network.prefix.end(), 0);
  return network;
}

}  // namespace lectern::signaling
