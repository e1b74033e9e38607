// The drain loop with a machine that never has enough: what hears the control channel and signals
// is a timer or a poll of the same loop.

#include "server/io/drive.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::io {
namespace {

struct Glutton {
  void deliver(std::size_t, Instant, const Path&, MutableBytes) { ++delivered; }
  bool fill(std::size_t socket, Instant, SendBatch& batch) {
    ++filled[socket];
    if (!sends_without_end) return false;
    batch.next()[0] = 1;
    batch.commit(1, {.remote = sockets[socket]->local(), .local = sockets[socket]->local()});
    return true;
  }
  void handle_timeout(Instant) { ++timeouts; }
  [[nodiscard]] Instant next_timeout() const {
    return is_always_due ? Instant() : Instant::never();
  }
  void after_turn(Instant) { ++turns; }

  bool sends_without_end = false;  // to itself
  bool is_always_due = false;
  std::array<UdpSocket*, 2> sockets{};
  std::array<int, 2> filled{};
  int delivered = 0;
  int timeouts = 0;
  int turns = 0;
};

class DriveTest : public testing::Test {
 protected:
  DriveTest() { machine_.sockets = {&one_, &other_}; }

  // Until a timer of somebody else has fired so often.
  void run_until_heard(int wanted) {
    Drive<Glutton> drive(loop_, machine_, {&one_, &other_});
    int heard = 0;
    UvTimer others(loop_, [&] {
      if (++heard == wanted) loop_.stop();
    });
    others.arm_repeating(Duration::milliseconds(1));
    drive.turn();
    loop_.run();
    EXPECT_EQ(heard, wanted);
  }

  UvLoop loop_;
  UdpSocket one_ = std::move(UdpSocket::open_loopback().value());
  UdpSocket other_ = std::move(UdpSocket::open_loopback().value());
  Glutton machine_;
};

TEST_F(DriveTest, WhoSendsWithoutEndDoesNotShutOutOthers) {
  machine_.sends_without_end = true;
  run_until_heard(5);
  EXPECT_GT(machine_.turns, 1);
  EXPECT_GT(machine_.filled[0], 0);
  EXPECT_GT(machine_.filled[1], 0) << "and one socket does not shut out the other";
  EXPECT_GT(machine_.delivered, 0) << "and what comes is heard";
}

TEST_F(DriveTest, WhoIsAlwaysDueDoesNotShutOutOthers) {
  machine_.is_always_due = true;
  run_until_heard(5);
  EXPECT_GT(machine_.timeouts, 5) << "and does not wait for them";
}

}  // namespace
}  // namespace lectern::io
