// Which packets of one source are missing, and when to ask for them (again). Bounded: at most
// kMaxMissing packets are waited for, each asked for at most kMaxRequests times; beyond that the
// loss cannot be repaired and the receiver needs a keyframe (RFC 4585 §6.3.1 against §6.2.1).
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lectern::rtp {

struct NackTiming {
  Duration grace = Duration::milliseconds(5);            // a packet may come so much out of order
  Duration least_interval = Duration::milliseconds(20);  // between two requests for one packet
  Duration longest_interval = Duration::milliseconds(200);  // it grows to after some in vain
};

class NackGenerator {
 public:
  static constexpr size_t kMaxMissing = 1000;
  static constexpr int kMaxRequests = 10;

  explicit NackGenerator(const NackTiming& timing = {});

  // `position`: the unwrapped sequence number of a packet that came, by its own or by RTX. Opens
  // the gap before it, or closes the hole that it fills. O(missing) only when it fills one. Returns
  // the time since the packet was asked for, if that was once: of a repair a sample of the round
  // trip (asked twice, it is not known which request was answered).
  std::optional<Duration> on_packet(Instant now, int64_t position);

  // Everything before the keyframe that starts at `position` is of no use any more.
  void on_keyframe(int64_t position);

  // Round trip to the source, for the interval between two requests; the default is 100 ms. After
  // a few requests in vain the interval grows: what swallows them may be a queue.
  void set_round_trip(Duration round_trip);

  // Writes the numbers to ask for at `now`, oldest first, and returns how many; they are counted as
  // asked. A full `out` leaves the rest for the next call.
  [[nodiscard]] size_t take_due(Instant now, std::span<uint16_t> out);

  // When take_due() has something next; Instant::never() with nothing missing.
  [[nodiscard]] Instant next_due() const;

  // True once after packets were given up (too many missing or too often asked in vain).
  [[nodiscard]] bool take_keyframe_wanted();

  [[nodiscard]] size_t missing() const { return missing_.size(); }
  void reset();

 private:
  struct Missing {
    int64_t position;
    Instant due;
    Instant asked;
    int requests;
  };

  void open_gap(Instant now, int64_t end);
  [[nodiscard]] Duration interval(int requests) const;

  std::vector<Missing> missing_;  // ascending by position, capacity fixed at construction
  std::optional<int64_t> newest_;
  NackTiming timing_;
  Duration round_trip_;
  bool keyframe_wanted_ = false;
};

}  // namespace lectern::rtp
