// Those who are sent to: any number of addresses of 127/8 behind a few sockets.
//
//   drop:   small buffers that nobody reads; the kernel throws packets away at the socket
//   drain:  a thread on another core reads everything, a datagram at a time
//   join:   the same with UDP GRO: what left as one GSO message is never cut apart
#pragma once

#include "base/endpoint.h"
#include "server/io/fd.h"

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

namespace lectern::bench {

class Receivers {
 public:
  enum class Mode : uint8_t { kDrop, kDrain, kJoin };
  static constexpr std::string_view kModeNames[] = {"drop", "drain", "join"};

  Receivers(size_t count, Mode mode, int core);

  // Packets that found a socket full so far; of kDrop, which means to miss them, none.
  [[nodiscard]] uint64_t missed() const;

  [[nodiscard]] size_t count() const { return addresses_.size(); }
  [[nodiscard]] const sockaddr_in& address(size_t number) const { return addresses_[number]; }
  [[nodiscard]] const Endpoint& endpoint(size_t number) const { return endpoints_[number]; }

 private:
  void open(size_t sockets, Mode mode);
  void drain(const std::stop_token& stop, int core);

  Mode mode_;
  std::vector<io::Fd> sockets_;
  std::vector<sockaddr_in> addresses_;
  std::vector<Endpoint> endpoints_;
  std::jthread thread_;
};

}  // namespace lectern::bench
