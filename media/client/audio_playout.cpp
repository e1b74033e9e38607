#include "media/client/audio_playout.h"

#include <algorithm>

namespace lectern::client {
namespace {

constexpr int64_t kClockRate = 48'000;
// RFC 6716 §2.1.4: no Opus packet is longer; a larger step is silence that was not sent (DTX).
constexpr Duration kMaxPacketTime = Duration::milliseconds(120);
// A player that has run dry for this long starts anew instead of inventing sound.
constexpr Duration kMaxLateness = Duration::seconds(2);

}  // namespace

void AudioPlayout::on_packet(Instant now, int64_t position, uint32_t timestamp) {
  if (!origin_) {
    origin_ = now + kTarget;
    newest_position_ = position;
    newest_timestamp_ = timestamp;
    return;
  }
  const auto step = static_cast<int32_t>(timestamp - newest_timestamp_);
  const int64_t media_us = media_us_ + step * 1'000'000LL / kClockRate;
  if (position > newest_position_) {
    if (position == newest_position_ + 1 && step > 0) {
      packet_time_ =
          std::min(kMaxPacketTime, Duration::microseconds(step * 1'000'000LL / kClockRate));
    }
    played_ += packet_time_ * (position - newest_position_);
    newest_position_ = position;
    newest_timestamp_ = timestamp;
    media_us_ = media_us;
  }
  const Duration slack = *origin_ + Duration::microseconds(media_us) - now;
  if (slack < Duration::zero()) {
    const Duration late = std::min(-slack, kMaxLateness);
    concealed_ += late;
    *origin_ += -slack;
    least_slack_ = Duration::zero();
  }
  least_slack_ = std::min(least_slack_, slack);
  if (++packets_ < kShrinkAfter) return;
  if (least_slack_ > kTarget) *origin_ = *origin_ - (least_slack_ - kTarget);
  least_slack_ = Duration::infinite();
  packets_ = 0;
}

void AudioPlayout::on_lost(int64_t packets) {
  concealed_ += packet_time_ * packets;
}

}  // namespace lectern::client
