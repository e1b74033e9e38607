// How much memory is allocated now, under the sanitizers too.
#pragma once

#include <malloc.h>

#include <cstddef>

// In programs with AddressSanitizer alone, whose malloc mallinfo2() knows nothing of.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace lectern {

// 0 where nothing counts it (ThreadSanitizer, valgrind).
inline std::size_t heap_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr)
    return __sanitizer_get_current_allocated_bytes();
  return mallinfo2().uordblks;
}

}  // namespace lectern
