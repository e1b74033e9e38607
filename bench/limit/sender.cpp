#include "bench/limit/sender.h"

#include "base/check.h"
#include "base/send_batch.h"
#include "server/io/udp_socket.h"
#include "server/tools/socket_address.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace lectern::bench {
namespace {

constexpr size_t kMessages = 64;
constexpr size_t kPacketRoom = 1280;
constexpr int kSendBuffer = 4 * 1024 * 1024;

class BareSender final : public Sender {
 public:
  BareSender(const Receivers& receivers, size_t packets_per_message)
      : receivers_(receivers),
        fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        room_(packets_per_message * kPacketRoom) {
    if (!fd_) throw std::system_error(errno, std::generic_category(), "the sender's socket");
    tools::wish_option(fd_.number(), SOL_SOCKET, SO_SNDBUF, kSendBuffer);
    tools::wish_option(fd_.number(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    // Populated: a page fault costs more here than a packet.
    void* memory = mmap(nullptr, kMessages * room_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<uint8_t*>(memory);
  }
  BareSender(const BareSender&) = delete;
  BareSender& operator=(const BareSender&) = delete;
  ~BareSender() override { munmap(memory_, kMessages * room_); }

  MutableBytes add(size_t receiver, size_t size, size_t packets) override {
    if (count_ == kMessages) flush();
    const size_t slot = count_++;
    vectors_[slot] = {memory_ + slot * room_, size * packets};
    msghdr& header = headers_[slot].msg_hdr;
    header.msg_name = const_cast<sockaddr_in*>(&receivers_.address(receiver));
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &vectors_[slot];
    header.msg_iovlen = 1;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    if (packets > 1) ask_to_cut(slot, static_cast<uint16_t>(size));
    return {memory_ + slot * room_, size * packets};
  }

  void flush() override {
    size_t done = 0;
    while (done < count_) {
      const int sent =
          sendmmsg(fd_.number(), &headers_[done], static_cast<unsigned>(count_ - done), 0);
      done += sent > 0 ? static_cast<size_t>(sent) : 1;
    }
    count_ = 0;
  }

 private:
  void ask_to_cut(size_t slot, uint16_t size) {
    msghdr& header = headers_[slot].msg_hdr;
    header.msg_control = controls_[slot].data();
    header.msg_controllen = CMSG_SPACE(sizeof(size));
    cmsghdr* cmsg = CMSG_FIRSTHDR(&header);
    cmsg->cmsg_level = SOL_UDP;
    cmsg->cmsg_type = UDP_SEGMENT;
    cmsg->cmsg_len = CMSG_LEN(sizeof(size));
    std::memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
  }

  const Receivers& receivers_;
  io::Fd fd_;
  size_t room_;
  uint8_t* memory_ = nullptr;
  std::array<mmsghdr, kMessages> headers_{};
  std::array<iovec, kMessages> vectors_{};
  alignas(
      cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(uint16_t))>, kMessages> controls_{};
  size_t count_ = 0;
};

io::UdpSocket open_socket() {
  auto socket = io::UdpSocket::open_any(0);
  if (!socket) throw std::runtime_error(socket.error().context);
  return std::move(*socket);
}

class SocketSender final : public Sender {
 public:
  explicit SocketSender(const Receivers& receivers)
      : receivers_(receivers), socket_(open_socket()) {}

  // The room of several datagrams lies in one piece: the batch's arena is linear.
  MutableBytes add(size_t receiver, size_t size, size_t packets) override {
    if (batch_.count() + packets > SendBatch::kMaxDatagrams) flush();
    const Path path{.remote = receivers_.endpoint(receiver),
                    .local = Endpoint::v4(127, 0, 0, 1, 0)};
    uint8_t* start = batch_.next().data();
    for (size_t i = 0; i < packets; ++i) batch_.commit(size, path);
    return {start, size * packets};
  }

  void flush() override {
    socket_.send(batch_);
    batch_.clear();
  }

 private:
  const Receivers& receivers_;
  io::UdpSocket socket_;
  SendBatch batch_;
};

}  // namespace

std::unique_ptr<Sender> make_bare_sender(const Receivers& receivers, size_t packets_per_message) {
  return std::make_unique<BareSender>(receivers, packets_per_message);
}

std::unique_ptr<Sender> make_socket_sender(const Receivers& receivers) {
  return std::make_unique<SocketSender>(receivers);
}

}  // namespace lectern::bench
