#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace lectern {
namespace {

TEST(Text, OnlyTheCaseOfAsciiLettersIsIgnored) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("chunked", "chunke"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));        // beside A and a
  EXPECT_FALSE(equal_ignoring_case("[", "{"));        // beside Z and z
  EXPECT_FALSE(equal_ignoring_case("\xc0", "\xe0"));  // letters in Latin-1
}

TEST(Text, WhatIsNoUpperCaseLetterStays) {
  EXPECT_EQ(in_lower_case("AZ az 09 @[ \xc0"), "az az 09 @[ \xc0");
}

TEST(Text, BlanksAndTabsAreTrimmed) {
  EXPECT_EQ(trimmed(" \t a b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed("\ra\n"), "\ra\n");
}

TEST(Text, IsCutAtTheFirstSeparator) {
  EXPECT_EQ(cut("a=b=c", '='), (std::pair<std::string_view, std::string_view>("a", "b=c")));
  EXPECT_EQ(cut("a", '='), (std::pair<std::string_view, std::string_view>("a", "")));
  std::string_view rest = "a,,b";
  EXPECT_EQ(take_piece(rest, ','), "a");
  EXPECT_EQ(take_piece(rest, ','), "");
  EXPECT_EQ(take_piece(rest, ','), "b");
  EXPECT_EQ(take_piece(rest, ','), "");
}

TEST(Text, ANumberIsTheWholeText) {
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<std::uint64_t>("fF", 16), 255U);
  EXPECT_EQ(parse_number<std::int64_t>("-7"), -7);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "65536", "one"})
    EXPECT_FALSE(parse_number<std::uint16_t>(text)) << text;
}

}  // namespace
}  // namespace lectern
