// What a virtual teacher sends: sound each 20 ms and pictures in three sizes, with the shape of a
// browser's streams (rates, keyframes only when asked for) and no content.
#pragma once

#include "base/time.h"
#include "media/client/publisher.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lectern::sim {

struct LessonOptions {
  size_t encodings = 3;  // 180p, 360p, 720p
  uint32_t frames_per_second = 25;
  bool has_video = true;
};

class Lesson {
 public:
  explicit Lesson(const LessonOptions& options) : options_(options) { start(); }

  // Gives the publisher what is due at `now`. To be called each kTick.
  static constexpr Duration kTick = Duration::milliseconds(20);
  void tick(Instant now, client::Publisher& publisher);

  // The next picture of this encoding is a keyframe.
  void want_keyframe(size_t encoding) { keyframe_wanted_[encoding] = true; }
  // A new encoder: every encoding is active and begins with a keyframe.
  void start() {
    keyframe_wanted_.fill(true);
    active_.fill(true);
  }

  // The encoder stops or goes on; it goes on with a keyframe.
  void set_active(size_t encoding, bool is_active) {
    if (is_active && !active_[encoding]) want_keyframe(encoding);
    active_[encoding] = is_active;
  }
  // The media clocks of the teacher's device step; its sender reports follow.
  void step_clocks(Duration sound, Duration picture) {
    sound_step_ = sound_step_ + sound;
    picture_step_ = picture_step_ + picture;
  }
  [[nodiscard]] bool is_active(size_t encoding) const { return active_[encoding]; }

  [[nodiscard]] uint32_t keyframes_sent(size_t encoding) const { return keyframes_[encoding]; }

 private:
  void send_pictures(Instant now, client::Publisher& publisher);

  LessonOptions options_;
  std::array<bool, 3> keyframe_wanted_{};
  std::array<uint32_t, 3> keyframes_{};
  std::array<bool, 3> active_ = {true, true, true};
  Instant next_picture_;
  Duration sound_step_;
  Duration picture_step_;
  std::vector<uint8_t> frame_;
};

}  // namespace lectern::sim
