#include "server/log.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern::server::log {
namespace {

TEST(Log, APlainValueStandsAsItIs) {
  EXPECT_EQ(log::quoted("/watch/demo?x=1"), "/watch/demo?x=1");
}

TEST(Log, WhatCouldBeTakenForSomethingElseIsQuoted) {
  EXPECT_EQ(log::quoted("two words"), R"("two words")");
  EXPECT_EQ(log::quoted("a\"b"), R"("a\"b")");
  EXPECT_EQ(log::quoted(R"(\n)"), R"("\\n")");
  EXPECT_EQ(log::quoted("line\nforged event=x"), R"("line\nforged event=x")");
  EXPECT_EQ(log::quoted(""), R"("")");
}

TEST(Log, NoTerminalIsSpokenTo) {
  EXPECT_EQ(log::quoted("\x1b]0;owned\x07"), R"("\x1b]0;owned\x07")");
  EXPECT_EQ(log::quoted("\x7f"), R"("\x7f")");
  EXPECT_EQ(log::quoted("\xc2\x9b"
                        "31m"),
            R"("\x9b31m")");  // CSI of C1, in UTF-8
  EXPECT_EQ(log::quoted(std::string("\0", 1)), R"("\x00")");
  EXPECT_EQ(log::quoted("\xe2\x80\xae"
                        "txt"),
            R"("\u202etxt")");  // what follows would read backwards
  // Of octets that are no UTF-8, fmt 9 shows the low seven bits.
  EXPECT_EQ(log::quoted("\x9b\xff"), R"("\x1b\x7f")");
}

TEST(Log, OtherLettersStayReadable) {
  EXPECT_EQ(log::quoted("Fisika \xc3\xa9"), "\"Fisika \xc3\xa9\"");
}

}  // namespace
}  // namespace lectern::server::log
