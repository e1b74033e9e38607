#include "media/client/audio_playout.h"

#include <algorithm>
#include <span>

namespace lectern::client {
namespace {

constexpr int64_t kClockRate = 48'000;
// RFC 6716 §2.1.4: no Opus packet is longer; a larger step is silence that was not sent (DTX).
constexpr int64_t kMaxPacketUs = 120'000;
// A player that has run dry for this long starts anew instead of inventing sound.
constexpr int64_t kMaxDryUs = 2'000'000;
constexpr int64_t kLeastDelayUs = 20'000;
constexpr double kForget = 0.983;
constexpr double kForgetRepaired = 0.9993;
constexpr double kQuantile = 0.95;
constexpr int64_t kToleranceUs = 20'000;
constexpr double kUsPerLostShare = 2.0e6;  // 20 ms for one in a hundred
constexpr int kArrivalsPerMinimum = 25;    // so that the fastest of about 2 s counts

void add(std::span<double> shares, size_t bin, double forget) {
  for (double& share : shares) share *= forget;
  shares[bin] += 1 - forget;
}

}  // namespace

void AudioPlayout::start(Instant now, int64_t position, uint32_t timestamp) {
  origin_us_ = now.us() + kStartDelay.us();
  first_position_ = next_ = newest_position_ = position;
  newest_timestamp_ = timestamp;
  fastest_us_.fill(now.us());
  slot(position) = {.position = position, .media_us = 0};
}

void AudioPlayout::on_packet(Instant now, int64_t position, uint32_t timestamp) {
  if (!origin_us_) return start(now, position, timestamp);
  if (position < first_position_) return;
  const auto step = static_cast<int32_t>(timestamp - newest_timestamp_);
  const int64_t media_us = newest_media_us_ + int64_t{step} * 1'000'000 / kClockRate;
  play_until(now);
  const bool is_in_order = position > newest_position_;
  if (is_in_order) {
    if (position == newest_position_ + 1 && step > 0)
      packet_us_ = std::min(kMaxPacketUs, int64_t{step} * 1'000'000 / kClockRate);
    // A gap longer than the buffer: nothing of it is waited for.
    if (position - next_ >= kBuffer) next_ = position;
    if (next_ > newest_position_) wait_for(now, position);
    newest_position_ = position;
    newest_timestamp_ = timestamp;
    newest_media_us_ = media_us;
  }
  if (position >= next_) slot(position) = {.position = position, .media_us = media_us};
  learn_delay(now, media_us, is_in_order);
  follow_delay();
}

void AudioPlayout::play_until(Instant now) {
  while (next_ <= newest_position_) {
    const Slot& entry = slot(next_);
    const bool is_here = entry.position == next_;
    const int64_t media_us = is_here ? entry.media_us : next_media_us_;
    if (*origin_us_ + media_us > now.us()) return;
    (is_here ? played_ : concealed_) += Duration::microseconds(packet_us_);
    next_media_us_ = media_us + packet_us_;
    ++next_;
  }
}

// Nothing was left when `position` came: what is lost before it has been bridged meanwhile.
void AudioPlayout::wait_for(Instant now, int64_t position) {
  int64_t dry_us = now.us() - (*origin_us_ + next_media_us_);
  if (dry_us <= 0) return;
  concealed_ += Duration::microseconds(std::min(dry_us, kMaxDryUs));
  while (next_ < position && dry_us >= packet_us_) {
    dry_us -= packet_us_;
    next_media_us_ += packet_us_;
    ++next_;
  }
  *origin_us_ += dry_us;
}

void AudioPlayout::learn_delay(Instant now, int64_t media_us, bool is_in_order) {
  const int64_t transit_us = now.us() - media_us;
  if (++arrivals_ % kArrivalsPerMinimum == 0) {
    std::shift_right(fastest_us_.begin(), fastest_us_.end(), 1);
    fastest_us_[0] = transit_us;
  }
  fastest_us_[0] = std::min(fastest_us_[0], transit_us);
  const int64_t needed_us = transit_us - *std::ranges::min_element(fastest_us_);
  const auto bin = std::min(static_cast<size_t>(needed_us / kBinWidth), kBins - 1);
  // The first packets count for more, until there are enough of them.
  const double at_start = 1 - 2.0 / (arrivals_ + 1);
  if (is_in_order) add(in_order_, bin, std::min(kForget, at_start));
  add(repaired_, is_in_order ? 0 : bin, std::min(kForgetRepaired, at_start));
  choose_target();
}

void AudioPlayout::choose_target() {
  size_t enough = 0;
  for (double share = in_order_[0]; share < kQuantile && enough + 1 < kBins;)
    share += in_order_[++enough];
  const int64_t base_us = std::max(static_cast<int64_t>(enough + 1) * kBinWidth, least_us_);
  double too_late = 1;
  double best = kUsPerLostShare;
  target_us_ = base_us;
  for (size_t bin = 0; bin < kBins; ++bin) {
    too_late -= repaired_[bin];
    const int64_t delay_us = std::max(static_cast<int64_t>(bin + 1) * kBinWidth, base_us);
    const double cost = static_cast<double>(delay_us - base_us) + kUsPerLostShare * too_late;
    if (cost >= best) continue;
    best = cost;
    target_us_ = std::max(delay_us, kLeastDelayUs);
  }
}

void AudioPlayout::follow_delay() {
  const int64_t delay_us = *origin_us_ - *std::ranges::min_element(fastest_us_);
  const int64_t low_us = std::max(target_us_, least_us_);
  const int64_t high_us = std::max(target_us_, target_us_ * 3 / 4 + kToleranceUs);
  const int64_t most_us = packet_us_ / 10;
  if (delay_us < low_us) *origin_us_ += std::min(most_us, low_us - delay_us);
  if (delay_us > high_us) *origin_us_ -= std::min(most_us, delay_us - high_us);
}

}  // namespace lectern::client
