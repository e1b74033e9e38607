// Messages to many readers at once. What is said to an audience within a window of time goes to
// each reader as one piece, written once and shared by all; a piece is handed out in slices, so
// that a large audience does not keep the loop from its other work.
//
// Who is told what, and by which order, is decided here; how one reader is written to, and what
// becomes of a reader that does not keep up, is the Delivery's.
//
//   send ──► batch ──(window over)──► flight ──(slice by slice)──► Delivery for each reader
//
// An audience has one batch that fills and at most one flight that is handed out; the next flight
// waits for the one before. A reader gets what was sent after it joined, and nothing from before.
#pragma once

#include "base/time.h"
#include "server/io/frame.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::io {

struct Audience;

// A reader's place in its audience; kept by the reader, changed by Audiences alone.
struct AudiencePlace {
  Audience* audience = nullptr;  // null: in none
  std::size_t index = 0;
  std::uint64_t first_flight = 0;  // the batch that filled when it joined
  std::size_t frames_before = 0;   // of that batch, said before it joined
};

// Frames that go out together: as they are, and joined for those who get all of them.
struct Flight {
  std::vector<Frame> frames;
  std::shared_ptr<const std::string> joined;
};

class Audiences {
 public:
  // `skip`: how many frames at the front of the flight the reader does not get. Frames without
  // bytes have been replaced by later ones. Not to call join() or leave().
  using Delivery =
      std::function<void(AudiencePlace& reader, const Flight& flight, std::size_t skip)>;
  // Its owner calls work_off() at next(): Audiences owns no timer.
  explicit Audiences(Delivery delivery);
  ~Audiences();
  Audiences(const Audiences&) = delete;
  Audiences& operator=(const Audiences&) = delete;

  // How long the first message of a batch waits for others. Zero: for those of the same turn.
  void set_window(Duration window) { window_ = window; }

  // A place is in one audience at most: the one before is left.
  void join(AudiencePlace& reader, const std::string& audience);
  void leave(AudiencePlace& reader);
  // Without effect when nobody is in the audience.
  void send(Instant now, std::string_view audience, Frame frame);

  // When work_off() has something to do; never: nothing waits.
  [[nodiscard]] Instant next() const;
  // Hands out flights for about `slice` by `clock` (asked every kLook readers), the audiences by
  // turns. Cost: the Delivery of each reader.
  void work_off(Duration slice, const std::function<Instant()>& clock);

  [[nodiscard]] std::size_t size() const { return audiences_.size(); }

 private:
  static constexpr std::size_t kLook = 64;

  static void take_off(Audience& audience, Instant now);
  static void cork(Audience& audience, Frame frame);
  bool hand_out(Audience& audience, std::size_t most);
  void forget_if_empty(Audience& audience);

  Delivery delivery_;
  Duration window_ = Duration::zero();
  std::map<std::string, std::unique_ptr<Audience>, std::less<>> audiences_;
  std::deque<Audience*> busy_{};  // with a batch or a flight; the next to be served is first
};

}  // namespace lectern::io
