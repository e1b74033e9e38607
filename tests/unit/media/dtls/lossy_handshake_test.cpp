// The handshake over every bad wire: each datagram lost, each pair of them, half of all, repeated,
// swapped. Virtual time: OpenSSL's own timer runs on it.

#include "base/rng.h"
#include "tests/unit/media/dtls/endpoint_pair.h"

#include <gtest/gtest.h>

namespace lectern::dtls {
namespace {

constexpr Duration kDelay = EndpointPair::kDelay;
constexpr size_t kDatagrams = 6;  // of an exchange without loss, some more than there are

TEST(LossyHandshake, ComesThroughTheLossOfAnyDatagramWithinAFewTimeouts) {
  for (size_t lost = 0; lost < kDatagrams; ++lost) {
    EndpointPair pair;
    pair.fate = [lost](size_t number, bool) {
      return number == lost ? std::vector<Duration>() : std::vector{kDelay};
    };
    pair.begin();
    pair.run(Duration::milliseconds(500));
    EXPECT_TRUE(pair.both_are_connected()) << lost;
  }
}

TEST(LossyHandshake, ComesThroughTheLossOfAnyTwoDatagrams) {
  for (size_t first = 0; first < kDatagrams; ++first) {
    for (size_t second = first + 1; second < 2 * kDatagrams; ++second) {
      EndpointPair pair;
      pair.fate = [=](size_t number, bool) {
        return number == first || number == second ? std::vector<Duration>() : std::vector{kDelay};
      };
      pair.begin();
      pair.run(Duration::seconds(1));
      EXPECT_TRUE(pair.both_are_connected()) << first << " and " << second;
    }
  }
}

TEST(LossyHandshake, ComesThroughDuplicatesAndReordering) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    EndpointPair pair;
    pair.fate = [&rng](size_t, bool) {
      std::vector<Duration> copies;
      for (uint64_t copy = 0; copy <= rng.below(3); ++copy) {
        copies.push_back(rng.jitter(Duration::milliseconds(80)));
      }
      return copies;
    };
    pair.begin();
    pair.run(Duration::seconds(5));
    EXPECT_TRUE(pair.both_are_connected()) << seed;
  }
}

TEST(LossyHandshake, ComesThroughThirtyPercentLossMostOfTheTime) {
  int connected = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    EndpointPair pair;
    pair.fate = [&rng](size_t, bool) {
      return rng.chance(0.3) ? std::vector<Duration>() : std::vector{kDelay};
    };
    pair.begin();
    pair.run(Duration::seconds(20));
    connected += pair.both_are_connected() ? 1 : 0;
  }
  EXPECT_GE(connected, 38);
}

TEST(LossyHandshake, IsNoFloodOnASlowLink) {
  EndpointPair pair;
  pair.fate = [](size_t, bool) { return std::vector{Duration::milliseconds(600)}; };
  pair.begin();
  pair.run(Duration::seconds(20));
  EXPECT_TRUE(pair.both_are_connected());
  EXPECT_LE(pair.sent.size(), 30U);
}

}  // namespace
}  // namespace lectern::dtls
