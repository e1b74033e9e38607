// Ids that cannot be taken for one another: `using PeerId = StrongId<struct PeerTag, uint32_t>;`
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace lectern {

template <typename Tag, typename Value>
class StrongId {
 public:
  using value_type = Value;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Value value) : value_(value) {}

  [[nodiscard]] constexpr Value value() const { return value_; }

  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Value value_{};
};

}  // namespace lectern

template <typename Tag, typename Value>
struct std::hash<lectern::StrongId<Tag, Value>> {
  size_t operator()(lectern::StrongId<Tag, Value> id) const noexcept {
    return std::hash<Value>()(id.value());
  }
};
