#include "server/io/system_rng.h"

#include "base/check.h"

#include <algorithm>
#include <cerrno>

namespace lectern::io {

void fill_random(MutableBytes out, GetRandom get) {
  while (!out.empty()) {
    const ssize_t got = get(out.data(), out.size(), 0);
    // A system that has no randomness cannot make a ticket that nobody guesses.
    LECTERN_CHECK(got >= 0 || errno == EINTR);
    out = out.subspan(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
}

Rng system_rng() {
  return Rng::of_system([](MutableBytes out) { fill_random(out); });
}

}  // namespace lectern::io
