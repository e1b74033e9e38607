// What bench_broadcast was asked for.
#pragma once

#include <cstdint>
#include <string>

namespace lectern::bench {

struct BroadcastOptions {
  std::uint16_t port = 8600;
  std::uint32_t readers = 1000;
  double rate = 10;  // frames a second
  double seconds = 10;
  std::uint32_t window_ms = 0;
  std::string certificate{};  // PEM; empty: plain
  std::string private_key{};
  bool never_reads = false;
};

// A frame's payload: its number and when it was sent (CLOCK_REALTIME, ns), then zeros.
struct Stamp {
  std::uint64_t number = 0;
  std::int64_t sent_ns = 0;
};
inline constexpr std::size_t kPayload = 120;
inline constexpr std::size_t kFrame = kPayload + 2;  // with its header (RFC 6455 section 5.2)

[[nodiscard]] std::int64_t realtime_ns();
// CPU time of this process so far, microseconds.
[[nodiscard]] std::int64_t cpu_us();
[[nodiscard]] long resident_kb();
[[nodiscard]] std::string stamped_frame(std::uint64_t number);

// Each prints lines of JSON and returns the exit status.
int serve_by_listener(const BroadcastOptions& options);
int serve_bare(const BroadcastOptions& options);
int read_all(const BroadcastOptions& options);

}  // namespace lectern::bench
