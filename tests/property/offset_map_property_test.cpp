#include "base/rng.h"
#include "media/rtp/offset_map.h"
#include "tests/property/seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace lectern::rtp {
namespace {

struct SourcePacket {
  int64_t position = 0;
  int64_t arrival = 0;
  bool is_kept = false;
};

// `count` packets from `start`: some are lost, some come late by up to `reach` places, and each is
// for good either kept or dropped, in bursts as temporal layers and padding make them.
std::vector<SourcePacket> make_source(Rng& rng, int64_t start, int64_t count, int64_t reach) {
  std::vector<SourcePacket> packets;
  const double loss = rng.unit() * 0.2;
  const double lateness = rng.unit() * 0.3;
  bool is_kept = true;
  for (int64_t i = 0; i < count; ++i) {
    if (rng.chance(0.3)) is_kept = !is_kept;
    if (rng.chance(loss)) continue;
    const auto delay =
        rng.chance(lateness) ? static_cast<int64_t>(rng.below(static_cast<uint64_t>(reach))) : 0;
    packets.push_back({.position = start + i, .arrival = i + delay, .is_kept = is_kept});
  }
  std::ranges::stable_sort(packets, {}, &SourcePacket::arrival);
  return packets;
}

// What the map has given out, by number, and in order of the source.
struct Output {
  std::set<int64_t> numbers;
  std::map<int64_t, int64_t> forwarded;  // source position -> number
  int64_t filled = 0;                    // late packets that were dropped
  int64_t unknown = 0;                   // before the start
};

Output run(OffsetMap& map, const std::vector<SourcePacket>& packets) {
  Output output;
  for (const SourcePacket& packet : packets) {
    const auto number = packet.is_kept ? map.forward(packet.position) : map.drop(packet.position);
    if (!number) {
      output.unknown += packet.is_kept;
      continue;
    }
    EXPECT_TRUE(output.numbers.insert(*number).second) << "number " << *number << " given twice";
    if (packet.is_kept)
      output.forwarded[packet.position] = *number;
    else
      ++output.filled;
  }
  return output;
}

TEST(OffsetMapProperty, NumbersAreMonotonicAndGapTrue) {
  Rng rng(property_seed());
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    OffsetMap map(static_cast<int64_t>(rng.below(100'000)));
    const int64_t first_number = map.next_number();
    // A reach well inside the history: at most one interval per packet.
    const auto packets = make_source(rng, static_cast<int64_t>(rng.below(70'000)), 2000, 100);
    const Output output = run(map, packets);

    int64_t last = first_number - 1;
    for (const auto& [position, number] : output.forwarded) {
      ASSERT_GT(number, last) << "at source " << position;
      last = number;
    }
    // Each number up to the next belongs to a packet that went on, to one that was filled, or to
    // one that is lost: a hole that nobody can ever fill does not exist.
    const int64_t begin = packets.front().position;
    std::set<int64_t> arrived;
    int64_t newest = begin;
    int64_t before_start = 0;
    for (const SourcePacket& packet : packets) {
      arrived.insert(packet.position);
      newest = std::max(newest, packet.position);
      before_start += packet.position < begin;
    }
    const int64_t lost = newest - begin + 1 - (static_cast<int64_t>(arrived.size()) - before_start);
    EXPECT_EQ(map.next_number() - first_number, static_cast<int64_t>(output.numbers.size()) + lost);
    EXPECT_LE(output.unknown, before_start);
  }
}

// Some packets have one of our own before them: all numbers stay different and in order.
TEST(OffsetMapProperty, PacketsPutInTakeNobodysNumber) {
  Rng rng(property_seed());
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    OffsetMap map;
    std::set<int64_t> numbers;
    std::map<int64_t, int64_t> by_place;  // twice the position; one less: what was put before it
    for (const SourcePacket& packet : make_source(rng, 1000, 1500, 60)) {
      const auto put_in = packet.is_kept && rng.chance(0.05) ? map.insert(packet.position)
                                                             : std::optional<int64_t>();
      const auto number = packet.is_kept ? map.forward(packet.position) : map.drop(packet.position);
      if (put_in) {
        ASSERT_TRUE(numbers.insert(*put_in).second);
        by_place[2 * packet.position - 1] = *put_in;
        ASSERT_EQ(number, *put_in + 1);
      }
      if (!number) continue;
      ASSERT_TRUE(numbers.insert(*number).second);
      by_place[2 * packet.position] = *number;
    }
    int64_t last = -1;
    for (const auto& [place, number] : by_place) {
      ASSERT_GT(number, last) << place;
      last = number;
    }
  }
}

TEST(OffsetMapProperty, SplicesContinueTheNumbers) {
  Rng rng(property_seed());
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    OffsetMap map;
    int64_t next = 0;
    for (int part = 0; part < 5; ++part) {
      const auto start = static_cast<int64_t>(rng.below(70'000));
      map.splice(start);
      ASSERT_EQ(map.next_number(), next);
      const Output output = run(map, make_source(rng, start, 200, 20));
      if (!output.numbers.empty()) {
        ASSERT_GE(*output.numbers.begin(), next);
      }
      next = map.next_number();
      if (!output.numbers.empty()) {
        ASSERT_LT(*output.numbers.rbegin(), next);
      }
    }
  }
}

TEST(OffsetMapProperty, AnswersAreStable) {
  Rng rng(property_seed());
  OffsetMap map;
  const auto packets = make_source(rng, 0, 500, 30);
  const Output output = run(map, packets);
  int64_t seen = 0;
  for (const auto& [position, number] : output.forwarded) {
    const auto again = map.forward(position);
    if (!again) continue;  // older than the history
    EXPECT_EQ(*again, number);
    ++seen;
  }
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace lectern::rtp
