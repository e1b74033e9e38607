#include "media/forward/packet_slab.h"

#include <algorithm>

namespace lectern::forward {

PacketRef PacketSlab::store(Bytes payload) {
  if (payload.size() > kMaxPayload) return {};
  if (free_ == nullptr && !grow()) return {};
  PacketBlock* block = free_;
  free_ = block->next_free;
  block->references = 1;
  block->size = static_cast<uint16_t>(payload.size());
  std::copy(payload.begin(), payload.end(), block->data.begin());
  ++in_use_;
  return PacketRef(block);
}

bool PacketSlab::grow() {
  if (chunks_.size() * kChunk >= max_packets_) return false;
  auto chunk = std::make_unique<std::array<PacketBlock, kChunk>>();
  for (PacketBlock& block : *chunk) {
    block.slab = this;
    block.next_free = free_;
    free_ = &block;
  }
  chunks_.push_back(std::move(chunk));
  return true;
}

void PacketSlab::give_back(PacketBlock* block) {
  block->next_free = free_;
  free_ = block;
  --in_use_;
}

}  // namespace lectern::forward
