// The sockets of a crowd on the server's own machine: a few, and behind them each viewer has an
// address of its own out of 127.0.0.0/8, so that to the server they are as many peers as with a
// socket each, and to this process they are a handful of long reads.
//
// What it is: sockets bound to all addresses of one port each, read once a millisecond instead of
// when they are readable: a reader that sleeps in epoll is woken by the server's send call, and on
// one machine that would be counted as the server's work. When a datagram arrived is the kernel's
// word, not the reader's. Left out on purpose: servers on other machines, which cannot answer
// 127/8.
#pragma once

#include "base/endpoint.h"
#include "base/result.h"
#include "base/send_batch.h"
#include "base/time.h"
#include "server/io/fd.h"
#include "server/tools/receive_batch.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace lectern::tools {

class CrowdSockets {
 public:
  // `takes_gro`: a frame that the server sent as one GSO message comes in as one message. Without,
  // the kernel cuts it apart inside the server's send call.
  [[nodiscard]] static Result<CrowdSockets> open(bool takes_gro);

  // Of viewer number `viewer`, from 0; below kMaxViewers.
  static constexpr size_t kMaxViewers = 1 << 20;
  [[nodiscard]] Endpoint address_of(size_t viewer) const;

  // `arrived`: when the kernel had the datagram, by the clock of io::monotonic_now().
  using Take = std::function<void(Instant arrived, size_t viewer, const Path&, MutableBytes)>;
  // All that has arrived.
  void receive(const Take& take);
  // Each datagram leaves from its path's local address, which is one of address_of().
  void send(const SendBatch& batch);
  // Datagrams that the kernel threw away because these sockets were full: this tool's own loss.
  [[nodiscard]] uint64_t dropped() const;

 private:
  static constexpr size_t kSockets = 8;

  struct Socket {
    io::Fd fd;
    uint16_t port = 0;
  };
  explicit CrowdSockets(std::vector<Socket> sockets)
      : sockets_(std::move(sockets)), batch_(kMessages) {}

  static constexpr size_t kMessages = 64;  // of one read

  std::vector<Socket> sockets_;
  ReceiveBatch batch_;
};

}  // namespace lectern::tools
