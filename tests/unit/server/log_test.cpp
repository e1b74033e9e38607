#include "server/log.h"

#include "server/io/line_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

// stderr is a pipe of the test.
class LogStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = io::Fd(ends[0]);
    const io::Fd writer(ends[1]);
    kept_ = io::Fd(dup(STDERR_FILENO));
    ASSERT_EQ(dup2(writer.number(), STDERR_FILENO), STDERR_FILENO);
    set_up("test", "info");
  }
  void TearDown() override {
    dup2(kept_.number(), STDERR_FILENO);
    set_up("test", "info");
  }
  std::string read_some() {
    std::string text(1024 * 1024, '\0');
    const ssize_t size = read(reader_.number(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }

 private:
  io::Fd reader_;
  io::Fd kept_;
};

TEST_F(LogStreamTest, AReaderThatStandsStillCostsLinesWhichAreCounted) {
  const io::LineWriter others(STDERR_FILENO);
  while (others.write(std::string(io::LineWriter::kMaxLine, 'x'))) {
  }
  info("first.lost");
  info("second.lost");
  read_some();
  info("went.on", {{"key", 1}});
  EXPECT_THAT(read_some(), ::testing::EndsWith(" I test  went.on key=1 lost_before=2\n"));
  info("last");
  EXPECT_THAT(read_some(), ::testing::EndsWith(" I test  last\n"));
}

TEST_F(LogStreamTest, ALongLineIsCut) {
  info("long", {{"key", std::string(10'000, 'x')}});
  const std::string text = read_some();
  EXPECT_EQ(text.size(), io::LineWriter::kMaxLine);
  EXPECT_THAT(text, ::testing::EndsWith("xx\n"));
}

}  // namespace
}  // namespace lectern::server::log
