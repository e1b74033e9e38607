// Values addressed by an id of (slot, generation): an id that outlives its value finds nothing
// instead of somebody else. Iteration is over live slots in slot order. Pointers to values stay
// valid until that value is erased (values live in unique blocks, slots are reused).
#pragma once

#include "base/check.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lectern {

struct SlotId {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0 is never given out

  [[nodiscard]] bool is_valid() const { return generation != 0; }
  friend auto operator<=>(SlotId, SlotId) = default;
};

template <typename T>
class SlotMap {
 public:
  // The id that the next emplace() will give: for values that must know their own id.
  [[nodiscard]] SlotId next_id() const {
    if (free_.empty()) return {static_cast<uint32_t>(slots_.size()), 1};
    const uint32_t slot = free_.back();
    return {slot, slots_[slot].generation};
  }

  template <typename... Args>
  SlotId emplace(Args&&... args) {
    const SlotId id = next_id();
    auto value = std::make_unique<T>(std::forward<Args>(args)...);
    if (free_.empty()) {
      slots_.push_back({std::move(value), 1});
    } else {
      free_.pop_back();
      slots_[id.slot].value = std::move(value);
    }
    ++size_;
    return id;
  }

  [[nodiscard]] T* find(SlotId id) {
    if (id.slot >= slots_.size()) return nullptr;
    Slot& slot = slots_[id.slot];
    return slot.generation == id.generation ? slot.value.get() : nullptr;
  }
  [[nodiscard]] const T* find(SlotId id) const { return const_cast<SlotMap*>(this)->find(id); }

  // The value of an id that is known to be live: anything else is a broken invariant.
  [[nodiscard]] T& at(SlotId id) {
    T* value = find(id);
    LECTERN_CHECK(value != nullptr);
    return *value;
  }
  [[nodiscard]] const T& at(SlotId id) const { return const_cast<SlotMap*>(this)->at(id); }

  // False when the id finds nothing.
  bool erase(SlotId id) {
    if (find(id) == nullptr) return false;
    Slot& slot = slots_[id.slot];
    slot.value.reset();
    // Generation 0 marks "no id", so the counter steps over it when it wraps.
    if (++slot.generation == 0) slot.generation = 1;
    free_.push_back(id.slot);
    --size_;
    return true;
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] size_t slot_count() const { return slots_.size(); }
  // The live value in a slot, or nullptr; for walking slots in slices.
  [[nodiscard]] T* at_slot(uint32_t slot) {
    return slot < slots_.size() ? slots_[slot].value.get() : nullptr;
  }
  [[nodiscard]] SlotId id_at_slot(uint32_t slot) const { return {slot, slots_[slot].generation}; }

  // Calls visit(SlotId, T&) for every live value; the visitor must not emplace or erase.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot)
      if (slots_[slot].value) visit(SlotId{slot, slots_[slot].generation}, *slots_[slot].value);
  }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot)
      if (slots_[slot].value)
        visit(SlotId{slot, slots_[slot].generation}, std::as_const(*slots_[slot].value));
  }

 private:
  struct Slot {
    std::unique_ptr<T> value;
    uint32_t generation = 1;
  };

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace lectern
