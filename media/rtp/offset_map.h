// Renumbering of a stream from which packets are taken out: source positions to contiguous numbers.
//
// Packets that are forwarded keep their distance; packets that are dropped close up. A gap in the
// source (packets still on their way, or lost) keeps its numbers free, so that a late packet gets
// the number in its place. What is remembered is one interval per run of dropped packets,
// or packet put in, bounded to kMaxIntervals: the number of a packet older than that is not known
// any more. The same map renumbers VP8 picture ids, with pictures in place of packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::rtp {

class OffsetMap {
 public:
  static constexpr size_t kMaxIntervals = 256;

  // `first_number`: what the first source packet will be called.
  explicit OffsetMap(int64_t first_number = 0);

  // The number of a packet that goes on. Nothing for packets that were dropped, that came before
  // the start or the last splice, or that are older than the history. O(1) for the newest, else
  // O(log n).
  std::optional<int64_t> forward(int64_t source);

  // Takes a packet out. If it is the newest nothing is left of it. If it is late its number is
  // taken already: that number comes back, and a packet without content has to be sent under it.
  std::optional<int64_t> drop(int64_t source);

  // Makes room for a packet of our own before `source`: its number. Nothing when `source` is not
  // newer than all before, because what follows it has its number already.
  std::optional<int64_t> insert(int64_t source);

  // Joins another source on: the next packet `source` gets the next free number, and what is
  // earlier than `source` has none.
  void splice(int64_t source);

  // The number that a packet directly after the newest would get.
  [[nodiscard]] int64_t next_number() const { return next_number_; }
  [[nodiscard]] bool started() const { return count_ > 0; }

 private:
  struct Interval {
    int64_t first;   // source position
    int64_t offset;  // number = source - offset
  };

  const Interval& at(size_t index) const;  // 0 oldest
  Interval& newest();
  void push(Interval interval);
  std::optional<int64_t> find(int64_t source) const;

  std::array<Interval, kMaxIntervals> intervals_{};
  size_t oldest_ = 0;
  size_t count_ = 0;
  int64_t next_source_ = 0;  // newest + 1
  int64_t next_number_;
};

}  // namespace lectern::rtp
