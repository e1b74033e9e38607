#include "bench/trials/send_trial.h"

#include "base/check.h"
#include "server/tools/socket_address.h"

#include <netinet/udp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <system_error>
#include <utility>

namespace lectern::bench {
namespace {

constexpr int kSendBuffer = 4 * 1024 * 1024;
constexpr size_t kHugePage = 2 * 1024 * 1024;

template <typename T>
void append(msghdr& header, int level, int type, const T& value) {
  auto* cmsg =
      reinterpret_cast<cmsghdr*>(static_cast<char*>(header.msg_control) + header.msg_controllen);
  cmsg->cmsg_level = level;
  cmsg->cmsg_type = type;
  cmsg->cmsg_len = CMSG_LEN(sizeof(T));
  std::memcpy(CMSG_DATA(cmsg), &value, sizeof(T));
  header.msg_controllen += CMSG_SPACE(sizeof(T));
}

// ::ffff:a.b.c.d, as a socket of both families wants it.
in6_addr mapped(in_addr address) {
  in6_addr result{};
  result.s6_addr[10] = result.s6_addr[11] = 0xff;
  std::memcpy(&result.s6_addr[12], &address, sizeof(address));
  return result;
}

in_addr loopback() {
  return {.s_addr = htonl(INADDR_LOOPBACK)};
}

}  // namespace

SendTrial::SendTrial(const Receivers& receivers, const SendOptions& options, size_t size,
                     std::vector<size_t> parts)
    : receivers_(receivers),
      options_(options),
      size_(size),
      parts_(std::move(parts)),
      room_(size * *std::ranges::max_element(parts_)),
      memory_size_((kMessages * room_ / kHugePage + 1) * kHugePage) {
  open();
  allocate();
}

SendTrial::~SendTrial() {
  munmap(memory_, memory_size_);
}

void SendTrial::open() {
  fd_ = io::Fd(socket(options_.is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd_) throw std::system_error(errno, std::generic_category(), "the sender's socket");
  const int fd = fd_.number();
  if (options_.is_v6) tools::wish_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  tools::wish_option(fd, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  if (options_.pmtu) {
    tools::wish_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, *options_.pmtu);
    if (options_.is_v6) tools::wish_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, *options_.pmtu);
  }
  if (options_.shares_port) tools::wish_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (options_.busy_poll_us > 0)
    tools::wish_option(fd, SOL_SOCKET, SO_BUSY_POLL, options_.busy_poll_us);
  const bool has_address = options_.bound == SendOptions::Bound::kAddress;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  if (has_address) v6.sin6_addr = mapped(loopback());
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (has_address) v4.sin_addr = loopback();
  const int result = options_.is_v6 ? bind(fd, reinterpret_cast<const sockaddr*>(&v6), sizeof(v6))
                                    : bind(fd, reinterpret_cast<const sockaddr*>(&v4), sizeof(v4));
  if (result != 0) throw std::system_error(errno, std::generic_category(), "the sender's address");
}

// Populated: a page fault costs more here than a packet.
void SendTrial::allocate() {
  void* memory =
      mmap(nullptr, memory_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<uint8_t*>(memory);
  madvise(memory, memory_size_, options_.is_on_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  std::memset(memory, 0x5a, memory_size_);
}

size_t SendTrial::send(size_t packets) {
  const size_t frame = std::accumulate(parts_.begin(), parts_.end(), size_t{0});
  size_t did = 0;
  for (; did < packets; did += frame) {
    for (const size_t part : parts_) add(receiver_, part);
    receiver_ = (receiver_ + 1) % receivers_.count();
  }
  flush();
  return did;
}

void SendTrial::add(size_t receiver, size_t packets) {
  if (count_ == kMessages) flush();
  const size_t slot = count_++;
  vectors_[slot] = {memory_ + slot * room_, size_ * packets};
  msghdr& header = headers_[slot].msg_hdr;
  header = {};
  const sockaddr_in& to = receivers_.address(receiver);
  if (options_.is_v6) {
    addresses_[slot] = {};
    addresses_[slot].sin6_family = AF_INET6;
    addresses_[slot].sin6_port = to.sin_port;
    addresses_[slot].sin6_addr = mapped(to.sin_addr);
    header.msg_namelen = sizeof(sockaddr_in6);
  } else {
    std::memcpy(&addresses_[slot], &to, sizeof(to));
    header.msg_namelen = sizeof(sockaddr_in);
  }
  header.msg_name = &addresses_[slot];
  header.msg_iov = &vectors_[slot];
  header.msg_iovlen = 1;
  header.msg_control = controls_[slot].data();
  if (options_.names_source && options_.is_v6)
    append(header, IPPROTO_IPV6, IPV6_PKTINFO,
           in6_pktinfo{.ipi6_addr = mapped(loopback()), .ipi6_ifindex = 0});
  else if (options_.names_source)
    append(header, IPPROTO_IP, IP_PKTINFO,
           in_pktinfo{.ipi_ifindex = 0, .ipi_spec_dst = loopback(), .ipi_addr = {}});
  if (packets > 1) append(header, SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(size_));
}

void SendTrial::flush() {
  size_t done = 0;
  while (done < count_) {
    const int sent =
        sendmmsg(fd_.number(), &headers_[done], static_cast<unsigned>(count_ - done), 0);
    LECTERN_CHECK(sent > 0 || errno == ECONNREFUSED || errno == EINTR);
    done += sent > 0 ? static_cast<size_t>(sent) : 0;
  }
  count_ = 0;
}

}  // namespace lectern::bench
