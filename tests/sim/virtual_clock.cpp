#include "tests/sim/virtual_clock.h"

#include <sys/time.h>

namespace {

// Some date; only differences matter.
constexpr int64_t kUnixTimeOfZero = 1'700'000'000;

lectern::Instant g_now;

}  // namespace

namespace lectern::sim {

void set_virtual_clock(Instant now) {
  g_now = now;
}

}  // namespace lectern::sim

extern "C" int gettimeofday(timeval* time, void* /*timezone*/) noexcept {
  time->tv_sec = kUnixTimeOfZero + g_now.us() / 1'000'000;
  time->tv_usec = g_now.us() % 1'000'000;
  return 0;
}
