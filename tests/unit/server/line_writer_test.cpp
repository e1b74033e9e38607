#include "server/io/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>

namespace lectern::io {
namespace {

constexpr std::size_t kMoreThanAnyStreamTakes = 10'000;  // lines
const std::string kLine = std::string(1000, 'x') + '\n';

// Lines until one is lost.
std::size_t fill(const LineWriter& writer) {
  for (std::size_t lines = 0; lines < kMoreThanAnyStreamTakes; ++lines) {
    if (!writer.write(kLine)) {
      return lines;
    }
  }
  return kMoreThanAnyStreamTakes;
}

struct Ends {
  Fd read;
  Fd write;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

TEST(LineWriter, AFullPipeCostsLinesAndNothingElse) {
  const Ends pipe = make_pipe();
  const LineWriter writer(pipe.write.number());
  const std::size_t taken = fill(writer);
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, kMoreThanAnyStreamTakes);
  EXPECT_FALSE(writer.write(kLine));
  // Whole lines are there, and room makes it go on.
  std::string read(taken * kLine.size() + 1, '\0');
  EXPECT_EQ(::read(pipe.read.number(), read.data(), read.size()),
            static_cast<ssize_t>(taken * kLine.size()));
  EXPECT_TRUE(writer.write(kLine));
  // Who shares the stream still waits for room, as it is used to.
  EXPECT_EQ(fcntl(pipe.write.number(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(LineWriter, AFullSocketTooAsAJournalHasOne) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd reader(ends[0]);
  const Fd stream(ends[1]);
  const LineWriter writer(stream.number());
  EXPECT_LT(fill(writer), kMoreThanAnyStreamTakes);
}

TEST(LineWriter, AReaderThatHasGoneAFullDiskAndAClosedStreamCostLines) {
  ASSERT_NE(signal(SIGPIPE, SIG_IGN), SIG_ERR);  // as survive_lost_streams() does
  Ends pipe = make_pipe();
  const LineWriter gone(pipe.write.number());
  pipe.read.reset();
  EXPECT_FALSE(gone.write(kLine));
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_FALSE(LineWriter(full.number()).write(kLine));
  EXPECT_FALSE(LineWriter(-1).write(kLine));
}

}  // namespace
}  // namespace lectern::io
