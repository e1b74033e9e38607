// Who receives a tier and who waits for it. Only references: a subscription takes itself out before
// it goes (Subscription::leave).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lectern::forward {

class Subscription;

struct Audience {
  std::vector<Subscription*> members;
  std::vector<Subscription*> waiting;  // for a keyframe, or a frame at which layers may change

  // The walk of Fanout over the members.
  bool is_walked = false;   // stands in the fan-out's list
  bool walk_again = false;  // somebody may have been passed over
  size_t cursor = 0;        // next member
  int64_t walk_until = 0;   // orders below this are what the walk is about
};

}  // namespace lectern::forward
