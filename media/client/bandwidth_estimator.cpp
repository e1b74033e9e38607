#include "media/client/bandwidth_estimator.h"

#include "media/rtp/extensions.h"

#include <algorithm>
#include <cmath>

namespace lectern::client {
namespace {

constexpr Duration kGroup = Duration::milliseconds(5);
constexpr Duration kFirstEstimate = Duration::seconds(5);
constexpr Duration kBetweenDecreases = Duration::milliseconds(300);
constexpr int64_t kBucketUs = 100'000;
// The trend is the slope, times the groups it was seen for (60 at most), times a gain.
constexpr double kGain = 4;
constexpr size_t kMostDeltas = 60;
constexpr double kSmoothing = 0.9;
constexpr double kOveruseMs = 10;
constexpr double kThresholdUp = 0.0087;
constexpr double kThresholdDown = 0.039;
constexpr double kLeastThresholdMs = 6;
constexpr double kMostThresholdMs = 600;
// A jump this far over the threshold is an event of its own and teaches nothing.
constexpr double kOutlierMs = 15;

double to_ms(Duration duration) {
  return static_cast<double>(duration.us()) / 1000;
}

}  // namespace

void BandwidthEstimator::on_packet(Instant now, uint32_t abs_send_time, size_t size) {
  if (!first_) {
    first_ = updated_ = threshold_at_ = now;
    bucket_ = now.us() / kBucketUs;
  }
  count(now, size);
  if (!group_) {
    group_ = Group{abs_send_time, abs_send_time, now};
    return;
  }
  const Duration since_first = rtp::abs_send_time_difference(abs_send_time, group_->first_send);
  if (since_first < Duration::zero()) return;  // overtaken: not a measure of the queue
  if (since_first <= kGroup) {
    group_->last_send = abs_send_time;
    group_->arrival = now;
    return;
  }
  if (before_) on_group(now, *before_, *group_);
  before_ = group_;
  group_ = Group{abs_send_time, abs_send_time, now};
}

void BandwidthEstimator::on_group(Instant now, const Group& before, const Group& group) {
  const Duration sent = rtp::abs_send_time_difference(group.last_send, before.last_send);
  const Duration arrived = group.arrival - before.arrival;
  delay_ms_ += to_ms(arrived - sent);
  smoothed_ms_ = kSmoothing * smoothed_ms_ + (1 - kSmoothing) * delay_ms_;
  points_[deltas_ % kPoints] = {to_ms(group.arrival - *first_), smoothed_ms_};
  ++deltas_;
  const double trend_slope = deltas_ >= kPoints ? slope() : 0;
  update(now, judge(now, trend_slope, to_ms(sent)));
}

// Least squares over the points.
double BandwidthEstimator::slope() const {
  double mean_x = 0;
  double mean_y = 0;
  for (const Point& point : points_) {
    mean_x += point.arrival_ms / kPoints;
    mean_y += point.delay_ms / kPoints;
  }
  double covariance = 0;
  double variance = 0;
  for (const Point& point : points_) {
    covariance += (point.arrival_ms - mean_x) * (point.delay_ms - mean_y);
    variance += (point.arrival_ms - mean_x) * (point.arrival_ms - mean_x);
  }
  return variance > 0 ? covariance / variance : 0;
}

BandwidthEstimator::Usage BandwidthEstimator::judge(Instant now, double slope, double send_ms) {
  const double trend = static_cast<double>(std::min(deltas_, kMostDeltas)) * slope * kGain;
  Usage usage = Usage::kNormal;
  if (trend > threshold_ms_) {
    over_ms_ += send_ms;
    if (over_ms_ > kOveruseMs && trend >= last_trend_) {
      over_ms_ = 0;
      usage = Usage::kOver;
    }
  } else {
    over_ms_ = 0;
    if (trend < -threshold_ms_) usage = Usage::kUnder;
  }
  last_trend_ = trend;
  adapt_threshold(now, trend);
  return usage;
}

void BandwidthEstimator::adapt_threshold(Instant now, double trend) {
  const double size = std::abs(trend);
  const double elapsed_ms = std::min(to_ms(now - threshold_at_), 100.0);
  threshold_at_ = now;
  if (size > threshold_ms_ + kOutlierMs) return;
  const double rate = size < threshold_ms_ ? kThresholdDown : kThresholdUp;
  threshold_ms_ = std::clamp(threshold_ms_ + rate * (size - threshold_ms_) * elapsed_ms,
                             kLeastThresholdMs, kMostThresholdMs);
}

void BandwidthEstimator::update(Instant now, Usage usage) {
  const DataRate arriving = received(now);
  if (usage == Usage::kOver) {
    if (now - lowered_ < kBetweenDecreases) return;
    const DataRate lower = arriving.percent(85);
    estimate_ = estimate_ ? std::min(*estimate_, lower) : lower;
    updated_ = lowered_ = now;
    return;
  }
  if (!estimate_) {
    if (now - *first_ >= kFirstEstimate) estimate_ = arriving;
    updated_ = now;
    return;
  }
  const double seconds = std::min((now - updated_).to_seconds(), 1.0);
  updated_ = now;
  if (usage == Usage::kUnder) return;  // the queue empties: wait until it has
  const DataRate grown = DataRate::bps(
      static_cast<int64_t>(static_cast<double>(estimate_->bps()) * std::pow(1.08, seconds)) + 1);
  const DataRate most = arriving.percent(150) + DataRate::kbps(10);
  estimate_ = std::max(*estimate_, std::min(grown, most));
}

void BandwidthEstimator::count(Instant now, size_t size) {
  const int64_t bucket = now.us() / kBucketUs;
  const int64_t passed = std::min(bucket - bucket_, static_cast<int64_t>(kRateBuckets));
  for (int64_t step = 1; step <= passed; ++step)
    bytes_[static_cast<size_t>(bucket_ + step) % kRateBuckets] = 0;
  if (passed == static_cast<int64_t>(kRateBuckets)) bytes_.fill(0);
  bucket_ = std::max(bucket_, bucket);
  bytes_[static_cast<size_t>(bucket_) % kRateBuckets] += static_cast<int64_t>(size);
}

DataRate BandwidthEstimator::received(Instant now) const {
  int64_t total = 0;
  for (const int64_t bytes : bytes_) total += bytes;
  const Duration window = Duration::microseconds(kBucketUs * static_cast<int64_t>(kRateBuckets));
  return DataSize::bytes(total) / std::clamp(now - *first_, Duration::milliseconds(200), window);
}

}  // namespace lectern::client
