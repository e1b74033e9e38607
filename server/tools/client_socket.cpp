#include "server/tools/client_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace lectern::tools {
namespace {

// Reads of one readiness: a busy viewer must not starve thousands of others.
constexpr int kMaxReads = 8;
constexpr size_t kReadSize = 65536;  // the most that GRO joins

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address to_address(const Endpoint& endpoint) {
  Address address;
  if (endpoint.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.data() + 12, 4);
    std::memcpy(&address.storage, &v4, sizeof(v4));
    address.size = sizeof(v4);
    return address;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  std::memcpy(&v6.sin6_addr, endpoint.address.data(), 16);
  std::memcpy(&address.storage, &v6, sizeof(v6));
  address.size = sizeof(v6);
  return address;
}

Endpoint to_endpoint(const Address& address) {
  Endpoint endpoint;
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof(v4));
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], ntohs(v4.sin_port));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof(v6));
  std::memcpy(endpoint.address.data(), &v6.sin6_addr, 16);
  endpoint.port = ntohs(v6.sin6_port);
  return endpoint;
}

void set_option(int fd, int level, int name, int value) {
  // A wish: the socket works, slower, without it.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof(value)));
}

// The address that the kernel would send from: that of another socket, connected for the question.
std::optional<Endpoint> source_towards(const Endpoint& remote) {
  const Address to = to_address(remote);
  const io::Fd probe(socket(to.raw()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Address from;
  from.size = sizeof(from.storage);
  if (!probe || ::connect(probe.number(), to.raw(), to.size) != 0 ||
      getsockname(probe.number(), from.raw(), &from.size) != 0) {
    return std::nullopt;
  }
  return to_endpoint(from);
}

// How the kernel cut what it joined: the size of each datagram but the last.
size_t segment_size(msghdr& header, size_t whole) {
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&header); cmsg != nullptr; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level != IPPROTO_UDP || cmsg->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(cmsg), sizeof(size));
    if (size > 0) return static_cast<size_t>(size);
  }
  return whole;
}

}  // namespace

Result<ClientSocket> ClientSocket::open(const Endpoint& towards, int receive_buffer) {
  const int family = towards.is_v4() ? AF_INET : AF_INET6;
  io::Fd fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error(errno, "cannot open a UDP socket");
  const auto source = source_towards(towards);
  if (!source) return system_error(errno, "no route to " + towards.to_string());
  set_option(fd.number(), SOL_SOCKET, SO_RCVBUF, receive_buffer);
  set_option(fd.number(), IPPROTO_UDP, UDP_GRO, 1);
  Endpoint any = *source;
  any.port = 0;
  Address address = to_address(any);
  if (bind(fd.number(), address.raw(), address.size) != 0 ||
      getsockname(fd.number(), address.raw(), &address.size) != 0) {
    return system_error(errno, "cannot bind a UDP socket");
  }
  return ClientSocket(std::move(fd), to_endpoint(address));
}

void ClientSocket::connect(const Endpoint& remote) {
  const Address address = to_address(remote);
  is_connected_ = ::connect(fd_.number(), address.raw(), address.size) == 0;
}

bool ClientSocket::receive(const std::function<void(const Path&, MutableBytes)>& take) {
  // One buffer for all sockets of the thread: nothing outlives the call.
  thread_local std::array<uint8_t, kReadSize> buffer;
  for (int i = 0; i < kMaxReads; ++i) {
    Address from;
    iovec vector{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_name = from.raw();
    header.msg_namelen = sizeof(from.storage);
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd_.number(), &header, 0);
    if (size < 0) return errno != ECONNREFUSED;
    const Path path{to_endpoint(from), local_};
    MutableBytes rest(buffer.data(), static_cast<size_t>(size));
    const size_t segment = segment_size(header, rest.size());
    while (!rest.empty()) {
      const size_t part = std::min(segment, rest.size());
      take(path, rest.first(part));
      rest = rest.subspan(part);
    }
  }
  return true;
}

bool ClientSocket::send(const SendBatch& batch) {
  for (const SendBatch::Datagram& datagram : batch.datagrams()) {
    const Bytes bytes = batch.bytes(datagram);
    const Address to = to_address(datagram.path.remote);
    const ssize_t sent =
        is_connected_ ? ::send(fd_.number(), bytes.data(), bytes.size(), 0)
                      : sendto(fd_.number(), bytes.data(), bytes.size(), 0, to.raw(), to.size);
    if (sent < 0 && errno == ECONNREFUSED) return false;
  }
  return true;
}

}  // namespace lectern::tools
