// What becomes of something told to a page that has not read what was told before. To a page that
// keeps up all three are the same.
#pragma once

#include <cstdint>

namespace lectern {

enum class Lane : std::uint8_t {
  kMustArrive,   // waits in its order; when too much waits, the page is told everything anew
  kReplaceable,  // the newest of each key waits, until what must arrive has been taken
  kDroppable,    // is left out
};

}  // namespace lectern
