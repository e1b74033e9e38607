#include "server/io/udp_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace lectern::io {
namespace {

// Half a second of the largest class a core can carry; the kernel caps it at net.core.[rw]mem_max
// unless we are root.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;
constexpr int kSendBuffer = 8 * 1024 * 1024;

// The two control messages of a datagram that leaves: its source address and its segment size.
constexpr std::size_t kControlSize =
    CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t));
using Control = std::array<char, kControlSize>;

void set_option(int fd, int level, int name, int value) {
  // Every option set this way is a wish: the socket works, slower, without it.
  (void)setsockopt(fd, level, name, &value, sizeof(value));
}

void grow_buffers(int fd) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer);
  set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, kSendBuffer);
}

// Every datagram of ours fits any path that carries IPv6 (1280 octets), and without DF the kernel
// draws an IP ident for each message from a table that other cores write to. PROBE, not DO: a
// forged "fragmentation needed" shall not make a path smaller.
void never_fragment(int fd, bool is_v6) {
  set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  if (is_v6) {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
}

socklen_t to_socket_address(const Endpoint& endpoint, bool is_v6, sockaddr_in6& out) {
  if (is_v6) {
    out = sockaddr_in6{};
    out.sin6_family = AF_INET6;
    out.sin6_port = htons(endpoint.port);
    std::memcpy(&out.sin6_addr, endpoint.address.data(), 16);
    return sizeof(sockaddr_in6);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(endpoint.port);
  std::memcpy(&v4.sin_addr, endpoint.address.data() + 12, 4);
  std::memcpy(&out, &v4, sizeof(v4));
  return sizeof(sockaddr_in);
}

Endpoint endpoint_v4(const in_addr& address, std::uint16_t port) {
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], port);
}

Endpoint endpoint_v6(const in6_addr& address, std::uint16_t port) {
  Endpoint endpoint;
  std::memcpy(endpoint.address.data(), &address, 16);
  endpoint.port = port;
  return endpoint;
}

Endpoint from_socket_address(const sockaddr_in6& address) {
  if (address.sin6_family == AF_INET6) {
    return endpoint_v6(address.sin6_addr, ntohs(address.sin6_port));
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof(v4));
  return endpoint_v4(v4.sin_addr, ntohs(v4.sin_port));
}

// The address a datagram was sent to; that of the socket when the kernel does not say.
Endpoint local_address(msghdr& header, const Endpoint& socket) {
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&header); cmsg != nullptr; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
      return endpoint_v6(info.ipi6_addr, socket.port);
    }
    if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
      return endpoint_v4(info.ipi_addr, socket.port);
    }
  }
  return socket;
}

template <typename T>
void append_control(msghdr& header, Control& control, int level, int type, const T& value) {
  auto* cmsg = reinterpret_cast<cmsghdr*>(control.data() + header.msg_controllen);
  cmsg->cmsg_level = level;
  cmsg->cmsg_type = type;
  cmsg->cmsg_len = CMSG_LEN(sizeof(T));
  std::memcpy(CMSG_DATA(cmsg), &value, sizeof(T));
  header.msg_control = control.data();
  header.msg_controllen += CMSG_SPACE(sizeof(T));
}

void append_source(msghdr& header, Control& control, const Endpoint& source, bool is_v6) {
  if (source.is_unspecified()) {
    return;
  }
  if (is_v6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, source.address.data(), 16);
    append_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    return;
  }
  in_pktinfo info{};
  std::memcpy(&info.ipi_spec_dst, source.address.data() + 12, 4);
  append_control(header, control, IPPROTO_IP, IP_PKTINFO, info);
}

}  // namespace

struct UdpSocket::Arrays {
  Arrays() {
    for (std::size_t i = 0; i < kMaxReceive; ++i) {
      receive_vectors[i] = {receive_bytes[i].data(), kReceiveSize};
      make_room(i);
    }
  }

  // recvmmsg writes the lengths it found over the room it was given.
  void make_room(std::size_t i) {
    msghdr& header = receive_headers[i].msg_hdr;
    header.msg_name = &receive_addresses[i];
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_iov = &receive_vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = receive_controls[i].data();
    header.msg_controllen = kControlSize;
  }

