// The fan-out under everything that a network and a publisher can do to it. What is held: numbers
// without gaps other than the source's own, a retransmission equal to what was sent, no break at a
// change of tier or source, time that never goes back.
#include "base/rng.h"
#include "media/forward/track.h"
#include "tests/property/seed.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace lectern::forward {
namespace {

// A packet under way to the worker.
struct Arrival {
  int64_t at = 0;  // ms
  size_t encoding = 0;
  EncodedPacket packet;
};

struct Weather {
  double loss = 0;
  double late = 0;
  double duplicate = 0;
  double padding = 0;
};

// A class with two simulcast encodings, and viewers that wander between all tiers.
class Wandering {
 public:
  Wandering(uint64_t seed, const Weather& weather, size_t viewers) : rng_(seed), weather_(weather) {
    for (size_t index = 0; index < viewers; ++index) {
      viewers_.push_back(std::make_unique<Viewer>());
      viewers_.back()->subscription = std::make_unique<Subscription>(
          Route::kViewers, SlotId{static_cast<uint32_t>(index), 1}, uint8_t{1}, kIdentity,
          static_cast<uint16_t>(1 + rng_.below(0x7FFF)), uint16_t{1});
    }
    new_source();
  }

  struct Viewer {
    std::unique_ptr<Subscription> subscription;
    std::map<uint64_t, SeenPacket> seen;  // by extended number
    uint64_t repeated = 0;
  };

