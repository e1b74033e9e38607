// How many sound packets a receiver is sent once more along with each new one, because its link
// loses some.
//
// What it is: none while the link is good; the packet before (20 ms ago) from 1 % of loss on, the
// two before from 8 % on. It stops when loss has been low for a hold, which doubles when repeats
// have to come back. What the receiver reports of its sound improves by the repeats themselves, so
// the loss of a picture, which is not repeated, is the better witness; a receiver of sound alone is
// given the hold and then a trial. Where repeats change nothing the link is full, not lossy: they
// make it worse, and are given up for a while.
//
// Left out on purpose: redundancy inside packets (RFC 2198), which has to be negotiated.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <optional>

namespace lectern::forward {

class SoundRepeats {
 public:
  static constexpr size_t kMost = 2;

  struct Report {
    double sound_loss = 0;               // 0..1, with the repeats that there were
    std::optional<double> picture_loss;  // 0..1, of a stream without repeats, if there is one
    bool has_room = true;                // the link carries the sound that often, as far as known
  };
  void on_report(Instant now, const Report& report);

  // How many earlier packets go with each new one.
  [[nodiscard]] size_t count() const { return count_; }

 private:
  void raise(Instant now, size_t wanted, double loss);
  void lower(Instant now, size_t wanted);

  size_t count_ = 0;
  double loss_at_start_ = 0;  // of the sound, when the repeats began
  Instant started_;
  Instant stopped_;
  std::optional<Instant> low_since_;
  Duration hold_;  // the last one; zero: never repeated
  Instant blocked_until_;
};

}  // namespace lectern::forward
