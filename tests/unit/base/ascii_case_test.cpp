#include "base/ascii_case.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

TEST(AsciiCase, OnlyTheCaseOfAsciiLettersIsIgnored) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("chunked", "chunke"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));        // beside A and a
  EXPECT_FALSE(equal_ignoring_case("[", "{"));        // beside Z and z
  EXPECT_FALSE(equal_ignoring_case("\xc0", "\xe0"));  // letters in Latin-1
}

TEST(AsciiCase, WhatIsNoUpperCaseLetterStays) {
  EXPECT_EQ(in_lower_case("AZ az 09 @[ \xc0"), "az az 09 @[ \xc0");
}

}  // namespace
}  // namespace lectern
