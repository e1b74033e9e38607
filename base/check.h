// Broken invariants end the process, in release too: a worker that is wrong about its own state
// must not go on encrypting. The supervisor restarts it and only its own peers re-join.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lectern {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "lectern: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace lectern

#define LECTERN_CHECK(condition)                     \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::lectern::check_failed(#condition, __FILE__, __LINE__))
