#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace lectern {
namespace {

TEST(Rng, SameSeedSameSequence) {
  Rng a(42);
  Rng b(42);
  Rng other(43);
  const uint64_t first = a.next_u64();
  EXPECT_EQ(first, b.next_u64());
  EXPECT_NE(first, other.next_u64());
}

TEST(Rng, BelowStaysBelowAndReachesAll) {
  Rng rng(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) {
    const uint64_t value = rng.below(7);
    ASSERT_LT(value, 7U);
    ++seen[value];
  }
  // 1000 expected in each; 6 sigma is about 176.
  for (const int count : seen) EXPECT_NEAR(count, 1000, 180);
  EXPECT_EQ(rng.below(0), 0U);
}

TEST(Rng, IceCharsAreInTheAlphabet) {
  Rng rng(2);
  const std::string text = rng.ice_chars(256);
  EXPECT_EQ(text.size(), 256U);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  }));
  EXPECT_EQ(rng.hex(16).size(), 32U);
}

TEST(Rng, JitterIsWithinItsLimit) {
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) {
    const Duration jitter = rng.jitter(Duration::milliseconds(5));
    EXPECT_GE(jitter, Duration::zero());
    EXPECT_LE(jitter, Duration::milliseconds(5));
  }
  EXPECT_EQ(rng.jitter(Duration::zero()), Duration::zero());
}

// Counts up, and how often it was asked.
struct Counting {
  static inline uint8_t next = 0;
  static inline int calls = 0;
  static void fill(MutableBytes out) {
    ++calls;
    for (uint8_t& byte : out) byte = next++;
  }
};

TEST(Rng, OfTheSystemItGivesEachByteOfTheSourceOnce) {
  Counting::next = 0;
  Counting::calls = 0;
  Rng rng = Rng::of_system(Counting::fill);
  EXPECT_EQ(Counting::calls, 0) << "nothing is drawn in advance";
  EXPECT_EQ(rng.hex(8), "0001020304050607");
  EXPECT_EQ(rng.next_u64(), 0x08090a0b0c0d0e0fU);
  EXPECT_EQ(Counting::calls, 1);
  for (size_t drawn = 16; drawn < Rng::kBuffered; drawn += 8) rng.next_u64();
  EXPECT_EQ(Counting::calls, 1);
  EXPECT_EQ(rng.next_u64(), 0x0001020304050607U);
  EXPECT_EQ(Counting::calls, 2);
}

}  // namespace
}  // namespace lectern
