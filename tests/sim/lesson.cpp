#include "tests/sim/lesson.h"

#include <algorithm>

namespace lectern::sim {

namespace {

struct Picture {
  uint16_t width;
  uint16_t height;
  size_t frame_size;     // bytes of a picture between keyframes
  size_t keyframe_size;  // about ten times as much
};

// About 120, 400 and 1200 kbit/s at 25 pictures a second.
constexpr std::array<Picture, 3> kPictures = {
    {{320, 180, 600, 6'000}, {640, 360, 2'000, 16'000}, {1280, 720, 6'000, 40'000}}};

constexpr size_t kSoundSize = 80;  // 32 kbit/s at 20 ms

// RFC 6386 §9.1: frame tag, and for a keyframe start code and dimensions. The rest stands for data.
void write_vp8_frame(const Picture& picture, bool is_keyframe, std::vector<uint8_t>& frame) {
  frame.assign(is_keyframe ? picture.keyframe_size : picture.frame_size, 0xA5);
  frame[0] = is_keyframe ? 0x10 : 0x11;  // bit 0 is 0 for a keyframe; show_frame is set
  if (!is_keyframe) return;
  frame[3] = 0x9d;
  frame[4] = 0x01;
  frame[5] = 0x2a;
  frame[6] = static_cast<uint8_t>(picture.width);
  frame[7] = static_cast<uint8_t>(picture.width >> 8);
  frame[8] = static_cast<uint8_t>(picture.height);
  frame[9] = static_cast<uint8_t>(picture.height >> 8);
}

}  // namespace

void Lesson::tick(Instant now, client::Publisher& publisher) {
  const std::array<uint8_t, kSoundSize> sound = {0xF8};  // RFC 6716 §3.1: CELT, 20 ms
  publisher.send_audio(now, sound, static_cast<uint32_t>((now + sound_step_).us() * 48 / 1000));
  if (options_.has_video && now >= next_picture_) send_pictures(now, publisher);
}

void Lesson::send_pictures(Instant now, client::Publisher& publisher) {
  next_picture_ = std::max(next_picture_ + Duration::seconds(1) / options_.frames_per_second, now);
  const auto timestamp = static_cast<uint32_t>((now + picture_step_).us() * 9 / 100);
  for (size_t encoding = 0; encoding < options_.encodings; ++encoding) {
    if (!active_[encoding]) continue;
    // Nothing that is sent before the connection stands arrives, so the wish is kept.
    const bool is_keyframe = keyframe_wanted_[encoding];
    write_vp8_frame(kPictures[encoding], is_keyframe, frame_);
    publisher.send_frame(now, sdp::TrackKind::kCamera, encoding, frame_, timestamp);
    if (!publisher.is_connected()) continue;
    keyframe_wanted_[encoding] = false;
    if (is_keyframe) ++keyframes_[encoding];
  }
}

}  // namespace lectern::sim
