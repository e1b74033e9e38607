#include "media/worker/class_times.h"

#include "media/rtcp/reports.h"

#include <algorithm>
#include <cstdlib>

namespace lectern::worker {
namespace {

// Clocks that drift apart by 50 ppm do so once a minute.
constexpr int64_t kToldAgainUs = 3'000;
// No report is as late as that: it is on another clock.
constexpr int64_t kMostBehindUs = 60'000'000;

int64_t unix_us(uint64_t ntp) {
  return (rtcp::from_ntp(ntp) - rtcp::kNtpToUnix).us();
}

// Whether both say the same of an RTP time, within kToldAgainUs.
bool agree(const control::TrackTime& told, const control::TrackTime& now, uint32_t rate) {
  if (told.track != now.track || told.height != now.height) return false;
  const auto ticks = int64_t{static_cast<int32_t>(now.rtp - told.rtp)};
  const int64_t expected = told.at_us + ticks * 1'000'000 / rate;
  return std::abs(now.at_us - expected) <= kToldAgainUs;
}

}  // namespace

void ClassTimes::restart(bool is_publisher) {
  has_publisher_ = is_publisher;
  publisher_ = {};
  round_trip_ = {};
}

void ClassTimes::on_publisher_report(Instant now, uint64_t ntp) {
  if (const auto class_time = clock_.at(now))
    publisher_.add(now, Duration::microseconds(class_time->us() - unix_us(ntp)));
}

std::optional<Duration> ClassTimes::offset(Instant now) const {
  if (!has_publisher_) return Duration::zero();
  const auto least = publisher_.at(now);
  return least ? std::optional(*least - round_trip_.at(now).value_or(Duration::zero()) / 2)
               : std::nullopt;
}

// A report that came late by 80 ms says for `now` what was due 80 ms ago: both of its clocks are
// moved on by as much, which leaves the frame's class time as it is.
std::optional<forward::ClockReport> ClassTimes::in_class_time(
    Instant now, uint32_t rate, const forward::ClockReport& report) const {
  const auto class_time = clock_.at(now);
  const auto ahead = offset(now);
  if (!class_time || !ahead) return std::nullopt;
  const int64_t behind = class_time->us() - (unix_us(report.ntp) + ahead->us());
  // A leg from a worker that does not know class time carries the publisher's clock.
  if (std::abs(behind) > kMostBehindUs) return std::nullopt;
  const Duration since_1970 = Duration::microseconds(class_time->us());
  return forward::ClockReport{.ntp = rtcp::to_ntp(since_1970 + rtcp::kNtpToUnix),
                              .rtp = report.rtp + static_cast<uint32_t>(behind * rate / 1'000'000)};
}

std::vector<control::TrackTime> ClassTimes::times(Instant now, const Tracks& tracks) const {
  std::vector<control::TrackTime> times;
  for (size_t index = 0; index < tracks.size(); ++index) {
    const auto track = static_cast<control::Track>(index);
    for (uint8_t encoding = 0; encoding < forward::kMaxEncodings; ++encoding) {
      const auto report = tracks[index].report_at(now, {.encoding = encoding});
      if (!report) continue;
      const auto in_class = in_class_time(now, tracks[index].rate(), *report);
      if (!in_class) continue;
      times.push_back({.track = track,
                       .height = tracks[index].height(now, encoding),
                       .rtp = in_class->rtp,
                       .at_us = unix_us(in_class->ntp)});
    }
  }
  return times;
}

std::optional<std::vector<control::TrackTime>> ClassTimes::take_change(Instant now,
                                                                       const Tracks& tracks) {
  std::vector<control::TrackTime> found = times(now, tracks);
  const auto is_same = [&tracks](const control::TrackTime& told, const control::TrackTime& fresh) {
    return agree(told, fresh, tracks[static_cast<size_t>(fresh.track)].rate());
  };
  if (told_ && std::ranges::equal(*told_, found, is_same)) return std::nullopt;
  if (!told_ && found.empty()) return std::nullopt;
  told_ = found;
  return found;
}

}  // namespace lectern::worker
