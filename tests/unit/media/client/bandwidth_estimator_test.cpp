#include "media/client/bandwidth_estimator.h"

#include "media/rtp/extensions.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectern::client {
namespace {

// A stream of even packets through a link of a rate with an endless queue.
class Stream {
 public:
  void run(Duration duration, DataRate rate, DataRate link) {
    constexpr int64_t kSize = 1000;
    const Duration gap = Duration::microseconds(kSize * 8 * 1'000'000 / rate.bps());
    const Duration on_link = Duration::microseconds(kSize * 8 * 1'000'000 / link.bps());
    for (const Instant end = now_ + duration; now_ < end; now_ += gap) {
      free_ = std::max(free_, now_) + on_link;
      estimator.on_packet(free_ + Duration::milliseconds(20), rtp::to_abs_send_time(now_), kSize);
    }
  }

  BandwidthEstimator estimator;

 private:
  Instant now_ = Instant::from_ms(60'000);  // the stamps wrap at 64 s
  Instant free_;
};

TEST(BandwidthEstimator, SaysNothingForFiveSecondsAndThenWhatCame) {
  Stream stream;
  stream.run(Duration::milliseconds(4900), DataRate::kbps(400), DataRate::kbps(5000));
  EXPECT_FALSE(stream.estimator.estimate().has_value());
  stream.run(Duration::milliseconds(300), DataRate::kbps(400), DataRate::kbps(5000));
  ASSERT_TRUE(stream.estimator.estimate().has_value());
  EXPECT_NEAR(static_cast<double>(stream.estimator.estimate()->kbps()), 400, 40);
}

TEST(BandwidthEstimator, GrowsToHalfAgainOfWhatComes) {
  Stream stream;
  stream.run(Duration::seconds(30), DataRate::kbps(400), DataRate::kbps(5000));
  EXPECT_NEAR(static_cast<double>(stream.estimator.estimate()->kbps()), 610, 40);
}

TEST(BandwidthEstimator, AQueueThatGrowsIsSeenWithinASecond) {
  Stream stream;
  stream.run(Duration::seconds(10), DataRate::kbps(400), DataRate::kbps(5000));
  stream.run(Duration::seconds(1), DataRate::kbps(400), DataRate::kbps(200));
  EXPECT_LT(stream.estimator.estimate()->kbps(), 400);
  stream.run(Duration::seconds(2), DataRate::kbps(400), DataRate::kbps(200));
  EXPECT_LT(stream.estimator.estimate()->kbps(), 220);
  EXPECT_GT(stream.estimator.estimate()->kbps(), 120);
}

TEST(BandwidthEstimator, AQueueTellsBeforeTheFirstFiveSeconds) {
  Stream stream;
  stream.run(Duration::seconds(2), DataRate::kbps(400), DataRate::kbps(100));
  ASSERT_TRUE(stream.estimator.estimate().has_value());
  EXPECT_LT(stream.estimator.estimate()->kbps(), 110);
}

TEST(BandwidthEstimator, ComesBackWhenTheLinkDoes) {
  Stream stream;
  stream.run(Duration::seconds(6), DataRate::kbps(400), DataRate::kbps(200));
  const DataRate low = *stream.estimator.estimate();
  stream.run(Duration::seconds(20), DataRate::kbps(100), DataRate::kbps(5000));
  stream.run(Duration::seconds(20), DataRate::kbps(400), DataRate::kbps(5000));
  EXPECT_GT(*stream.estimator.estimate(), low.percent(200));
}

}  // namespace
}  // namespace lectern::client
