// One way of handing datagrams to the kernel, to be held against another: a socket with the options
// under trial, and what its messages carry. Nothing is encrypted.
#pragma once

#include "bench/limit/receivers.h"
#include "server/io/fd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lectern::bench {

struct SendOptions {
  bool is_v6 = true;  // one socket for both families; false: IPv4 alone
  enum class Bound : uint8_t { kAny, kAddress } bound = Bound::kAny;
  bool names_source = true;   // IP_PKTINFO with each message
  std::optional<int> pmtu{};  // IP_MTU_DISCOVER; as the kernel would: nothing
  bool shares_port = false;   // SO_REUSEPORT
  int busy_poll_us = 0;       // SO_BUSY_POLL
  bool is_on_huge_pages = false;
};

class SendTrial {
 public:
  // `parts`: how many packets of `size` bytes each message of one receiver's frame carries, e.g.
  // {3}: a frame of three as one message; {1, 2}: as two. `receivers` must outlive it.
  SendTrial(const Receivers& receivers, const SendOptions& options, size_t size,
            std::vector<size_t> parts);
  ~SendTrial();
  SendTrial(const SendTrial&) = delete;
  SendTrial& operator=(const SendTrial&) = delete;

  // Sends at least `packets` packets, a frame to each receiver by turns; returns how many.
  size_t send(size_t packets);

 private:
  static constexpr size_t kMessages = 64;
  using Control = std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))>;

  void open();
  void allocate();
  void add(size_t receiver, size_t packets);
  void flush();

  const Receivers& receivers_;
  SendOptions options_;
  size_t size_;
  std::vector<size_t> parts_;
  size_t room_;  // of a message
  io::Fd fd_;
  uint8_t* memory_ = nullptr;
  size_t memory_size_;
  size_t receiver_ = 0;
  size_t count_ = 0;
  std::array<mmsghdr, kMessages> headers_{};
  std::array<iovec, kMessages> vectors_{};
  std::array<sockaddr_in6, kMessages> addresses_{};
  alignas(cmsghdr) std::array<Control, kMessages> controls_{};
};

}  // namespace lectern::bench
