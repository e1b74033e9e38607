// A UDP socket that speaks in batches: up to 64 datagrams per system call both ways, each with the
// local address it came to or leaves from (IP_PKTINFO), runs of equal size as one UDP GSO message.
//
// Left out on purpose: a send queue. What the kernel does not take at once is dropped and counted;
// a media packet that waits is worth less than the next one. UDP_GRO too: one publisher's burst is
// small beside the fan-out.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/result.h"
#include "base/send_batch.h"
#include "server/io/fd.h"
#include "server/io/gso_groups.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace lectern::io {

struct ReceivedDatagram {
  MutableBytes bytes;  // valid until the next receive()
  Path path;
};

struct UdpCounters {
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t send_calls = 0;
  std::uint64_t gso_messages = 0;
  DropCounters drops;  // kDatagramTooLong, kSendBufferFull, kSendFailed
};

class UdpSocket {
 public:
  static constexpr std::size_t kMaxReceive = 64;
  static constexpr std::size_t kReceiveSize = 2048;

  // Bound to every address of the machine: both families where the kernel has IPv6, else IPv4.
  [[nodiscard]] static Result<UdpSocket> open_any(std::uint16_t port);
  // Bound to 127.0.0.1 and a free port.
  [[nodiscard]] static Result<UdpSocket> open_loopback();

  // Out of line: the message arrays are this file's secret.
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;
  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;

  // What has arrived, at most kMaxReceive datagrams, without waiting. Truncated and empty ones are
  // left out and counted. `may_have_more`: the kernel filled every place.
  struct Received {
    std::span<ReceivedDatagram> datagrams;
    bool may_have_more = false;
  };
  [[nodiscard]] Received receive();

  // Sends what it can of the batch, without waiting; the rest is dropped and counted. A path whose
  // `local` address is unspecified leaves from the address that the kernel picks.
  void send(const SendBatch& batch);

  [[nodiscard]] int fd() const { return fd_.number(); }
  [[nodiscard]] const Endpoint& local() const { return local_; }
  [[nodiscard]] const UdpCounters& counters() const { return counters_; }
  [[nodiscard]] bool uses_gso() const { return uses_gso_; }

 private:
  struct Arrays;

  UdpSocket(Fd fd, bool is_v6, Endpoint local);
  static Result<UdpSocket> open(bool is_v6, const Endpoint& address);

  void prepare_message(std::size_t slot, const SendBatch& batch, const SendGroup& group);
  // What an errno means for the group that met it: false when the rest of the batch is lost too.
  [[nodiscard]] bool survive_send_error(int error_number, const SendBatch& batch,
                                        const SendGroup& group);
  // The group's datagrams one by one, through the last slot; 0 or the errno that ended it.
  [[nodiscard]] int send_singly(const SendBatch& batch, const SendGroup& group);
  void count_sent(const SendBatch& batch, const SendGroup& group);

  Fd fd_;
  bool is_v6_ = false;
  bool uses_gso_ = false;
  Endpoint local_;
  UdpCounters counters_;
  std::unique_ptr<Arrays> arrays_;
};

}  // namespace lectern::io
