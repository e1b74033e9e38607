// Class time of media: whatever the teacher's clock says, at the origin and behind a leg.
#include "base/class_time.h"

#include "media/rtcp/reports.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace lectern::worker {
namespace {

constexpr ClassTime kZero = ClassTime::from_us(1'800'000'000'000'000);  // at Instant zero

// Signaling tells its clock each second, a leg's workers 3 ms apart.
void run(ClassInABox& box, int seconds) {
  for (int second = 0; second < seconds; ++second) {
    for (size_t worker = 0; worker < box.workers.size(); ++worker)
      box.control(control::Clock{.class_time_us = (kZero + (box.now - Instant())).us()}, worker);
    box.run_for(Duration::seconds(1));
  }
}

// How much later than it was sent the report says that the newest packet was: its way to the
// student took `way`.
double error_ms(const client::TrackStats& track, int64_t rate, Duration way) {
  if (!track.report) return 1e9;
  const Duration reported = rtcp::from_ntp(track.report->ntp) - rtcp::kNtpToUnix;
  const auto ticks =
      int64_t{static_cast<int32_t>(track.newest_timestamp - track.report->rtp_timestamp)};
  const int64_t said = reported.us() + ticks * 1'000'000 / rate;
  const int64_t was = (kZero + (track.newest_arrival - way - Instant())).us();
  return static_cast<double>(said - was) / 1'000;
}

class TeachersClock : public testing::TestWithParam<int> {};

TEST_P(TeachersClock, P124IsNotTrusted) {
  ClassInABox box(2);
  box.teachers_clock = Duration::seconds(1'800'000'000 + GetParam());
  box.connect_workers(0, 1, 7);
  run(box, 1);
  box.teach(3);
  const auto* near = box.watch({}, 0);
  const auto* far = box.watch({}, 1);
  run(box, 20);
  for (const auto* student : {near, far}) {
    const Duration way = student == near ? box.delay * 2 : box.delay * 3;  // a leg takes as long
    EXPECT_NEAR(error_ms(box.sound(*student), 48'000, way), 0, 8);
    EXPECT_NEAR(error_ms(box.camera(*student), 90'000, way), 0, 8);
  }
  // Pages of both workers are told the same as the reports.
  for (const auto& times : box.events_of<control::MediaTimes>()) EXPECT_EQ(times.class_id, "demo");
  const auto told = box.events_of<control::MediaTimes>();
  ASSERT_FALSE(told.empty());
  ASSERT_GE(told.back().tracks.size(), 3U) << "the encodings that somebody receives";
  EXPECT_EQ(told.back().tracks[0].track, control::Track::kAudio);
  EXPECT_EQ(told.back().tracks[1].track, control::Track::kCamera);
  EXPECT_GT(told.back().tracks[1].height, 0U);
  const int64_t told_us = told.back().tracks[0].at_us;
  EXPECT_LT(std::abs(told_us - (kZero + (box.now - Instant())).us()), 25'000'000);
}

INSTANTIATE_TEST_SUITE_P(Seconds, TeachersClock, testing::Values(0, 3'600, -3'600),
                         [](const auto& offset) {
                           return offset.param < 0   ? std::string("behind")
                                  : offset.param > 0 ? std::string("ahead")
                                                     : std::string("right");
                         });

TEST(ClassTime, P123IsToldOnChangeAndAgainToASignalingThatHasComeBack) {
  ClassInABox box;
  run(box, 1);
  box.teach(1);
  run(box, 3);
  EXPECT_TRUE(box.events_of<control::MediaTimes>().empty()) << "nobody watches";
  box.watch();
  run(box, 3);
  const size_t told = box.events_of<control::MediaTimes>().size();
  EXPECT_GE(told, 1U);
  run(box, 30);
  EXPECT_LE(box.events_of<control::MediaTimes>().size(), told + 2) << "clocks do not drift here";
  const size_t before = box.events_of<control::MediaTimes>().size();
  static_cast<void>(box.workers[0]->handle_control_connected(box.now));
  run(box, 1);
  EXPECT_EQ(box.events_of<control::MediaTimes>().size(), before + 1);
}

TEST(ClassTime, P123ANewTeacherHasNewTimes) {
  ClassInABox box;
  run(box, 1);
  auto* first = box.teach(1);
  const auto* student = box.watch();
  run(box, 4);
  box.vanish(*first);
  box.teachers_clock = Duration::seconds(5);  // since it was switched on
  box.teach(1);
  run(box, 8);
  EXPECT_NEAR(error_ms(box.sound(*student), 48'000, box.delay * 2), 0, 8);
  EXPECT_NEAR(error_ms(box.camera(*student), 90'000, box.delay * 2), 0, 8);
}

TEST(ClassTime, P124WithoutASignalingThatTellsItReportsKeepThePublishersClock) {
  ClassInABox box;
  box.teachers_clock = Duration::seconds(100);
  box.teach(1);
  const auto* student = box.watch();
  box.run_for(Duration::seconds(4));
  ASSERT_TRUE(box.sound(*student).report.has_value());
  const Duration reported = rtcp::from_ntp(box.sound(*student).report->ntp);
  EXPECT_NEAR((reported - box.teachers_clock - (box.now - Instant())).to_seconds(), 0, 1.1);
  EXPECT_TRUE(box.events_of<control::MediaTimes>().empty());
}

}  // namespace
}  // namespace lectern::worker
