// Who receives a tier by one route. Only references: a subscription takes itself out before
// it goes (Subscription::leave).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lectern::forward {

class Subscription;

// Viewers and legs leave by different sockets, so each tier is walked once for either.
enum class Route : uint8_t { kViewers, kLegs };
inline constexpr size_t kRoutes = 2;

struct Audience {
  std::vector<Subscription*> members;  // each knows its place here (Subscription::put_into)

  // The walk of Fanout over the members.
  bool is_walked = false;   // stands in the fan-out's list
  bool walk_again = false;  // somebody may have been passed over
  size_t cursor = 0;        // next member
  int64_t walk_until = 0;   // orders below this are what the walk is about
};

}  // namespace lectern::forward
