// The shell's share of randomness: cores get an Rng, this one draws from getrandom(2).
#pragma once

#include "base/bytes.h"
#include "base/rng.h"

#include <sys/random.h>
#include <sys/types.h>

#include <cstddef>

namespace lectern::io {

using GetRandom = ssize_t (*)(void* bytes, std::size_t size, unsigned flags);

// Fills all of `out`, however often `get` is interrupted or gives less than it was asked for.
void fill_random(MutableBytes out, GetRandom get = getrandom);

[[nodiscard]] Rng system_rng();

}  // namespace lectern::io
