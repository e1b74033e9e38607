#include "server/tools/client_socket.h"

#include "server/tools/receive_batch.h"
#include "server/tools/socket_address.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace lectern::tools {
namespace {

constexpr size_t kMaxReads = 8;  // of one readiness

// The address that the kernel would send from: that of another socket, connected for the question.
std::optional<Endpoint> source_towards(const Endpoint& remote) {
  const SocketAddress to = to_socket_address(remote);
  const io::Fd probe(socket(to.raw()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress from;
  if (!probe || ::connect(probe.number(), to.raw(), to.size) != 0 ||
      getsockname(probe.number(), from.raw(), &from.size) != 0) {
    return std::nullopt;
  }
  return to_endpoint(from);
}

}  // namespace

Result<ClientSocket> ClientSocket::open(const Endpoint& towards, int receive_buffer) {
  const int family = towards.is_v4() ? AF_INET : AF_INET6;
  io::Fd fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error(errno, "cannot open a UDP socket");
  const auto source = source_towards(towards);
  if (!source) return system_error(errno, "no route to " + towards.to_string());
  wish_option(fd.number(), SOL_SOCKET, SO_RCVBUF, receive_buffer);
  wish_option(fd.number(), IPPROTO_UDP, UDP_GRO, 1);
  Endpoint any = *source;
  any.port = 0;
  SocketAddress address = to_socket_address(any);
  if (bind(fd.number(), address.raw(), address.size) != 0 ||
      getsockname(fd.number(), address.raw(), &address.size) != 0) {
    return system_error(errno, "cannot bind a UDP socket");
  }
  return ClientSocket(std::move(fd), to_endpoint(address));
}

void ClientSocket::connect(const Endpoint& remote) {
  const SocketAddress address = to_socket_address(remote);
  is_connected_ = ::connect(fd_.number(), address.raw(), address.size) == 0;
}

bool ClientSocket::receive(const std::function<void(const Path&, MutableBytes)>& take) {
  // One for all sockets of the thread: nothing outlives the call. What is left stays readable, so
  // that a busy viewer does not starve thousands of others.
  thread_local ReceiveBatch batch(kMaxReads);
  if (const int error = batch.receive(fd_.number()); error != 0) return error != ECONNREFUSED;
  batch.for_each([&](const ReceiveBatch::Datagram& datagram) {
    take(Path{datagram.from, local_}, datagram.bytes);
  });
  return true;
}

bool ClientSocket::send(const SendBatch& batch) {
  for (const SendBatch::Datagram& datagram : batch.datagrams()) {
    const Bytes bytes = batch.bytes(datagram);
    const SocketAddress to = to_socket_address(datagram.path.remote);
    const ssize_t sent =
        is_connected_ ? ::send(fd_.number(), bytes.data(), bytes.size(), 0)
                      : sendto(fd_.number(), bytes.data(), bytes.size(), 0, to.raw(), to.size);
    if (sent < 0 && errno == ECONNREFUSED) return false;
  }
  return true;
}

}  // namespace lectern::tools
