// How many students of a class miss something ([P44]).
#pragma once

#include <cstdint>

namespace lectern::signaling {

struct TroubleCounts {
  std::uint32_t sound = 0;
  std::uint32_t picture = 0;
  std::uint32_t codec = 0;  // of `picture`: their browser cannot show its format
  friend bool operator==(const TroubleCounts&, const TroubleCounts&) = default;
};

}  // namespace lectern::signaling
