// One client's own UDP socket, as a browser has it: a port of its own, and connected once ICE has
// chosen a path, so that the death of a server on this machine (ICMP port unreachable) is known at
// once. Receives with UDP GRO: a frame that the server sent as one GSO message is one read here.
#pragma once

#include "base/endpoint.h"
#include "base/result.h"
#include "base/send_batch.h"
#include "server/io/fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace lectern::tools {

class ClientSocket {
 public:
  // A free port on all addresses of the family of `towards`. `receive_buffer`: bytes, a wish.
  [[nodiscard]] static Result<ClientSocket> open(const Endpoint& towards, int receive_buffer);

  // What the machine's candidate pairs call this end: the address the kernel would send from.
  [[nodiscard]] const Endpoint& local() const { return local_; }
  [[nodiscard]] int fd() const { return fd_.number(); }

  // Only datagrams from `remote` come in from now on.
  void connect(const Endpoint& remote);

  // Gives each datagram that has arrived to `take`, with its path. False: the far port is closed.
  [[nodiscard]] bool receive(const std::function<void(const Path&, MutableBytes)>& take);
  // False: the far port is closed. What the kernel does not take is lost.
  [[nodiscard]] bool send(const SendBatch& batch);

 private:
  ClientSocket(io::Fd fd, Endpoint local) : fd_(std::move(fd)), local_(local) {}

  io::Fd fd_;
  Endpoint local_;
  bool is_connected_ = false;
};

}  // namespace lectern::tools
