#include "server/tools/crowd_sockets.h"

#include "server/io/uv_loop.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lectern::tools {
namespace {

// A keyframe for a thousand viewers comes within milliseconds.
constexpr int kReceiveBuffer = 64 * 1024 * 1024;
constexpr uint32_t kFirstAddress = 0x7f010001;  // 127.1.0.1

uint32_t to_bits(const Endpoint& endpoint) {
  return load_be32(endpoint.address.data() + 12);
}

}  // namespace

Result<CrowdSockets> CrowdSockets::open(bool takes_gro) {
  std::vector<Socket> sockets;
  for (size_t i = 0; i < kSockets; ++i) {
    io::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return system_error(errno, "cannot open a UDP socket");
    wish_option(fd.number(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    wish_option(fd.number(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer);
    wish_option(fd.number(), IPPROTO_IP, IP_PKTINFO, 1);
    wish_option(fd.number(), SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (takes_gro) wish_option(fd.number(), IPPROTO_UDP, UDP_GRO, 1);
    SocketAddress address = to_socket_address(Endpoint::v4(0, 0, 0, 0, 0));
    if (bind(fd.number(), address.raw(), address.size) != 0 ||
        getsockname(fd.number(), address.raw(), &address.size) != 0) {
      return system_error(errno, "cannot bind a UDP socket");
    }
    sockets.push_back({std::move(fd), to_endpoint(address).port});
  }
  return CrowdSockets(std::move(sockets));
}

Endpoint CrowdSockets::address_of(size_t viewer) const {
  const uint32_t bits = kFirstAddress + static_cast<uint32_t>(viewer);
  return Endpoint::v4(static_cast<uint8_t>(bits >> 24), static_cast<uint8_t>(bits >> 16),
                      static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits),
                      sockets_[viewer % sockets_.size()].port);
}

void CrowdSockets::receive(const Take& take) {
  const Duration wall_clock = io::wall_clock_offset();
  for (const Socket& socket : sockets_) {
    do {
      if (batch_.receive(socket.fd.number()) != 0) break;
      batch_.for_each([&](const ReceiveBatch::Datagram& datagram) {
        Path path{datagram.from, datagram.to};
        path.local.port = socket.port;
        const Instant arrived = Instant() + (datagram.arrived - wall_clock);
        take(arrived, to_bits(datagram.to) - kFirstAddress, path, datagram.bytes);
      });
    } while (batch_.is_full());
  }
}

void CrowdSockets::send(const SendBatch& batch) {
  for (const SendBatch::Datagram& datagram : batch.datagrams()) {
    const Bytes bytes = batch.bytes(datagram);
    const size_t viewer = to_bits(datagram.path.local) - kFirstAddress;
    SocketAddress to = to_socket_address(datagram.path.remote);
    iovec vector{const_cast<uint8_t*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
    msghdr header{};
    header.msg_name = to.raw();
    header.msg_namelen = to.size;
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* cmsg = CMSG_FIRSTHDR(&header);
    cmsg->cmsg_level = IPPROTO_IP;
    cmsg->cmsg_type = IP_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, datagram.path.local.address.data() + 12, 4);
    std::memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
    // What the kernel does not take is lost, as on a wire.
    static_cast<void>(sendmsg(sockets_[viewer % sockets_.size()].fd.number(), &header, 0));
  }
}

uint64_t CrowdSockets::dropped() const {
  uint64_t dropped = 0;
  for (const Socket& socket : sockets_) dropped += dropped_at(socket.fd.number());
  return dropped;
}

}  // namespace lectern::tools