  std::array<mmsghdr, kMaxReceive> receive_headers{};
  std::array<iovec, kMaxReceive> receive_vectors{};
  std::array<sockaddr_in6, kMaxReceive> receive_addresses{};
  std::array<Control, kMaxReceive> receive_controls{};
  std::array<std::array<std::uint8_t, kReceiveSize>, kMaxReceive> receive_bytes{};
  std::array<ReceivedDatagram, kMaxReceive> received{};

  std::array<mmsghdr, SendBatch::kMaxDatagrams> send_headers{};
  std::array<iovec, SendBatch::kMaxDatagrams> send_vectors{};
  std::array<sockaddr_in6, SendBatch::kMaxDatagrams> send_addresses{};
  std::array<Control, SendBatch::kMaxDatagrams> send_controls{};
};

UdpSocket::~UdpSocket() = default;
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;

UdpSocket::UdpSocket(Fd fd, bool is_v6, Endpoint local)
    : fd_(std::move(fd)), is_v6_(is_v6), local_(local), arrays_(std::make_unique<Arrays>()) {
  int segment_size = 0;
  socklen_t size = sizeof(segment_size);
  uses_gso_ = getsockopt(fd_.number(), SOL_UDP, UDP_SEGMENT, &segment_size, &size) == 0;
}

Result<UdpSocket> UdpSocket::open_any(std::uint16_t port) {
  auto both_families = open(true, Endpoint{.address = {}, .port = port});
  const bool has_no_v6 =
      !both_families && both_families.error().code == std::errc::address_family_not_supported;
  return has_no_v6 ? open(false, Endpoint::v4(0, 0, 0, 0, port)) : std::move(both_families);
}

Result<UdpSocket> UdpSocket::open_loopback() {
  return open(false, Endpoint::v4(127, 0, 0, 1, 0));
}

