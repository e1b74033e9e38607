// Finds where a source's RTP clock has stepped, by what no network can do to honest timestamps.
//
// A frame's lateness is its arrival time minus its media time. Queues, stalls and bursts change it
// all the time, but within rules, and a step is what breaks one of them:
//   1. Nothing arrives before it was made. A frame that is earlier than the earliest one of the
//      last 10 to 20 s, by one leap of its timestamp, shows a step forward: it is undone at once.
//      (If the leap came while frames were late, it shows once their queue has drained: then those
//      that are too early are put a millisecond apart.)
//   2. Numbers and time go the same way. A frame with a higher number and an earlier timestamp
//      shows a step back: undone at once. A B-picture is the exception: it is shown between the
//      last two pictures that are none. If it lies before both, or after both though neither is
//      missing, the clock has stepped: it is put as late as the last B-picture was.
//   3. What has queued up catches up. Frames that become late from one to the next, and a moment
//      later are as late as before, had no queue before them: their clock stepped back during a
//      pause, or stood still (a laptop that slept). Undone when 400 ms have shown it, if it is more
//      than 800 ms. A smaller one could be a new route through the network: a sender report has
//      to say the same amount, or, from a source without reports, 5 s have to show it.
//
// Worked example, sound in packets of 20 ms, milliseconds:
//   arrival      1000  1020  1040  1060 | 4060  4061  4062...       a stall of 3 s, then a burst
//   timestamp       0    20    40    60 |   80   100   120...
//   lateness     1000  1000  1000  1000 | 3980  3961  3942...       falls: it is a queue; exact
//   arrival      1000  1020  1040  1060 | 1080  1100...             the clock steps by +5 s
//   timestamp       0    20    40    60 | 5080  5100...
//   lateness     1000  1000  1000  1000 |-4000                      rule 1: moved by -5000, so that
//   the frame comes 20 after the one before it, as those before did.
//
// Left out on purpose: the clocks' drift (viewers follow it), and steps under 50 ms. A step that is
// smaller than what lies between two pictures that are no B-pictures may move one picture by as
// much before it is undone: until the next one it looks like another order of pictures. A step back
// of less than 800 ms stays if the frames before it are lost, so that no time goes back, and the
// reports keep the clock of before it: an encoder that takes longer from then on looks the same.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

namespace lectern::forward {

class ClockSteps {
 public:
  explicit ClockSteps(uint32_t rate) : rate_(rate) {}

  enum class Picture : uint8_t {
    kInOrder,  // sent in the order in which it is shown, as sound and VP8 are
    kB,        // shown before one that was sent earlier
    kMaybeB,   // its packet does not tell
  };
  // The first packet of a frame to arrive, which is newer by its number than all before it.
  struct Frame {
    Instant arrival;
    uint32_t timestamp = 0;         // of the source
    bool follows_directly = false;  // no number is missing before it
    Picture picture = Picture::kInOrder;
  };
  // By how many ticks the timestamps must be moved from this frame on; 0: not at all.
  // `has_reports`: the source sends sender reports, so wait for one in doubt.
  [[nodiscard]] int64_t follow(const Frame& frame, bool has_reports);

  // A sender report says that the source's clock is `ticks` behind. True if its frames say so too:
  // the next one will be moved by as much.
  bool confirm(int64_t ticks);
  // Frames are late, and it is not known yet why.
  [[nodiscard]] bool is_in_doubt() const { return doubt_.has_value(); }

 private:
  // Frames that are later than usual since one moment.
  struct Doubt {
    Instant since;
    int64_t usual = 0;  // the least lateness before
    int64_t first = 0;  // lateness of the first late frame
    int64_t least = 0;  // since then
    int frames = 0;
  };

  [[nodiscard]] int64_t ticks(Duration duration) const;
  std::optional<int64_t> judge_b(const Frame& frame, int64_t moved, int64_t lateness, int64_t slack,
                                 bool leaps_ahead);
  [[nodiscard]] bool is_step(int64_t moved, int64_t elapsed, bool leaps_ahead) const;
  void note_b(int64_t lateness);
  void note_leap(Instant at);
  int64_t undo(const Frame& frame, int64_t moved, int64_t gap, int64_t elapsed);
  [[nodiscard]] int64_t gap_before(const Frame& frame, int64_t elapsed) const;
  int64_t judge_lateness(Instant arrival, int64_t lateness, int64_t slack, bool has_reports);
  [[nodiscard]] bool is_doubt_proven(Instant arrival, bool has_reports);
  void note(const Frame& frame, int64_t lateness, int64_t room);

  uint32_t rate_;
  int frames_ = 0;
  Frame last_;        // of those that are no B-pictures, like all that follows
  int64_t pace_ = 0;  // between the last two frames with nothing missing between them
  // The longest between the last frames, lost ones among them or not; it halves with each one.
  int64_t longest_moved_ = 0;
  int64_t longest_whole_ = 0;  // the same, of those with nothing missing between them
  int64_t lateness_ = 0;       // of the last frame, less that of the first
  // B-pictures.
  int64_t room_ = 0;       // how far before the last frame they may be
  bool is_whole_ = false;  // no number is missing since the last frame
  // Lateness of the last two, nothing while none has gone back. The lesser one counts: the other
  // may be of after a step that did not show yet.
  struct Reordered {
    int64_t last = 0;
    int64_t before = 0;
  };
  std::optional<Reordered> reordered_;
  bool is_put_by_b_ = false;  // a B-picture has shown the last step, and no other frame has come
  // The least of this window of time and of the one before it.
  Instant window_start_;
  int64_t least_now_ = 0;
  int64_t least_before_ = 0;
  // A timestamp moved on by more than time did.
  struct Leap {
    Instant at;
    int64_t usual = 0;  // the least lateness before
  };
  std::optional<Leap> leap_;
  std::optional<Doubt> doubt_;
  int64_t confirmed_ = 0;
};

}  // namespace lectern::forward
