#include "tests/sim/virtual_clock.h"

#include <sys/time.h>

namespace {

lectern::Instant g_now;

}  // namespace

namespace lectern::sim {

void set_virtual_clock(Instant now) {
  g_now = now;
}

}  // namespace lectern::sim

extern "C" int gettimeofday(timeval* time, void* /*timezone*/) noexcept {
  const int64_t us = (lectern::sim::kUnixTimeOfZero + (g_now - lectern::Instant())).us();
  time->tv_sec = us / 1'000'000;
  time->tv_usec = us % 1'000'000;
  return 0;
}