  void run(int frames) {
    for (int frame = 0; frame < frames; ++frame) {
      now_ += Duration::milliseconds(33);
      send_frames();
      arrive(now_.ms());
      wander();
      // Served now and then only, but never as late as the ring is long.
      if (rng_.chance(0.3)) drain_all();
    }
    arrive(now_.ms() + 10'000);
    drain_all();
  }

  void new_source() {
    track_.end_source();
    encoders_.clear();
    under_way_.clear();
    encoders_.emplace_back(rng_, rng_.chance(0.5), 320, 180);
    encoders_.emplace_back(rng_, rng_.chance(0.5), 1280, 720);
  }

  [[nodiscard]] const std::vector<std::unique_ptr<Viewer>>& viewers() const { return viewers_; }
  [[nodiscard]] int64_t lost() const { return lost_; }
  Rng& rng() { return rng_; }
  [[nodiscard]] PacketSlab& slab() { return slab_; }
  Track& track() { return track_; }
  [[nodiscard]] Instant now() const { return now_; }

 private:
  void send_frames() {
    for (size_t encoding = 0; encoding < encoders_.size(); ++encoding) {
      VirtualEncoder& encoder = encoders_[encoding];
      if (track_.take_keyframe_request(now_, encoding) || rng_.chance(0.01))
        encoder.want_keyframe();
      for (EncodedPacket& packet : encoder.frame(1 + rng_.below(5))) post(encoding, packet);
      if (rng_.chance(weather_.padding)) {
        EncodedPacket probe = encoder.padding();
        post(encoding, probe);
      }
    }
  }

  void post(size_t encoding, const EncodedPacket& packet) {
    if (rng_.chance(weather_.loss)) {
      ++lost_;
      return;
    }
    int64_t at = now_.ms();
    if (rng_.chance(weather_.late)) at += 1 + static_cast<int64_t>(rng_.below(200));
    under_way_.push_back({at, encoding, packet});
    if (rng_.chance(weather_.duplicate)) under_way_.push_back({at + 3, encoding, packet});
  }

  void arrive(int64_t until) {
    std::stable_sort(under_way_.begin(), under_way_.end(),
                     [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
    size_t count = 0;
    for (; count < under_way_.size() && under_way_[count].at <= until; ++count) {
      const Arrival& arrival = under_way_[count];
      [[maybe_unused]] const auto accepted =
          track_.accept(now_, arrival.encoding, arrival.packet.incoming());
      if (rng_.chance(0.2)) drain_some();
    }
    under_way_.erase(under_way_.begin(), under_way_.begin() + static_cast<int64_t>(count));
  }

  void wander() {
    for (const auto& viewer : viewers_) {
      if (viewer->subscription->tier() != nullptr && !rng_.chance(0.05)) continue;
      const auto ladder = track_.ladder(now_);
      if (ladder.empty()) continue;
      track_.subscribe(now_, *viewer->subscription, ladder[rng_.below(ladder.size())].id);
    }
  }

  // The shell's batches end anywhere.
  void drain_some() {
    for (uint64_t count = rng_.below(40); count > 0; --count)
      if (!drain_one()) return;
  }
  void drain_all() {
    while (drain_one()) {
    }
  }
  bool drain_one() {
    const auto due = fanouts_.viewers.next();
    if (!due) return false;
    std::array<uint8_t, 1500> buffer{};
    const auto written = due->subscription->write_next(*due->packet, 0x123456, buffer);
    Viewer& viewer = *viewers_[due->subscription->owner().slot];
    SeenPacket seen = read_packet(Bytes(buffer).first(written.size), written.index);
    EXPECT_EQ(seen.header.sequence_number, static_cast<uint16_t>(written.index));
    EXPECT_TRUE(viewer.seen.emplace(written.index, seen).second)
        << "number " << written.index << " sent twice";
    ask_again(viewer);
    return true;
  }

  // NACK for one of the last packets: the very same one comes back.
  void ask_again(Viewer& viewer) {
    if (!rng_.chance(0.3) || viewer.seen.empty()) return;
    const uint64_t newest = viewer.seen.rbegin()->first;
    const uint64_t number = newest - rng_.below(std::min<uint64_t>(newest, 100));
    const auto sent = viewer.subscription->find_sent(static_cast<uint16_t>(number));
    if (!sent) return;
    const auto before = viewer.seen.find(number);
    if (before == viewer.seen.end()) return;  // it came too late for its first turn
    std::array<uint8_t, 1500> buffer{};
    const auto written = viewer.subscription->write_rtx(*sent, 0x654321, buffer);
    ASSERT_TRUE(written);
    const auto view = rtp::parse(Bytes(buffer).first(written->size));
    ASSERT_TRUE(view);
    ASSERT_GE(view->payload.size(), 2U);
    EXPECT_EQ(load_be16(view->payload.data()), before->second.header.sequence_number);
    EXPECT_EQ(view->header.timestamp, before->second.header.timestamp);
    EXPECT_EQ(view->header.marker, before->second.header.marker);
    EXPECT_EQ(view->header.payload_type, 97);
    const Bytes original = view->payload.subspan(2);
    EXPECT_TRUE(std::ranges::equal(original, before->second.payload));
    ++viewer.repeated;
  }

  Rng rng_;
  Weather weather_;
  Instant now_ = Instant::from_ms(1'000'000);
  PacketSlab slab_{20'000};
  Fanouts fanouts_;
  Track track_{Track::Kind::kScreen, slab_, fanouts_};
  std::vector<VirtualEncoder> encoders_;
  std::vector<Arrival> under_way_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  int64_t lost_ = 0;
};

// The packets of a viewer by frame: each frame has one timestamp and one picture id, in the order
// of numbers both only grow, and nothing of one source frame is split over two.
void expect_ordered(const Wandering::Viewer& viewer, bool is_complete) {
  const SeenPacket* before = nullptr;
  for (const auto& [number, packet] : viewer.seen) {
    if (packet.payload.empty()) continue;  // a number without content
    if (before != nullptr) {
      const auto time = static_cast<int32_t>(packet.header.timestamp - before->header.timestamp);
      const uint16_t pictures =
          (packet.descriptor->picture_id - before->descriptor->picture_id) & 0x7FFF;
      EXPECT_GE(time, 0) << "at " << number;
      if (time == 0) {
        EXPECT_EQ(pictures, 0) << "at " << number;
        EXPECT_EQ(load_be32(packet.payload.data() + 30), load_be32(before->payload.data() + 30));
      } else if (is_complete) {
        EXPECT_EQ(pictures, 1) << "at " << number;
        EXPECT_TRUE(packet.descriptor->starts_frame()) << "at " << number;
      } else {
        EXPECT_LT(pictures, 0x4000) << "at " << number;
        EXPECT_GT(pictures, 0) << "at " << number;
      }
    }
    before = &packet;
  }
}

uint64_t missing(const Wandering::Viewer& viewer) {
  if (viewer.seen.empty()) return 0;
  const uint64_t span = viewer.seen.rbegin()->first - viewer.seen.begin()->first + 1;
  return span - viewer.seen.size();
}

TEST(FanoutProperty, InOrderNothingIsEverMissing) {
  Wandering world(property_seed(), {.padding = 0.3}, 20);
  world.run(600);
  for (const auto& viewer : world.viewers()) {
    EXPECT_GT(viewer->seen.size(), 300U);
    EXPECT_TRUE(viewer->seen.begin()->second.is_keyframe_start);
    EXPECT_EQ(missing(*viewer), 0U);
    EXPECT_GT(viewer->repeated, 50U);
    expect_ordered(*viewer, true);
  }
}

TEST(FanoutProperty, LatenessAndDuplicatesOpenNoLastingGap) {
  const uint64_t seed = property_seed();
  for (uint64_t round = 0; round < 10; ++round) {
    Wandering world(seed + round, {.late = 0.1, .duplicate = 0.1, .padding = 0.2}, 5);
    world.run(300);
    for (const auto& viewer : world.viewers()) {
      ASSERT_FALSE(viewer->seen.empty());
      expect_ordered(*viewer, false);
      // What was on its way when the viewer changed tiers is under its number in the old ring.
      for (uint64_t number = viewer->seen.begin()->first; number < viewer->seen.rbegin()->first;
           ++number) {
        const bool is_recent = viewer->seen.rbegin()->first - number < 60;
        if (viewer->seen.contains(number) || !is_recent) continue;
        EXPECT_TRUE(viewer->subscription->find_sent(static_cast<uint16_t>(number)))
            << "hole at " << number;
      }
    }
  }
}

TEST(FanoutProperty, LossOpensOnlyTheGapsThatTheSourceHas) {
  const uint64_t seed = property_seed();
  for (uint64_t round = 0; round < 10; ++round) {
    Wandering world(seed + round, {.loss = 0.05, .late = 0.05, .padding = 0.2}, 5);
    world.run(300);
    for (const auto& viewer : world.viewers()) {
      ASSERT_FALSE(viewer->seen.empty());
      expect_ordered(*viewer, false);
      EXPECT_LE(missing(*viewer), static_cast<uint64_t>(world.lost()) + 100);
    }
  }
}

TEST(FanoutProperty, SourcesComeAndGoAndTheNumbersGoOn) {
  Wandering world(property_seed(), {.padding = 0.1}, 10);
  for (int source = 0; source < 8; ++source) {
    world.run(60);
    world.new_source();
  }
  world.run(60);
  for (const auto& viewer : world.viewers()) {
    EXPECT_EQ(missing(*viewer), 0U);
    expect_ordered(*viewer, true);
    EXPECT_GT(viewer->seen.size(), 300U);
  }
}

TEST(FanoutProperty, NothingIsLeftOfWhoeverLeaves) {
  Wandering world(property_seed(), {.loss = 0.05, .late = 0.1, .padding = 0.2}, 30);
  world.run(100);
  for (const auto& viewer : world.viewers())
    if (world.rng().chance(0.5)) viewer->subscription->leave();
  world.run(100);
  for (const auto& viewer : world.viewers()) viewer->subscription->leave();
  for (const LadderStep& step : world.track().ladder(world.now())) {
    EXPECT_TRUE(world.track().tier(step.id)->audience(Route::kViewers).members.empty());
    EXPECT_TRUE(world.track().tier(step.id)->waiting().empty());
  }
  world.track().expire(world.now() + Duration::seconds(10));
  EXPECT_EQ(world.slab().in_use(), 0U);
}

}  // namespace
}  // namespace lectern::forward
