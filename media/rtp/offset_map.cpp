#include "media/rtp/offset_map.h"

namespace lectern::rtp {

OffsetMap::OffsetMap(int64_t first_number) : next_number_(first_number) {}

const OffsetMap::Interval& OffsetMap::at(size_t index) const {
  return intervals_[(oldest_ + index) % kMaxIntervals];
}

OffsetMap::Interval& OffsetMap::newest() {
  return intervals_[(oldest_ + count_ - 1) % kMaxIntervals];
}

void OffsetMap::push(Interval interval) {
  if (count_ == kMaxIntervals) {
    oldest_ = (oldest_ + 1) % kMaxIntervals;
    --count_;
  }
  ++count_;
  newest() = interval;
}

std::optional<int64_t> OffsetMap::forward(int64_t source) {
  if (count_ == 0) splice(source);
  if (source < next_source_) return find(source);
  const int64_t number = source - newest().offset;
  next_source_ = source + 1;
  next_number_ = number + 1;
  return number;
}

std::optional<int64_t> OffsetMap::drop(int64_t source) {
  if (count_ == 0) {
    splice(source + 1);
    return std::nullopt;
  }
  if (source < next_source_) return find(source);
  // The packets between the newest one and this keep their numbers free.
  next_number_ = source - newest().offset;
  next_source_ = source + 1;
  const Interval after{.first = source + 1, .offset = newest().offset + 1};
  // A run of drops is one interval: nothing was forwarded since the last one began.
  if (newest().first == source)
    newest() = after;
  else
    push(after);
  return std::nullopt;
}

std::optional<int64_t> OffsetMap::insert(int64_t source) {
  if (count_ == 0) splice(source);
  if (source < next_source_) return std::nullopt;
  const int64_t number = source - newest().offset;
  push({.first = source, .offset = newest().offset - 1});
  next_source_ = source;
  next_number_ = number + 1;
  return number;
}

void OffsetMap::splice(int64_t source) {
  count_ = 0;
  oldest_ = 0;
  push({.first = source, .offset = source - next_number_});
  next_source_ = source;
}

std::optional<int64_t> OffsetMap::find(int64_t source) const {
  if (count_ == 0 || source < at(0).first) return std::nullopt;
  // The last interval that begins at or before `source`.
  size_t low = 0;
  size_t high = count_;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (at(middle).first <= source)
      low = middle;
    else
      high = middle;
  }
  const int64_t number = source - at(low).offset;
  // Numbers at the end of an interval that the next one has taken are those of dropped packets.
  if (low + 1 < count_ && number >= at(low + 1).first - at(low + 1).offset) return std::nullopt;
  return number;
}

}  // namespace lectern::rtp
