#include "server/io/uv_loop.h"

#include "base/check.h"

#include <time.h>

#include <algorithm>
#include <utility>

namespace lectern::io {
namespace {

// uv rounds timers to milliseconds of its own cached clock; rounding up keeps a machine from being
// asked before its time, which would only spin.
std::uint64_t whole_milliseconds(Duration delay) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, (delay.us() + 999) / 1000));
}

}  // namespace

UvLoop::UvLoop() {
  LECTERN_CHECK(uv_loop_init(&loop_) == 0);
}

UvLoop::~UvLoop() {
  while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
  }
  LECTERN_CHECK(uv_loop_close(&loop_) == 0);
}

void UvLoop::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void UvLoop::stop() {
  uv_stop(&loop_);
}

Instant monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Instant::from_us(now.tv_sec * 1'000'000 + now.tv_nsec / 1'000);
}

Duration wall_clock_offset() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  const auto epoch = Duration::microseconds(wall.tv_sec * 1'000'000 + wall.tv_nsec / 1'000);
  return epoch - (monotonic_now() - Instant());
}

UvTimer::UvTimer(UvLoop& loop, std::function<void()> on_fire)
    : on_fire_(std::move(on_fire)), handle_(new uv_timer_t) {
  LECTERN_CHECK(uv_timer_init(loop.raw(), handle_.get()) == 0);
  handle_->data = this;
}

void UvTimer::arm(Duration delay) {
  uv_update_time(handle_->loop);
  uv_timer_start(
      handle_.get(), [](uv_timer_t* timer) { static_cast<UvTimer*>(timer->data)->on_fire_(); },
      whole_milliseconds(delay), 0);
}

void UvTimer::arm_repeating(Duration period) {
  const std::uint64_t milliseconds = whole_milliseconds(period);
  uv_update_time(handle_->loop);
  uv_timer_start(
      handle_.get(), [](uv_timer_t* timer) { static_cast<UvTimer*>(timer->data)->on_fire_(); },
      milliseconds, milliseconds);
}

void UvTimer::disarm() {
  uv_timer_stop(handle_.get());
}

UvPoll::UvPoll(UvLoop& loop, int fd, std::function<void(bool, bool)> on_ready)
    : on_ready_(std::move(on_ready)), handle_(new uv_poll_t) {
  LECTERN_CHECK(uv_poll_init(loop.raw(), handle_.get(), fd) == 0);
  handle_->data = this;
}

void UvPoll::watch(bool readable, bool writable) {
  const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (events == 0) {
    uv_poll_stop(handle_.get());
    return;
  }
  uv_poll_start(handle_.get(), events, [](uv_poll_t* poll, int status, int ready) {
    // An error state reads as readable: the owner's next call on the descriptor learns the reason.
    const bool failed = status < 0;
    static_cast<UvPoll*>(poll->data)
        ->on_ready_(failed || (ready & UV_READABLE) != 0, (ready & UV_WRITABLE) != 0);
  });
}

UvSignal::UvSignal(UvLoop& loop, int number, std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)), handle_(new uv_signal_t) {
  LECTERN_CHECK(uv_signal_init(loop.raw(), handle_.get()) == 0);
  handle_->data = this;
  LECTERN_CHECK(
      uv_signal_start(
          handle_.get(),
          [](uv_signal_t* signal, int) { static_cast<UvSignal*>(signal->data)->on_signal_(); },
          number) == 0);
}

}  // namespace lectern::io
