// The one drain loop: what has arrived goes into the machine, what the machine has to send leaves
// until it says that there is no more, and the timer is set for its next timeout. It lives here so
// that no process can forget a step.
//
// A machine may own several sockets; each is named by its index in both directions:
//   void deliver(std::size_t socket, Instant now, const Path& path, MutableBytes datagram);
//   bool fill(std::size_t socket, Instant now, SendBatch& batch);   // true: more is ready
//   void handle_timeout(Instant now);
//   Instant next_timeout() const;
//   void after_turn(Instant now);   // events, once the datagrams are on their way
#pragma once

#include "base/send_batch.h"
#include "base/time.h"
#include "server/io/turn_times.h"
#include "server/io/udp_socket.h"
#include "server/io/uv_loop.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace lectern::io {

template <typename Machine>
class Drive {
 public:
  // The sockets and the machine must outlive this object.
  Drive(UvLoop& loop, Machine& machine, std::vector<UdpSocket*> sockets)
      : machine_(machine), sockets_(std::move(sockets)), timer_(loop, [this] { on_timer(); }) {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      polls_.push_back(std::make_unique<UvPoll>(loop, sockets_[i]->fd(),
                                                [this, i](bool, bool) { on_ready(i); }));
      polls_.back()->watch(true, false);
    }
  }

  // To be called after anything else than a datagram or a timeout has touched the machine.
  void turn() { turn_since(monotonic_now()); }

  // How long each turn kept the loop from the next datagram.
  [[nodiscard]] TurnTimes& turn_times() { return turn_times_; }

 private:
  void on_ready(std::size_t socket) {
    const Instant now = monotonic_now();
    take_in(socket, now);
    turn_since(now);
  }

  void take_in(std::size_t socket, Instant now) {
    for (const ReceivedDatagram& datagram : sockets_[socket]->receive().datagrams) {
      machine_.deliver(socket, now, datagram.path, datagram.bytes);
    }
  }

  void on_timer() {
    const Instant now = monotonic_now();
    // A late timer is a loop that was busy: the same delay that a datagram would have met.
    turn_times_.add(std::max(Duration::zero(), now - armed_for_ - kTimerGrain));
    armed_for_ = Instant::never();
    turn_since(now);
  }

  void turn_since(Instant start) {
    if (machine_.next_timeout() <= start) {
      machine_.handle_timeout(start);
    }
    const bool is_all_sent = send_all(start);
    const Instant end = monotonic_now();
    machine_.after_turn(end);
    turn_times_.add(end - start);
    arm(end, is_all_sent ? machine_.next_timeout() : end);
  }

  // False: the turn was long enough, and there is more to be sent in the next one.
  bool send_all(Instant start) {
    Instant heard = start;
    for (std::size_t count = 0; count < sockets_.size(); ++count) {
      const std::size_t i = (first_ + count) % sockets_.size();
      bool is_more = true;
      while (is_more) {
        const Instant now = monotonic_now();
        if (now - start > kLongestTurn) {
          first_ = (i + 1) % sockets_.size();  // no socket keeps the others from sending
          return false;
        }
        if (now - heard > kMaxSendBeforeReceive) {
          heard = now;
          listen(now);
        }
        batch_.clear();
        is_more = machine_.fill(i, now, batch_);
        sockets_[i]->send(batch_);
      }
    }
    first_ = 0;
    return true;
  }

  void listen(Instant now) {
    for (std::size_t socket = 0; socket < sockets_.size(); ++socket) {
      take_in(socket, now);
    }
    if (machine_.next_timeout() <= now) {
      machine_.handle_timeout(now);
    }
  }

  void arm(Instant now, Instant next) {
    poll_without_waiting(next <= now);
    next = std::max(next, now + kTimerGrain);
    if (next == armed_for_) {
      return;
    }
    armed_for_ = next;
    if (next.is_never()) {
      timer_.disarm();
    } else {
      timer_.arm(next - now);
    }
  }

  // Has the next turn come at once, after the loop has looked at everything else: a socket can be
  // written to. A timer of zero would not do, libuv calls it again before it looks at anything.
  void poll_without_waiting(bool is_without_waiting) {
    if (std::exchange(is_without_waiting_, is_without_waiting) != is_without_waiting) {
      polls_.front()->watch(true, is_without_waiting);
    }
  }

  // A frame to thousands takes longer than a check or a report may wait: what has come meanwhile is
  // taken in between, and answered first.
  static constexpr Duration kMaxSendBeforeReceive = Duration::milliseconds(2);

  // The control channel and signals are heard between turns.
  static constexpr Duration kLongestTurn = Duration::milliseconds(10);

  // uv's timers count whole milliseconds and are rounded up.
  static constexpr Duration kTimerGrain = Duration::milliseconds(1);

  Machine& machine_;
  std::vector<UdpSocket*> sockets_;
  std::size_t first_ = 0;  // socket to be served in the next turn
  SendBatch batch_;
  TurnTimes turn_times_;
  bool is_without_waiting_ = false;
  Instant armed_for_ = Instant::never();
  UvTimer timer_;
  std::vector<std::unique_ptr<UvPoll>> polls_;
};

}  // namespace lectern::io
