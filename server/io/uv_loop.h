// libuv with owners: a loop, and the three kinds of handle that the processes use. A handle's
// destructor stops it at once and frees it when the loop has closed it, so a callback never meets a
// dead owner. One loop per process, used by its own thread only.
#pragma once

#include "base/time.h"

#include <uv.h>

#include <functional>
#include <memory>

namespace lectern::io {

template <typename Handle>
struct UvClose {
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};
template <typename Handle>
using UvOwned = std::unique_ptr<Handle, UvClose<Handle>>;

class UvLoop {
 public:
  UvLoop();
  ~UvLoop();  // runs the loop until every handle is closed
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;

  [[nodiscard]] uv_loop_t* raw() { return &loop_; }
  void run();   // returns after stop(), or when nothing is left to wait for
  void stop();  // run() returns after the present turn

 private:
  uv_loop_t loop_;
};

// CLOCK_MONOTONIC in microseconds. The only clock that is handed to the cores as `now`.
[[nodiscard]] Instant monotonic_now();
// What the wall clock (since the Unix epoch) says at Instant 0, as of now.
[[nodiscard]] Duration wall_clock_offset();

class UvTimer {
 public:
  UvTimer(UvLoop& loop, std::function<void()> on_fire);

  // Fires once after `delay` (rounded up to whole milliseconds); replaces what was armed before.
  void arm(Duration delay);
  // Fires every `period`, for the first time after one period.
  void arm_repeating(Duration period);
  void disarm();

 private:
  std::function<void()> on_fire_;
  UvOwned<uv_timer_t> handle_;
};

// Readiness of a file descriptor, which stays the caller's and must outlive this object.
class UvPoll {
 public:
  UvPoll(UvLoop& loop, int fd, std::function<void(bool readable, bool writable)> on_ready);

  void watch(bool readable, bool writable);

 private:
  std::function<void(bool, bool)> on_ready_;
  UvOwned<uv_poll_t> handle_;
};

class UvSignal {
 public:
  UvSignal(UvLoop& loop, int number, std::function<void()> on_signal);

 private:
  std::function<void()> on_signal_;
  UvOwned<uv_signal_t> handle_;
};

}  // namespace lectern::io
