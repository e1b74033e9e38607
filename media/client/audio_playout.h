// How much sound a player would have had to invent: a model of an adaptive jitter buffer, after
// arrival times and timestamps alone. What comes after its time has come is stretched over (the
// buffer grows by as much), what never comes is filled; when all comes early for a while the
// buffer shrinks again. An estimate: a real player also time-stretches.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

namespace lectern::client {

class AudioPlayout {
 public:
  static constexpr Duration kTarget = Duration::milliseconds(60);
  static constexpr int kShrinkAfter = 250;  // packets

  // `position`, `timestamp` (48 kHz) of a packet that arrived, once each, in any order.
  void on_packet(Instant now, int64_t position, uint32_t timestamp);
  // Packets that are lost for good, each as long as the last one was.
  void on_lost(int64_t packets);

  [[nodiscard]] Duration concealed() const { return concealed_; }
  [[nodiscard]] Duration played() const { return played_; }

 private:
  std::optional<Instant> origin_;  // playout time of timestamp 0 of the unwrapped line
  int64_t newest_position_ = 0;
  uint32_t newest_timestamp_ = 0;
  int64_t media_us_ = 0;  // of the newest packet, since the first
  Duration packet_time_ = Duration::milliseconds(20);
  Duration least_slack_ = Duration::infinite();
  int packets_ = 0;
  Duration concealed_;
  Duration played_;
};

}  // namespace lectern::client
