#include "media/forward/source_clock.h"

#include "media/rtp/sequence.h"

namespace lectern::forward {
namespace {

constexpr int64_t kMicroseconds = 1'000'000;

// Microseconds to ticks of `rate`; whole seconds apart, so that nothing overflows.
uint32_t to_ticks(int64_t us, uint32_t rate) {
  const int64_t ticks = us / kMicroseconds * rate + us % kMicroseconds * rate / kMicroseconds;
  return static_cast<uint32_t>(ticks);
}

// 32.32 seconds to ticks of `rate`, signed: differences of NTP stamps may be negative.
uint32_t ntp_to_ticks(int64_t ntp, uint32_t rate) {
  const int64_t seconds = ntp >> 32;
  const int64_t fraction = ntp & 0xFFFF'FFFF;
  return static_cast<uint32_t>(seconds * rate + (fraction * rate >> 32));
}

uint64_t to_ntp(int64_t us) {
  const int64_t fraction = us % kMicroseconds * (int64_t{1} << 32) / kMicroseconds;
  return static_cast<uint64_t>((us / kMicroseconds) * (int64_t{1} << 32) + fraction);
}

}  // namespace

uint32_t ClassClock::begin(Instant now) const {
  const uint32_t timestamp = to_ticks(now.us(), rate_);
  // At least 10 ms of distance, so that no two sources ever share a timestamp.
  if (latest_ && !rtp::is_newer(timestamp, *latest_ + rate_ / 100)) return *latest_ + rate_ / 100;
  return timestamp;
}

void ClassClock::note(uint32_t timestamp) {
  if (!latest_ || rtp::is_newer(timestamp, *latest_)) latest_ = timestamp;
}

void SourceClock::start(uint32_t source, uint32_t on_class_clock) {
  started_ = true;
  offset_ = on_class_clock - source;
  previous_offset_ = offset_;
  corrected_from_ = source;
}

uint32_t SourceClock::map(uint32_t source) const {
  const bool is_before = rtp::is_newer(corrected_from_, source);
  return source + (is_before ? previous_offset_ : offset_);
}

void SourceClock::handle_sender_report(Instant now, const ClockReport& report) {
  report_ = report;
  report_arrival_ = now;
}

std::optional<ClockReport> SourceClock::report_at(Instant now) const {
  if (!report_ || !started_) return std::nullopt;
  const int64_t elapsed = (now - report_arrival_).us();
  return ClockReport{report_->ntp + to_ntp(elapsed),
                     report_->rtp + to_ticks(elapsed, rate_) + offset_};
}

std::optional<int32_t> SourceClock::skew_against(const SourceClock& reference) const {
  if (!report_ || !reference.report_ || !started_ || !reference.started_) return std::nullopt;
  const auto apart = static_cast<int64_t>(report_->ntp - reference.report_->ntp);
  const uint32_t wanted = reference.report_->rtp + reference.offset_ + ntp_to_ticks(apart, rate_);
  const auto skew = static_cast<int32_t>(wanted - (report_->rtp + offset_));
  // Over 10 s apart the reports do not speak of one clock (a publisher whose time was set).
  const auto limit = static_cast<int32_t>(rate_ * 10);
  if (skew > limit || skew < -limit) return std::nullopt;
  return skew;
}

void SourceClock::correct(int32_t skew, uint32_t source, uint32_t not_before) {
  previous_offset_ = offset_;
  corrected_from_ = source;
  offset_ += static_cast<uint32_t>(skew);
  if (rtp::is_newer(not_before, source + offset_)) offset_ = not_before - source;
}

}  // namespace lectern::forward
