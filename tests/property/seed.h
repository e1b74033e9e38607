// The seed of a property test: 1, or what --gtest_random_seed=N says. It is printed, so that a
// failure can be run again.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>

namespace lectern {

inline uint64_t property_seed() {
  const int32_t given = GTEST_FLAG_GET(random_seed);
  const uint64_t seed = given > 0 ? static_cast<uint64_t>(given) : 1;
  std::printf("seed %lu\n", static_cast<unsigned long>(seed));
  return seed;
}

}  // namespace lectern
