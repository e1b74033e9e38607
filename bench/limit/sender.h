// Two ways of handing protected packets to the kernel, both by sendmmsg and UDP GSO.
//
//   bare:    addresses, vectors and control messages stand ready; nothing is done but the call
//   socket:  SendBatch and io::UdpSocket, which is what the server uses
#pragma once

#include "base/bytes.h"
#include "bench/limit/receivers.h"

#include <cstddef>
#include <memory>

namespace lectern::bench {

class Sender {
 public:
  // Messages of one system call. The server's batch holds 64 datagrams.
  static constexpr size_t kDatagrams = 64;

  virtual ~Sender() = default;
  // A message to `receiver`: `packets` of `size` bytes each, written by the caller into the room
  // that is returned. Sends what waits when there is no place for it.
  [[nodiscard]] virtual MutableBytes add(size_t receiver, size_t size, size_t packets) = 0;
  virtual void flush() = 0;
};

// `packets_per_message`: the most that add() will be asked for. `receivers` must outlive them.
[[nodiscard]] std::unique_ptr<Sender> make_bare_sender(const Receivers& receivers,
                                                       size_t packets_per_message);
[[nodiscard]] std::unique_ptr<Sender> make_socket_sender(const Receivers& receivers);

}  // namespace lectern::bench