Result<UdpSocket> UdpSocket::open(bool is_v6, const Endpoint& address) {
  const std::string what = "UDP port " + std::to_string(address.port) + " cannot be opened";
  Fd fd(socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) {
    return system_error(errno, what);
  }
  if (is_v6) {
    set_option(fd.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_option(fd.number(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set_option(fd.number(), IPPROTO_IP, IP_PKTINFO, 1);
  }
  never_fragment(fd.number(), is_v6);
  grow_buffers(fd.number());
  sockaddr_in6 bound{};
  socklen_t size = to_socket_address(address, is_v6, bound);
  if (bind(fd.number(), reinterpret_cast<const sockaddr*>(&bound), size) != 0) {
    return system_error(errno, what);
  }
  size = sizeof(bound);
  if (getsockname(fd.number(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return system_error(errno, what);
  }
  return UdpSocket(std::move(fd), is_v6, from_socket_address(bound));
}

UdpSocket::Received UdpSocket::receive() {
  Arrays& arrays = *arrays_;
  const int count =
      recvmmsg(fd_.number(), arrays.receive_headers.data(), kMaxReceive, MSG_DONTWAIT, nullptr);
  std::size_t kept = 0;
  for (int i = 0; i < count; ++i) {
    mmsghdr& message = arrays.receive_headers[i];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      counters_.drops.add(DropReason::kDatagramTooLong);
    } else if (message.msg_len == 0) {
      counters_.drops.add(DropReason::kUnknownFirstByte);
    } else {
      arrays.received[kept++] = {MutableBytes(arrays.receive_bytes[i].data(), message.msg_len),
                                 Path{from_socket_address(arrays.receive_addresses[i]),
                                      local_address(message.msg_hdr, local_)}};
      counters_.received_bytes += message.msg_len;
    }
    arrays.make_room(static_cast<std::size_t>(i));
  }
  counters_.received += kept;
  return {std::span(arrays.received).first(kept), count == static_cast<int>(kMaxReceive)};
}

void UdpSocket::prepare_message(std::size_t slot, const SendBatch& batch, const SendGroup& group) {
  Arrays& arrays = *arrays_;
  const SendBatch::Datagram& first = batch.datagrams()[group.first];
  const SendBatch::Datagram& last = batch.datagrams()[group.first + group.count - 1];
  // sendmsg takes mutable vectors but only reads them.
  arrays.send_vectors[slot] = {const_cast<std::uint8_t*>(batch.bytes(first).data()),
                               last.offset + last.size - first.offset};
  msghdr& header = arrays.send_headers[slot].msg_hdr;
  header = msghdr{};
  header.msg_name = &arrays.send_addresses[slot];
  header.msg_namelen = to_socket_address(first.path.remote, is_v6_, arrays.send_addresses[slot]);
  header.msg_iov = &arrays.send_vectors[slot];
  header.msg_iovlen = 1;
  append_source(header, arrays.send_controls[slot], first.path.local, is_v6_);
  if (group.count > 1) {
    append_control(header, arrays.send_controls[slot], SOL_UDP, UDP_SEGMENT,
                   static_cast<std::uint16_t>(first.size));
  }
}

void UdpSocket::send(const SendBatch& batch) {
  const SendGroups groups = group_datagrams(batch.datagrams(), uses_gso_);
  for (std::size_t i = 0; i < groups.count; ++i) {
    prepare_message(i, batch, groups.groups[i]);
  }
  std::size_t done = 0;
  bool goes_on = true;
  while (goes_on && done < groups.count) {
    const int sent = sendmmsg(fd_.number(), arrays_->send_headers.data() + done,
                              static_cast<unsigned>(groups.count - done), MSG_DONTWAIT);
    const int error_number = errno;
    ++counters_.send_calls;
    for (int i = 0; i < sent; ++i) {
      count_sent(batch, groups.groups[done++]);
    }
    if (sent <= 0 && error_number != EINTR) {
      goes_on = survive_send_error(error_number, batch, groups.groups[done++]);
    }
  }
  for (; done < groups.count; ++done) {
    counters_.drops.add(DropReason::kSendBufferFull, groups.groups[done].count);
  }
}

bool UdpSocket::survive_send_error(int error_number, const SendBatch& batch,
                                   const SendGroup& group) {
  // EIO: the device cannot checksum segments, so never again. EINVAL: this path's MTU is below the
  // segment size; single datagrams may be fragmented, segments may not.
  if (group.count > 1 && (error_number == EIO || error_number == EINVAL)) {
    uses_gso_ = uses_gso_ && error_number != EIO;
    error_number = send_singly(batch, group);
  } else if (error_number == EAGAIN || error_number == ENOBUFS) {
    counters_.drops.add(DropReason::kSendBufferFull, group.count);
  } else {
    // No route, an address that went away, a firewall: this path's loss only.
    counters_.drops.add(DropReason::kSendFailed, group.count);
  }
  return error_number != EAGAIN && error_number != ENOBUFS;
}

int UdpSocket::send_singly(const SendBatch& batch, const SendGroup& group) {
  // The group holds two datagrams or more, so no group of this batch was prepared in the last slot.
  constexpr std::size_t kSlot = SendBatch::kMaxDatagrams - 1;
  for (std::size_t i = 0; i < group.count; ++i) {
    const SendGroup single{group.first + i, 1};
    prepare_message(kSlot, batch, single);
    ++counters_.send_calls;
    if (sendmsg(fd_.number(), &arrays_->send_headers[kSlot].msg_hdr, MSG_DONTWAIT) >= 0) {
      count_sent(batch, single);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      counters_.drops.add(DropReason::kSendBufferFull, group.count - i);
      return errno;
    } else {
      counters_.drops.add(DropReason::kSendFailed);
    }
  }
  return 0;
}

void UdpSocket::count_sent(const SendBatch& batch, const SendGroup& group) {
  const SendBatch::Datagram& first = batch.datagrams()[group.first];
  const SendBatch::Datagram& last = batch.datagrams()[group.first + group.count - 1];
  counters_.sent += group.count;
  counters_.sent_bytes += last.offset + last.size - first.offset;
  counters_.gso_messages += group.count > 1 ? 1 : 0;
}

}  // namespace lectern::io
