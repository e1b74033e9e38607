// Who has to be called when: exactly one entry for each owner, so a table of timers never holds
// more than there are owners, and nothing is left of one that goes.
#pragma once

#include "base/slot_map.h"
#include "base/time.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

namespace lectern::worker {

struct TimerKey {
  enum class Kind : uint8_t { kPeer, kClass, kLegSender, kLegReceiver };
  Kind kind = Kind::kPeer;
  SlotId id;
};

class TimerQueue {
 public:
  // Sets the owner's timer to `at`; `scheduled` is the owner's own note of when that is.
  void set(TimerKey key, Instant& scheduled, Instant at) {
    if (at == scheduled) return;
    if (!scheduled.is_never()) entries_.erase(Entry{scheduled, key});
    scheduled = at;
    if (!at.is_never()) entries_.insert(Entry{at, key});
  }

  // As set(), but only when that is earlier: a timer that comes too early is harmless, and most
  // packets change nothing.
  void bring_forward(TimerKey key, Instant& scheduled, Instant at) {
    if (at < scheduled) set(key, scheduled, at);
  }

  // Takes the first owner that is due; its note must then be set to never() by the caller.
  [[nodiscard]] std::optional<TimerKey> take_due(Instant now) {
    if (entries_.empty() || entries_.begin()->at > now) return std::nullopt;
    const TimerKey key = entries_.begin()->key;
    entries_.erase(entries_.begin());
    return key;
  }

  [[nodiscard]] Instant next() const {
    return entries_.empty() ? Instant::never() : entries_.begin()->at;
  }
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Instant at;
    TimerKey key;

    friend std::strong_ordering operator<=>(const Entry& a, const Entry& b) {
      if (const auto order = a.at <=> b.at; order != 0) return order;
      if (const auto order = a.key.kind <=> b.key.kind; order != 0) return order;
      if (const auto order = a.key.id.slot <=> b.key.id.slot; order != 0) return order;
      return a.key.id.generation <=> b.key.id.generation;
    }
  };

  std::set<Entry> entries_;
};

}  // namespace lectern::worker
