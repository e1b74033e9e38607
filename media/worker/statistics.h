// What a worker counts of itself, and the report of each second made from it.
#pragma once

#include "base/drop_reason.h"
#include "base/time.h"
#include "media/control/messages.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lectern::worker {

enum class Sent : uint8_t { kMedia, kRetransmission, kRtcp, kTransport, kLeg };
inline constexpr size_t kSentKinds = 5;

class Statistics {
 public:
  void count_received(size_t bytes) {
    ++packets_in_;
    bytes_in_ += bytes;
  }
  void count_sent(Sent kind, size_t bytes) {
    ++packets_out_[static_cast<size_t>(kind)];
    bytes_out_ += bytes;
  }
  void count_created(control::Role role) { ++created_[static_cast<size_t>(role)]; }
  void count_refused(int status) { ++refused_[status]; }
  void count_closed(std::string_view reason) { ++closed_[std::string(reason)]; }
  void count_unusable(std::string_view reason) { ++unusable_[std::string(reason)]; }
  void count_keyframe_request() { ++keyframe_requests_; }
  void set_loop_delay(Duration p99) { loop_delay_ = p99; }

  struct Gauges {
    size_t viewers = 0;
    size_t publishers = 0;
    size_t classes = 0;
    size_t legs = 0;
    size_t paths = 0;
    size_t packets = 0;
  };
  // The report since the last one; rates are over that time.
  [[nodiscard]] control::Load report(Instant now, const Gauges& gauges, const DropCounters& drops);

 private:
  uint64_t packets_in_ = 0;
  uint64_t bytes_in_ = 0;
  std::array<uint64_t, kSentKinds> packets_out_{};
  uint64_t bytes_out_ = 0;
  std::array<uint64_t, 2> created_{};
  std::map<int, uint64_t> refused_;
  std::map<std::string, uint64_t> closed_;
  std::map<std::string, uint64_t> unusable_;
  uint64_t keyframe_requests_ = 0;
  Duration loop_delay_;

  Instant reported_at_;
  uint64_t reported_in_ = 0;
  uint64_t reported_out_ = 0;
  uint64_t reported_packets_ = 0;
};

}  // namespace lectern::worker
