// Which pictures of a video stream are whole, in order: the half of a jitter buffer that needs no
// decoder. Works on positions (unwrapped sequence numbers) and the marker bit, so it also serves
// packets that were never decrypted.
#pragma once

#include "base/time.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::client {

// What is known of one packet.
struct PacketFacts {
  int64_t position = 0;
  uint32_t timestamp = 0;
  bool is_marker = false;
  bool starts_keyframe = false;          // false also when it was not decrypted
  std::optional<uint16_t> picture_id{};  // VP8, first packet of a frame
};

struct AssembledFrame {
  uint32_t timestamp = 0;
  bool is_keyframe = false;
  bool is_decodable = false;  // whole, and so is all it refers to
  std::optional<uint16_t> picture_id;
  bool follows_hole = false;  // what came before it was given up
};

class FrameAssembler {
 public:
  static constexpr size_t kWindow = 2048;  // packets; power of two
  // How long a hole holds up what follows before it is given up.
  static constexpr Duration kPatience = Duration::seconds(1);

  // `knows_keyframes`: false when packets are sampled: then each whole frame counts as decodable.
  explicit FrameAssembler(bool knows_keyframes) : knows_keyframes_(knows_keyframes) {}

  // A packet, once; in any order.
  void insert(Instant now, const PacketFacts& packet);

  // The next whole frame, in order; nothing while packets are missing. Holes older than kPatience
  // are skipped; so are holes before a whole keyframe.
  std::optional<AssembledFrame> next(Instant now);

  // True from a skipped hole (and from the start) to the next keyframe.
  [[nodiscard]] bool waits_for_keyframe() const { return waits_for_keyframe_; }

 private:
  struct Slot {
    int64_t position = -1;
    uint32_t timestamp = 0;
    uint16_t picture_id = 0;
    bool has_picture_id = false;
    bool is_marker = false;
    bool starts_keyframe = false;
  };

  [[nodiscard]] const Slot* find(int64_t position) const;
  std::optional<int64_t> end_of_frame(int64_t& scanned) const;
  AssembledFrame take(int64_t last);
  void jump(int64_t position);
  bool skip_hole(Instant now);

  bool knows_keyframes_;
  bool waits_for_keyframe_ = true;
  bool has_started_ = false;
  bool follows_hole_ = false;
  std::array<Slot, kWindow> slots_{};
  int64_t next_ = 0;     // first packet of the next frame
  int64_t scanned_ = 0;  // all of next_..scanned_-1 are here, none of them a marker
  int64_t newest_ = 0;
  std::optional<int64_t> keyframe_;  // start of the newest keyframe seen
  Instant blocked_since_ = Instant::never();
};

}  // namespace lectern::client
