// How much sound a player has to invent: a model of a browser's adaptive jitter buffer (NetEq), by
// arrival times and timestamps alone.
//
// What it is: packets are played in order, each at its time. One that is missing when its time
// comes is invented while there are later ones to go on with, and is of no use afterwards; when
// there is nothing at all the player invents until something comes, and plays from then on as much
// later. The buffer follows what the packets need: so much delay that 95 % of those in order are
// in time, and more if that saves packets that came out of order (repaired ones) at 20 ms of delay
// for one in a hundred; never less than the pictures that the sound is to be in step with. It
// changes by stretching or shortening what is played by a tenth, which counts as played.
#pragma once

#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::client {

class AudioPlayout {
 public:
  static constexpr Duration kStartDelay = Duration::milliseconds(80);

  // `position`, `timestamp` (48 kHz) of a packet that arrived, once each, in any order.
  void on_packet(Instant now, int64_t position, uint32_t timestamp);

  // The delay of the pictures that go with the sound.
  void set_least_delay(Duration delay) { least_us_ = delay.us(); }

  // Up to the last packet that arrived.
  [[nodiscard]] Duration concealed() const { return concealed_; }
  [[nodiscard]] Duration played() const { return played_; }

 private:
  static constexpr int64_t kBuffer = 256;  // packets; power of two
  static constexpr size_t kBins = 50;
  static constexpr int64_t kBinWidth = 10'000;  // µs
  static constexpr size_t kMinima = 4;

  struct Slot {
    int64_t position = -1;
    int64_t media_us = 0;
  };

  Slot& slot(int64_t position) { return slots_[static_cast<size_t>(position % kBuffer)]; }
  void start(Instant now, int64_t position, uint32_t timestamp);
  void play_until(Instant now);
  void wait_for(Instant now, int64_t position);
  void learn_delay(Instant now, int64_t media_us, bool is_in_order);
  void choose_target();
  void follow_delay();

  std::optional<int64_t> origin_us_;  // when media time 0 is played
  int64_t first_position_ = 0;
  int64_t newest_position_ = 0;
  uint32_t newest_timestamp_ = 0;
  int64_t newest_media_us_ = 0;
  int64_t packet_us_ = 20'000;
  int64_t next_ = 0;           // position to be played next
  int64_t next_media_us_ = 0;  // where it begins, if it is missing
  std::array<Slot, kBuffer> slots_{};

  // Shares of packets by what they need over the fastest.
  std::array<double, kBins> in_order_{};
  std::array<double, kBins> repaired_{};  // those in order need nothing here
  std::array<int64_t, kMinima> fastest_us_{};
  int64_t target_us_ = kStartDelay.us();
  int64_t least_us_ = 0;
  int arrivals_ = 0;
  Duration concealed_;
  Duration played_;
};

}  // namespace lectern::client
