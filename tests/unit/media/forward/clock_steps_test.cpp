// Towards viewers time goes on, whatever a publisher's clocks do.
#include "tests/unit/media/forward/stepping_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace lectern::forward {
namespace {

using Pictures = SteppingSource::Pictures;
using Reports = SteppingSource::Reports;
constexpr size_t kSound = SteppingSource::kSound;
constexpr size_t kPicture = SteppingSource::kPicture;
constexpr Duration kSettled = Duration::seconds(10);

struct Case {
  std::string what;
  std::vector<size_t> tracks;
  std::vector<double> steps;  // seconds, 2 s apart
  Reports reports = Reports::kFollow;
};

std::vector<Case> step_cases() {
  const std::vector<std::vector<double>> steps = {
      {0.1},      {-0.1}, {0.06},    {-0.06},      {0.2},       {-0.2},
      {0.3},      {-0.3}, {0.5},     {-0.5},       {0.55},      {-0.55},
      {1},        {-1},   {2},       {-2},         {4},         {-4},
      {5},        {-5},   {60},      {-60},        {3600},      {-3600},
      {40e3},     {-1e5}, {5, 5, 5}, {-4, -4, -4}, {5, -4, 60}, {-0.1, -0.1, 2},
      {47'000.0}, {-9.5}};
  const std::vector<std::pair<std::string, Reports>> reports = {
      {"follow", Reports::kFollow},
      {"keep the old clock", Reports::kKeepOldClock},
      {"follow late", Reports::kFollowLate}};
  const std::vector<std::pair<std::string, std::vector<size_t>>> tracks = {
      {"both", {kSound, kPicture}}, {"sound", {kSound}}, {"picture", {kPicture}}};
  std::vector<Case> cases;
  for (const auto& list : steps)
    for (const auto& [track_name, track_list] : tracks)
      for (const auto& [report_name, kind] : reports) {
        std::string what = track_name;
        what.append(" by ").append(std::to_string(list.front())).append(" s (");
        what.append(std::to_string(list.size())).append(" steps), reports ").append(report_name);
        cases.push_back(
            {.what = std::move(what), .tracks = track_list, .steps = list, .reports = kind});
      }
  return cases;
}

// Up to 8 ms of jitter, the same for all runs.
int64_t jitter(Instant at) {
  return (at.us() / 20'000 * 7919) % 8000;
}

// What the tracks of a source are like when it steps after `before`. `allowed`: how far from its
// time a frame may be meanwhile, milliseconds.
void check_steps(const Case& step, Pictures pictures, Duration before, double allowed) {
  SteppingSource source(step.reports, pictures);
  source.run(before, jitter);
  const double usual[] = {source.lateness(kSound), source.lateness(kPicture)};
  for (double seconds : step.steps) {
    for (size_t track : step.tracks) source.step(track, seconds);
    source.run(Duration::seconds(2), jitter);
  }
  source.run(kSettled, jitter);
  for (size_t track : {kSound, kPicture}) {
    if (allowed <= 40) {
      EXPECT_EQ(source.backward(track), 0) << track;
    }
    EXPECT_LE(source.largest_leap(track), track == kSound ? 40 : allowed) << track;
    EXPECT_NEAR(source.lateness(track), usual[track], 30) << track;
  }
  EXPECT_NEAR(source.lip_error(), 0, 40);
}

TEST(ClockSteps, AStepOfAnySizeAndSignIsNotSeenByViewers) {
  for (const Case& step : step_cases())
    for (const Pictures pictures : {Pictures::kVp8, Pictures::kH264}) {
      SCOPED_TRACE(step.what + (pictures == Pictures::kVp8 ? " (VP8)" : " (H.264)"));
      check_steps(step, pictures, Duration::seconds(6), 40);
    }
}

// At each place in the order of B-pictures. A step of less than what two of them take may show for
// one picture.
TEST(ClockSteps, AStepIsUndoneAmongBPicturesToo) {
  for (const Case& step : step_cases())
    for (int64_t place = 0; place < 3; ++place) {
      SCOPED_TRACE(step.what + ", place " + std::to_string(place));
      const bool is_small =
          std::ranges::any_of(step.steps, [](double seconds) { return std::abs(seconds) <= 0.12; });
      check_steps(step, Pictures::kH264WithB, Duration::milliseconds(6000 + 40 * place),
                  is_small ? 160 : 40);
    }
}

TEST(ClockSteps, WithoutReportsAStepIsUndoneAsWell) {
  for (double seconds : {0.1, -0.1, 1.0, -1.0, 5.0, -4.0, 3600.0}) {
    SCOPED_TRACE(seconds);
    SteppingSource source(Reports::kNone);
    source.run(Duration::seconds(6), jitter);
    const double usual = source.lateness(kSound);
    source.step(kSound, seconds);
    source.run(kSettled, jitter);
    EXPECT_EQ(source.backward(kSound), 0);
    EXPECT_NEAR(source.lateness(kSound), usual, 30);
  }
}

TEST(ClockSteps, AWallClockThatIsSetChangesNothing) {
  for (double seconds : {0.1, -0.1, 0.5, -2.0, 5.0, -60.0, 3600.0, -1e6, 1e8}) {
    SCOPED_TRACE(seconds);
    SteppingSource source(Reports::kFollow);
    source.run(Duration::seconds(6), jitter);
    source.step_wall_clock(seconds);
    for (int second = 0; second < 10; ++second) {
      source.run(Duration::milliseconds(980), jitter);
      EXPECT_NEAR(source.lip_error(), 0, 20) << "between the reports of the tracks, too";
    }
    for (size_t track : {kSound, kPicture}) {
      EXPECT_LE(source.largest_leap(track), 0.1) << "frames keep their time";
      EXPECT_EQ(source.backward(track), 0);
    }
  }
}

TEST(ClockSteps, APauseOfAnyLengthIsNoStep) {
  for (int64_t seconds : {1, 10, 60, 600}) {
    SCOPED_TRACE(seconds);
    SteppingSource source(Reports::kFollow);
    source.set_drift(500);
    source.run(Duration::seconds(6), jitter);
    source.pause(Duration::seconds(seconds), false);
    source.run(kSettled, jitter);
    for (size_t track : {kSound, kPicture})
      EXPECT_LE(source.largest_leap(track), 0.5 * static_cast<double>(seconds) + 0.6)
          << "500 ppm and nothing else";
    EXPECT_NEAR(source.lip_error(), 0, 20);
  }
}

TEST(ClockSteps, ALaptopThatSleptIsAsEarlyAsBefore) {
  for (int64_t seconds : {1, 2, 10, 25}) {
    SCOPED_TRACE(seconds);
    SteppingSource source(Reports::kFollow);
    source.run(Duration::seconds(6), jitter);
    const double usual[] = {source.lateness(kSound), source.lateness(kPicture)};
    source.pause(Duration::seconds(seconds), true);
    source.run(Duration::seconds(2), jitter);
    for (size_t track : {kSound, kPicture}) {
      EXPECT_NEAR(source.lateness(track), usual[track], 30);
      EXPECT_EQ(source.backward(track), 0);
    }
    EXPECT_NEAR(source.lip_error(), 0, 40);
  }
}

// A network may keep everything back for long and then bring it at once, or at twice its pace.
TEST(ClockSteps, AStallIsNoStep) {
  for (int64_t stall_ms : {200, 500, 1000, 3000, 8000})
    for (bool is_burst : {true, false}) {
      SCOPED_TRACE(std::to_string(stall_ms) + (is_burst ? " burst" : " drains"));
      SteppingSource source(Reports::kFollow);
      source.run(Duration::seconds(6), jitter);
      const Instant from = source.now();
      source.run(Duration::seconds(30), [&](Instant at) {
        const int64_t since = (at - from).us();
        const int64_t left = is_burst ? stall_ms * 1000 - since : stall_ms * 1000 - since / 2;
        return std::max(left, jitter(at));
      });
      for (size_t track : {kSound, kPicture}) EXPECT_LE(source.largest_leap(track), 0.1) << "exact";
      EXPECT_NEAR(source.lip_error(), 0, 20);
    }
}

TEST(ClockSteps, QueuesThatGrowAndShrinkAreNoStep) {
  SteppingSource source(Reports::kFollow);
  const auto waves = [](Instant at) {
    // Up to 800 ms, up and down in 8 s.
    const int64_t phase = at.ms() % 8000;
    return (phase < 4000 ? phase : 8000 - phase) * 200 + jitter(at);
  };
  source.run(Duration::seconds(60), waves);
  // A path that becomes longer or shorter for good.
  source.run(Duration::seconds(20), [](Instant at) { return 300'000 + jitter(at); });
  source.run(Duration::seconds(20), jitter);
  for (size_t track : {kSound, kPicture}) EXPECT_LE(source.largest_leap(track), 0.1);
}

TEST(ClockSteps, DriftIsNoStep) {
  for (int64_t ppm : {500, -500}) {
    SteppingSource source(Reports::kFollow);
    source.set_drift(ppm);
    source.run(Duration::seconds(300), jitter);
    for (size_t track : {kSound, kPicture}) EXPECT_LE(source.largest_leap(track), 0.6);
    EXPECT_NEAR(source.lip_error(), 0, 20);
  }
}

// ITU-T H.264: pictures are sent in the order in which they are decoded, not shown.
TEST(ClockSteps, FramesThatAreShownInAnotherOrderAreNoStep) {
  // The second is a pyramid: B-pictures that others refer to.
  const std::vector<std::vector<int>> orders = {{3, 1, 2, 6, 4, 5, 9, 7, 8},
                                                {4, 2, 1, 3, 5, 9, 7, 6, 8}};
  for (const auto& order : orders)
    for (const auto kind : {ClockSteps::Picture::kB, ClockSteps::Picture::kMaybeB}) {
      ClockSteps steps(90'000);
      Instant now = Instant::from_ms(1000);
      uint32_t base = 0xFFFF'0000;
      uint32_t newest = base - 3600;
      for (int round = 0; round < 20; ++round, base += 9 * 3600)
        for (int picture : order) {
          now += Duration::milliseconds(40);
          const uint32_t shown = base + 3600U * static_cast<uint32_t>(picture);
          const bool is_b = static_cast<int32_t>(shown - newest) < 0;
          if (!is_b) newest = shown;
          EXPECT_EQ(steps.follow({.arrival = now,
                                  .timestamp = shown,
                                  .follows_directly = true,
                                  .picture = is_b ? kind : ClockSteps::Picture::kInOrder},
                                 true),
                    0);
        }
    }
}

// B-pictures, loss, stalls: nothing is moved.
TEST(ClockSteps, BPicturesBehindALossyNetworkAreNoStep) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    SteppingSource source(Reports::kFollow, Pictures::kH264WithB);
    source.lose(0.1, seed);
    source.run(Duration::seconds(20), jitter);
    const Instant until = source.now() + Duration::milliseconds(300 * seed);
    source.run(Duration::seconds(20),
               [&](Instant at) { return std::max((until - at).us(), jitter(at)); });
    EXPECT_LE(source.largest_leap(kPicture), 0.1);
    EXPECT_EQ(source.backward(kPicture), 0);
  }
}

// Pictures 40 ms apart, some of which are lost. What `next` gives: by how many milliseconds they
// are to be moved.
class LossyPictures {
 public:
  LossyPictures() {
    for (int count = 0; count < 50; ++count) EXPECT_EQ(next(0, 0), 0);
  }
  // `lost` pictures, then one whose clock has stepped by `stepped` milliseconds.
  int64_t next(int64_t lost, int64_t stepped) {
    now_ += Duration::milliseconds(40 * (lost + 1));
    timestamp_ += static_cast<uint32_t>((40 * (lost + 1) + stepped) * 90);
    return steps.follow({.arrival = now_, .timestamp = timestamp_, .follows_directly = lost == 0},
                        true) /
           90;
  }

  ClockSteps steps{90'000};

 private:
  Instant now_ = Instant::from_ms(1000);
  uint32_t timestamp_ = 0xFFFF'0000;
};

TEST(ClockSteps, AStepRightAfterLostPicturesIsUndone) {
  for (int64_t lost = 0; lost < 5; ++lost)
    for (int64_t stepped : {-100, -60, 60, 100, 120, 1000}) {
      SCOPED_TRACE(std::to_string(lost) + " lost, then by " + std::to_string(stepped) + " ms");
      LossyPictures pictures;
      EXPECT_EQ(pictures.next(lost, 0), 0);
      EXPECT_EQ(pictures.next(0, stepped), -stepped);
      for (int count = 0; count < 50; ++count) EXPECT_EQ(pictures.next(0, 0), 0);
    }
}

TEST(ClockSteps, AStepBackThatLostPicturesHideWaitsForAReport) {
  for (bool is_told : {true, false}) {
    SCOPED_TRACE(is_told);
    LossyPictures pictures;
    EXPECT_EQ(pictures.next(2, -105), 0) << "15 ms further than the one before";
    for (int count = 0; count < 10; ++count) EXPECT_EQ(pictures.next(0, 0), 0);
    if (is_told) {
      EXPECT_TRUE(pictures.steps.confirm(int64_t{105} * 90));
      EXPECT_EQ(pictures.next(0, 0), 105);
    }
    for (int count = 0; count < 1000; ++count)
      EXPECT_EQ(pictures.next(0, 0), 0) << "a slower encoder looks the same";
  }
}

// A packet that comes late keeps the time that it would have had.
TEST(ClockSteps, LatePacketsKeepTheTimeOfTheirFrames) {
  SourceClock clock(90'000);
  Instant now = Instant::from_ms(1000);
  clock.start(1'000'000, 90'000);
  uint32_t source = 1'000'000;
  int64_t position = 0;
  const auto frame = [&](uint32_t ticks) {
    now += Duration::milliseconds(40);
    const uint32_t before = source;
    source += ticks;
    ++position;
    return clock.follow({.arrival = now, .timestamp = source, .follows_directly = true}, position,
                        before);
  };
  for (int count = 0; count < 10; ++count) EXPECT_FALSE(frame(3600));
  const uint32_t last = clock.map(source, position);
  const uint32_t last_source = source;
  EXPECT_TRUE(frame(static_cast<uint32_t>(-360'000)));
  EXPECT_EQ(clock.map(source, position), last + 3600);
  EXPECT_EQ(clock.map(last_source, position - 1), last);
  EXPECT_EQ(clock.map(last_source - 3600, position - 1), last - 3600);
  EXPECT_EQ(clock.map(source, position - 1), last + 3600) << "its frame's first packet, overtaken";
  for (int count = 0; count < 200; ++count) EXPECT_FALSE(frame(3600));
  EXPECT_EQ(clock.map(source, position), last + 201 * 3600);
}

}  // namespace
}  // namespace lectern::forward
