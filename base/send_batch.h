// What `fill` writes into and a shell sends: up to 64 datagrams in one linear arena. Datagrams
// written one after another lie one after another, so that a run of equal sizes to one path can
// leave as one UDP GSO message without a copy.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "base/endpoint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace lectern {

class SendBatch {
 public:
  static constexpr size_t kMaxDatagrams = 64;
  // No datagram of ours is larger: Ethernet's MTU, less nothing (IP headers come on top and
  // every writer keeps to its own path MTU of 1200 + SRTP overhead).
  static constexpr size_t kMaxDatagramSize = 1500;

  struct Datagram {
    uint32_t offset = 0;
    uint32_t size = 0;
    Path path;
  };

  SendBatch() : arena_(std::make_unique<Arena>()) {}

  [[nodiscard]] bool is_full() const { return count_ == kMaxDatagrams; }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  [[nodiscard]] size_t count() const { return count_; }

  // The next datagram's room, kMaxDatagramSize bytes, uninitialised. Not to be called when full.
  MutableBytes next() {
    LECTERN_CHECK(!is_full());
    return MutableBytes(arena_->data() + used_, kMaxDatagramSize);
  }

  // Takes the first `size` bytes of next() as a datagram for `path`.
  void commit(size_t size, const Path& path) {
    LECTERN_CHECK(!is_full() && size > 0 && size <= kMaxDatagramSize);
    datagrams_[count_++] = {used_, static_cast<uint32_t>(size), path};
    used_ += static_cast<uint32_t>(size);
  }

  [[nodiscard]] std::span<const Datagram> datagrams() const {
    return std::span(datagrams_).first(count_);
  }
  [[nodiscard]] MutableBytes bytes(const Datagram& datagram) {
    return MutableBytes(arena_->data() + datagram.offset, datagram.size);
  }
  [[nodiscard]] Bytes bytes(const Datagram& datagram) const {
    return Bytes(arena_->data() + datagram.offset, datagram.size);
  }

  void clear() {
    count_ = 0;
    used_ = 0;
  }

 private:
  using Arena = std::array<uint8_t, kMaxDatagrams * kMaxDatagramSize>;

  std::unique_ptr<Arena> arena_;
  std::array<Datagram, kMaxDatagrams> datagrams_;
  size_t count_ = 0;
  uint32_t used_ = 0;
};

}  // namespace lectern
