#include "media/client/frame_assembler.h"

#include <utility>

namespace lectern::client {

const FrameAssembler::Slot* FrameAssembler::find(int64_t position) const {
  const Slot& slot = slots_[static_cast<size_t>(position) % kWindow];
  return slot.position == position ? &slot : nullptr;
}

void FrameAssembler::insert(Instant now, const PacketFacts& packet) {
  if (!has_started_) {
    has_started_ = true;
    next_ = scanned_ = newest_ = packet.position;
  }
  if (packet.position < next_) return;
  newest_ = std::max(newest_, packet.position);
  // Nothing was whole for a full window: what is older cannot be completed any more.
  if (newest_ - next_ >= static_cast<int64_t>(kWindow)) jump(newest_);
  slots_[static_cast<size_t>(packet.position) % kWindow] = {
      .position = packet.position,
      .timestamp = packet.timestamp,
      .picture_id = packet.picture_id.value_or(0),
      .has_picture_id = packet.picture_id.has_value(),
      .is_marker = packet.is_marker,
      .starts_keyframe = packet.starts_keyframe,
  };
  if (packet.starts_keyframe && (!keyframe_ || packet.position > *keyframe_)) {
    keyframe_ = packet.position;
  }
  if (blocked_since_.is_never()) blocked_since_ = now;
}

void FrameAssembler::jump(int64_t position) {
  next_ = scanned_ = position;
  waits_for_keyframe_ = true;
  follows_hole_ = true;
}

// The marker that ends the frame at `start`, if nothing is missing on the way; `scanned` saves
// walking the same packets again.
std::optional<int64_t> FrameAssembler::end_of_frame(int64_t& scanned) const {
  for (; scanned <= newest_; ++scanned) {
    const Slot* slot = find(scanned);
    if (slot == nullptr) return std::nullopt;
    if (slot->is_marker) return scanned;
  }
  return std::nullopt;
}

AssembledFrame FrameAssembler::take(int64_t last) {
  AssembledFrame frame;
  frame.follows_hole = std::exchange(follows_hole_, false);
  frame.timestamp = find(last)->timestamp;
  for (int64_t position = next_; position <= last; ++position) {
    const Slot& slot = *find(position);
    // Packets without content (padding) can stand before a frame, with a timestamp of their own.
    if (slot.starts_keyframe) frame.is_keyframe = true;
    if (slot.has_picture_id && !frame.picture_id) frame.picture_id = slot.picture_id;
  }
  if (frame.is_keyframe) waits_for_keyframe_ = false;
  frame.is_decodable = !knows_keyframes_ || !waits_for_keyframe_;
  next_ = scanned_ = last + 1;
  return frame;
}

// Gives up the hole at `scanned_`: on with the next packet after a marker, or with a whole
// keyframe where there is one. False: nothing to go on with yet.
bool FrameAssembler::skip_hole(Instant now) {
  if (keyframe_ && *keyframe_ > scanned_) {
    int64_t scanned = *keyframe_;
    if (end_of_frame(scanned)) {
      jump(*keyframe_);
      return true;
    }
  }
  if (now - blocked_since_ < kPatience) return false;
  for (int64_t position = scanned_ + 1; position <= newest_; ++position) {
    const Slot* slot = find(position);
    if (slot == nullptr || !slot->is_marker) continue;
    jump(position + 1);
    blocked_since_ = now;
    return true;
  }
  return false;
}

std::optional<AssembledFrame> FrameAssembler::next(Instant now) {
  if (!has_started_) return std::nullopt;
  while (true) {
    if (const auto last = end_of_frame(scanned_)) {
      blocked_since_ = Instant::never();
      return take(*last);
    }
    const bool is_hole = scanned_ <= newest_;
    if (!is_hole) {
      blocked_since_ = Instant::never();
      return std::nullopt;
    }
    if (blocked_since_.is_never()) blocked_since_ = now;
    if (!skip_hole(now)) return std::nullopt;
  }
}

}  // namespace lectern::client
