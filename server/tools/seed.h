// The shell's share of randomness: cores get an Rng, this seeds it from the system.
#pragma once

#include "base/check.h"
#include "base/rng.h"

#include <sys/random.h>

#include <array>
#include <cstdint>

namespace lectern::tools {

[[nodiscard]] inline Rng system_rng() {
  std::array<uint8_t, 16> key{};
  LECTERN_CHECK(getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size()));
  return Rng(key);
}

}  // namespace lectern::tools
