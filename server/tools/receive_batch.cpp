#include "server/tools/receive_batch.h"

#include <netinet/in.h>
#include <time.h>

#include <cerrno>
#include <cstring>

namespace lectern::tools {
namespace {

Endpoint destination(msghdr& header) {
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&header); cmsg != nullptr; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level != IPPROTO_IP || cmsg->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &info.ipi_addr, bytes.size());
    return Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], 0);
  }
  return {};
}

Duration arrival(msghdr& header) {
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&header); cmsg != nullptr; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(cmsg), sizeof(at));
    return Duration::microseconds(at.tv_sec * 1'000'000 + at.tv_nsec / 1'000);
  }
  return {};
}

}  // namespace

ReceiveBatch::ReceiveBatch(size_t messages)
    : bytes_(std::make_unique_for_overwrite<uint8_t[]>(messages * kMessageSize)),
      headers_(messages),
      vectors_(messages),
      addresses_(messages),
      controls_(messages) {
  for (size_t i = 0; i < messages; ++i) {
    vectors_[i] = {bytes_.get() + i * kMessageSize, kMessageSize};
    make_room(i);
  }
}

// recvmmsg writes the lengths that it found over the room it was given.
void ReceiveBatch::make_room(size_t index) {
  msghdr& header = headers_[index].msg_hdr;
  header.msg_name = addresses_[index].raw();
  header.msg_namelen = sizeof(sockaddr_storage);
  header.msg_iov = &vectors_[index];
  header.msg_iovlen = 1;
  header.msg_control = controls_[index].bytes.data();
  header.msg_controllen = kControlSize;
}

int ReceiveBatch::receive(int fd) {
  for (size_t i = 0; i < count_; ++i) make_room(i);
  const int count =
      recvmmsg(fd, headers_.data(), static_cast<unsigned>(headers_.size()), MSG_DONTWAIT, nullptr);
  count_ = count > 0 ? static_cast<size_t>(count) : 0;
  return count > 0 ? 0 : errno;
}

ReceiveBatch::Message ReceiveBatch::read(size_t index) {
  msghdr& header = headers_[index].msg_hdr;
  const size_t size = headers_[index].msg_len;
  return {.from = to_endpoint(addresses_[index]),
          .to = destination(header),
          .arrived = arrival(header),
          .bytes = MutableBytes(bytes_.get() + index * kMessageSize, size),
          .segment = segment_size(header, size)};
}

}  // namespace lectern::tools
