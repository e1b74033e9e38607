// Payloads of media packets, stored once however many viewers and tiers refer to them.
//
// What it is: fixed blocks carved from chunks that are never given back, and a plain (not atomic)
// count of references: a worker has one thread. Left out on purpose: blocks of other sizes. A
// sound packet wastes most of its block; two seconds of sound are a hundred blocks.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lectern::forward {

// The largest RTP payload that still fits a datagram of ours (SendBatch::kMaxDatagramSize) behind
// header (12), extension (8), the OSN of RTX (2) and the SRTP tag (16).
inline constexpr size_t kMaxPayload = 1456;

class PacketSlab;

struct PacketBlock {
  PacketSlab* slab = nullptr;
  PacketBlock* next_free = nullptr;
  uint32_t references = 0;
  uint16_t size = 0;
  std::array<uint8_t, kMaxPayload> data;
};

// A counted reference to a stored payload; empty by default. The slab must outlive it.
class PacketRef {
 public:
  PacketRef() = default;
  PacketRef(const PacketRef& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  PacketRef(PacketRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PacketRef& operator=(const PacketRef& other) {
    if (this != &other) *this = PacketRef(other);
    return *this;
  }
  PacketRef& operator=(PacketRef&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~PacketRef() { release(); }

  [[nodiscard]] Bytes payload() const {
    return block_ == nullptr ? Bytes() : Bytes(block_->data).first(block_->size);
  }
  void reset() {
    release();
    block_ = nullptr;
  }

 private:
  friend class PacketSlab;
  explicit PacketRef(PacketBlock* block) : block_(block) {}
  void release();

  PacketBlock* block_ = nullptr;
};

class PacketSlab {
 public:
  // `max_packets`: the bound; about 1.5 KB each.
  explicit PacketSlab(size_t max_packets) : max_packets_(max_packets) {}
  PacketSlab(const PacketSlab&) = delete;
  PacketSlab& operator=(const PacketSlab&) = delete;
  ~PacketSlab() = default;

  // A reference to a copy of `payload`; empty when it is longer than kMaxPayload or the slab is
  // full.
  [[nodiscard]] PacketRef store(Bytes payload);
  [[nodiscard]] size_t in_use() const { return in_use_; }

 private:
  friend class PacketRef;
  static constexpr size_t kChunk = 64;

  bool grow();
  void give_back(PacketBlock* block);

  size_t max_packets_;
  size_t in_use_ = 0;
  PacketBlock* free_ = nullptr;
  std::vector<std::unique_ptr<std::array<PacketBlock, kChunk>>> chunks_;
};

inline void PacketRef::release() {
  if (block_ != nullptr && --block_->references == 0) block_->slab->give_back(block_);
}

}  // namespace lectern::forward
