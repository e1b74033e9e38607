#include "tests/sim/virtual_network.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::sim {
namespace {

const Endpoint kServer = Endpoint::v4(192, 0, 2, 1, 9000);
const Endpoint kHome = Endpoint::v4(198, 51, 100, 1, 4000);
const Endpoint kElsewhere = Endpoint::v4(198, 51, 100, 1, 4001);
const std::array<uint8_t, 100> kDatagram = {128};

struct Fixture {
  explicit Fixture(uint64_t seed) : rng(seed), network(rng) {
    server = network.add_host(kServer, [this](Instant now, const Path& path, MutableBytes) {
      arrivals.push_back(now);
      last_remote = path.remote;
    });
    student = network.add_host(kHome, [this](Instant, const Path&, MutableBytes) { ++received; });
  }
  void send_up(int count) {
    for (int i = 0; i < count; ++i) network.send(network.now(), student, kServer, kDatagram);
  }

  Rng rng;
  VirtualNetwork network;
  HostId server = 0;
  HostId student = 0;
  std::vector<Instant> arrivals;
  Endpoint last_remote;
  int received = 0;
};

TEST(VirtualNetwork, BothLinksDelayAPacket) {
  Fixture f(1);
  f.network.set_profile(f.student, {.delay = Duration::milliseconds(300)}, {});
  f.send_up(1);
  f.network.run_until(Instant::from_ms(1000));
  ASSERT_EQ(f.arrivals.size(), 1U);
  EXPECT_EQ(f.arrivals[0], Instant::from_ms(301));
}

TEST(VirtualNetwork, ASlowNeighbourDoesNotDelayOthersAtTheServer) {
  Fixture f(1);
  f.network.set_profile(f.student, {.delay = Duration::milliseconds(300)}, {});
  const HostId near = f.network.add_host(kElsewhere, nullptr);
  f.send_up(1);
  f.network.send(f.network.now(), near, kServer, kDatagram);
  f.network.run_until(Instant::from_ms(100));
  ASSERT_EQ(f.arrivals.size(), 1U);
  EXPECT_EQ(f.arrivals[0], Instant::from_ms(2));
}

TEST(VirtualNetwork, LosesTheShareItWasToldTo) {
  Fixture f(2);
  f.network.set_profile(f.student, {.loss = 0.1}, {});
  f.send_up(10'000);
  f.network.run_until(Instant::from_ms(1000));
  EXPECT_NEAR(static_cast<double>(f.network.lost()), 1000, 180);  // 6 sigma
  EXPECT_EQ(f.network.lost() + f.arrivals.size(), 10'000U);
}

TEST(VirtualNetwork, ARateLimitSpacesAndThenDrops) {
  Fixture f(3);
  // 100 bytes each 10 ms, and room for 50 ms.
  f.network.set_profile(f.student,
                        {.rate = DataRate::kbps(80), .queue = Duration::milliseconds(50)}, {});
  f.send_up(20);
  f.network.run_until(Instant::from_ms(1000));
  ASSERT_EQ(f.arrivals.size(), 6U);
  EXPECT_EQ(f.arrivals[1] - f.arrivals[0], Duration::milliseconds(10));
}

TEST(VirtualNetwork, ARebindingIsSeenByTheServerAndLosesTheOldAddress) {
  Fixture f(4);
  f.network.rebind(f.student, kElsewhere);
  f.send_up(1);
  f.network.send(f.network.now(), f.server, kHome, kDatagram);
  f.network.send(f.network.now(), f.server, kElsewhere, kDatagram);
  f.network.run_until(Instant::from_ms(10));
  EXPECT_EQ(f.last_remote, kElsewhere);
  EXPECT_EQ(f.received, 1);
}

TEST(VirtualNetwork, NothingPassesDuringAnOutage) {
  Fixture f(5);
  f.network.set_outage(f.student, Instant::from_ms(10), Instant::from_ms(20));
  for (const int64_t ms : {5, 10, 15, 20})
    f.network.at(Instant::from_ms(ms), [&f](Instant) { f.send_up(1); });
  f.network.run_until(Instant::from_ms(100));
  EXPECT_EQ(f.arrivals.size(), 2U);
}

TEST(VirtualNetwork, TheSameSeedGivesTheSameTrace) {
  const auto trace = [](uint64_t seed) {
    Fixture f(seed);
    f.network.set_profile(f.student,
                          {.jitter = Duration::milliseconds(5),
                           .loss = 0.2,
                           .loss_after_loss = 0.6,
                           .duplicate = 0.1,
                           .reorder = 0.1},
                          {});
    f.send_up(500);
    f.network.run_until(Instant::from_ms(1000));
    return f.network.trace_hash();
  };
  EXPECT_EQ(trace(6), trace(6));
  EXPECT_NE(trace(6), trace(7));
}

}  // namespace
}  // namespace lectern::sim
