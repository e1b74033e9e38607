#include "server/io/system_rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace lectern::io {
namespace {

// Interrupted every other time, and never gives more than three bytes.
struct Grudging {
  static inline int calls = 0;
  static ssize_t get(void* bytes, std::size_t size, unsigned flags) {
    EXPECT_EQ(flags, 0U);
    if (++calls % 2 == 1) {
      errno = EINTR;
      return -1;
    }
    const std::size_t given = std::min<std::size_t>(size, 3);
    std::fill_n(static_cast<std::uint8_t*>(bytes), given, std::uint8_t{0xa5});
    return static_cast<ssize_t>(given);
  }
};

TEST(SystemRng, AllIsFilledHoweverLittleComesAtOnce) {
  std::array<std::uint8_t, 10> bytes{};
  fill_random(bytes, Grudging::get);
  EXPECT_EQ(std::ranges::count(bytes, 0xa5), 10);
  EXPECT_EQ(Grudging::calls, 8);  // 3 + 3 + 3 + 1, each after an interruption
}

ssize_t broken(void* /*bytes*/, std::size_t /*size*/, unsigned /*flags*/) {
  errno = ENOSYS;
  return -1;
}

TEST(SystemRngDeathTest, ASystemWithoutRandomnessIsNotGoneOnWith) {
  std::array<std::uint8_t, 10> bytes{};
  EXPECT_DEATH(fill_random(bytes, broken), "broken invariant");
}

TEST(SystemRng, TwoOfThemDiffer) {
  Rng a = system_rng();
  Rng b = system_rng();
  EXPECT_NE(a.hex(16), b.hex(16));
}

}  // namespace
}  // namespace lectern::io
