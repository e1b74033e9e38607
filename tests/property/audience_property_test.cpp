// Who receives a tier, while viewers come, wait, move and leave in the middle of everything: each
// is in as many lists as it should be, and nobody who stays misses a packet because of who leaves.
#include "base/rng.h"
#include "media/forward/track.h"
#include "tests/property/seed.h"
#include "tests/unit/media/forward/virtual_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <vector>

namespace lectern::forward {
namespace {

constexpr size_t kStaying = 20;
constexpr size_t kRestless = 60;

class ComingAndGoing {
 public:
  explicit ComingAndGoing(uint64_t seed) : rng_(seed) {
    for (size_t index = 0; index < kStaying + kRestless; ++index)
      viewers_.push_back(
          std::make_unique<Subscription>(Route::kViewers, SlotId{static_cast<uint32_t>(index), 1},
                                         uint8_t{1}, kIdentity, uint16_t{1000}, uint16_t{1}));
    last_seen_.resize(viewers_.size());
    send_frame();
    for (size_t index = 0; index < kStaying; ++index) track_.subscribe(now_, *viewers_[index], {});
  }

  void run(int frames) {
    for (int frame = 0; frame < frames; ++frame) {
      now_ += Duration::milliseconds(33);
      if (rng_.chance(0.05)) encoder_.want_keyframe();
      send_frame();
      for (uint64_t count = rng_.below(30); count > 0; --count) {
        come_or_go();
        for (uint64_t packets = rng_.below(20); packets > 0; --packets) serve_one();
      }
      expect_consistent();
      while (serve_one()) {
      }
      for (size_t index = 0; index < kStaying; ++index)
        EXPECT_EQ(viewers_[index]->packet_count(), viewers_.front()->packet_count()) << index;
    }
  }

 private:
  void send_frame() {
    for (const EncodedPacket& packet : encoder_.frame(1 + rng_.below(4)))
      ASSERT_TRUE(track_.accept(now_, 0, packet.incoming()));
  }

  void come_or_go() {
    Subscription& viewer = *viewers_[kStaying + rng_.below(kRestless)];
    if (viewer.tier() != nullptr || viewer.target() != nullptr) return viewer.leave();
    const auto ladder = track_.ladder(now_);
    track_.subscribe(now_, viewer, ladder[rng_.below(ladder.size())].id);
  }

  bool serve_one() {
    const auto due = fanouts_.viewers.next();
    if (!due) return false;
    std::array<uint8_t, 1500> buffer{};
    const auto written = due->subscription->write_next(*due->packet, 0, buffer);
    uint64_t& last = last_seen_[due->subscription->owner().slot];
    EXPECT_TRUE(last == 0 || written.index == last + 1);
    last = written.index;
    return true;
  }

  void expect_consistent() {
    std::set<TierStream*> tiers;
    size_t receiving = 0;
    size_t waiting = 0;
    for (const auto& viewer : viewers_) {
      if (viewer->tier() != nullptr) tiers.insert(viewer->tier());
      if (viewer->target() != nullptr) tiers.insert(viewer->target());
      receiving += viewer->tier() != nullptr ? 1U : 0U;
      waiting += viewer->target() != nullptr && !viewer->is_armed() ? 1U : 0U;
    }
    size_t members = 0;
    size_t waiters = 0;
    for (TierStream* tier : tiers) {
      const auto& audience = tier->audience(Route::kViewers).members;
      members += std::set(audience.begin(), audience.end()).size();
      waiters += std::set(tier->waiting().begin(), tier->waiting().end()).size();
      EXPECT_TRUE(std::ranges::all_of(
          audience, [&](const Subscription* member) { return member->tier() == tier; }));
      EXPECT_TRUE(std::ranges::all_of(
          tier->waiting(), [&](const Subscription* waiter) { return waiter->target() == tier; }));
    }
    EXPECT_EQ(members, receiving);
    EXPECT_EQ(waiters, waiting);
  }

  Rng rng_;
  Instant now_ = Instant::from_ms(1'000'000);
  PacketSlab slab_{20'000};
  Fanouts fanouts_;
  Track track_{Track::Kind::kScreen, slab_, fanouts_};
  VirtualEncoder encoder_{rng_, true};
  std::vector<std::unique_ptr<Subscription>> viewers_;
  std::vector<uint64_t> last_seen_;
};

TEST(AudienceProperty, WhoLeavesTakesNobodyAlong) {
  const uint64_t seed = property_seed();
  for (uint64_t round = 0; round < 5; ++round) ComingAndGoing(seed + round).run(200);
}

}  // namespace
}  // namespace lectern::forward
