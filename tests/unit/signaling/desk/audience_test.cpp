#include "signaling/desk/desk.h"

#include <gtest/gtest.h>

namespace lectern::signaling {
namespace {

TEST(Audience, P44StudentsGetTwoFigures) {
  EXPECT_EQ(rounded(0), 0U);
  EXPECT_EQ(rounded(7), 7U);
  EXPECT_EQ(rounded(99), 99U);
  EXPECT_EQ(rounded(139), 130U);
  EXPECT_EQ(rounded(1'399), 1'300U);
  EXPECT_EQ(rounded(98'765), 98'000U);
}

}  // namespace
}  // namespace lectern::signaling
