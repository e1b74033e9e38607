#include "bench/broadcast/options.h"
#include "server/io/fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lectern::bench {
namespace {

constexpr std::string_view kRequest =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: lectern.v1\r\n\r\n";
constexpr std::string_view kPong("\x8a\x80\0\0\0\0", 6);
constexpr int kQuietSeconds = 4;  // after the last frame
constexpr std::size_t kConnectedAtOnce = 64;

volatile sig_atomic_t is_over = 0;

struct Reader {
  io::Fd fd{};
  SSL* ssl = nullptr;  // lives as long as the process
  std::string held{};  // a frame that is not whole
  std::uint64_t frames = 0;
};

// When the kernel had what was read (software receive time stamp), ns; nullopt without one.
std::optional<std::int64_t> arrival(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING) continue;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(part), sizeof(stamps));
    return std::int64_t{stamps.ts[0].tv_sec} * 1'000'000'000 + stamps.ts[0].tv_nsec;
  }
  return std::nullopt;
}

class Crowd {
 public:
  explicit Crowd(const BroadcastOptions& options)
      : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (!options.certificate.empty()) {
      tls_ = SSL_CTX_new(TLS_client_method());
      SSL_CTX_set_mode(tls_, SSL_MODE_RELEASE_BUFFERS);
    }
    readers_.reserve(options.readers);
  }

  bool connect_all() {
    while (readers_.size() < options_.readers) {
      if (!connect_one()) return false;
      // Who is there already is asked whether it lives, and has to say so.
      if (readers_.size() % kConnectedAtOnce == 0) (void)poll_once(0);
    }
    return true;
  }

  void read_until_quiet() {
    // Pings are no frames: spread over all readers, they never stop.
    std::uint64_t heard_frames = 0;
    for (std::int64_t heard = realtime_ns(); is_over == 0;) {
      (void)poll_once(200);
      if (std::exchange(heard_frames, seen_) != seen_) heard = realtime_ns();
      const std::int64_t patience = last_at_.empty() ? 60 : kQuietSeconds;
      if (realtime_ns() - heard > patience * 1'000'000'000) break;
    }
  }

  void report() const {
    std::vector<double> last_ms;
    last_ms.reserve(last_at_.size());
    for (const auto& [number, at] : last_at_)
      last_ms.push_back(static_cast<double>(at - sent_at_.at(number)) * 1e-6);
    std::ranges::sort(last_ms);
    const auto at = [&last_ms](double share) {
      return last_ms.empty() ? -1
                             : last_ms[static_cast<std::size_t>(
                                   share * static_cast<double>(last_ms.size() - 1))];
    };
    std::uint64_t least = ~0ULL;
    std::uint64_t most = 0;
    for (const Reader& reader : readers_) {
      least = std::min(least, reader.frames);
      most = std::max(most, reader.frames);
    }
    fmt::print(
        "{{\"readers\": {}, \"least_frames\": {}, \"most_frames\": {}, \"last_reader_ms\": "
        "{{\"p50\": "
        "{:.2f}, \"p99\": {:.2f}}}, \"arrivals_seen\": {}, \"closed\": {}}}\n",
        readers_.size(), least, most, at(0.5), at(0.99), seen_, closed_);
  }

 private:
  // Reads from those that have something; how many they were.
  int poll_once(int timeout_ms) {
    std::array<epoll_event, 512> events{};
    const int count = epoll_wait(epoll_.number(), events.data(), events.size(), timeout_ms);
    for (int i = 0; i < count; ++i) drain(readers_[events[static_cast<std::size_t>(i)].data.u32]);
    return count;
  }

  bool connect_one() {
    Reader reader{.fd = io::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    const int fd = reader.fd.number();
    if (fd < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return false;
    // Else the last flight of a handshake waits for the other side's delayed ACK.
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    std::array<char, 2048> buffer{};
    if (tls_ != nullptr) {
      reader.ssl = SSL_new(tls_);
      SSL_set_fd(reader.ssl, fd);
      if (SSL_connect(reader.ssl) != 1) return false;
      SSL_write(reader.ssl, kRequest.data(), static_cast<int>(kRequest.size()));
      if (SSL_read(reader.ssl, buffer.data(), buffer.size()) <= 0) return false;
    } else {
      (void)!write(fd, kRequest.data(), kRequest.size());
      if (read(fd, buffer.data(), buffer.size()) <= 0) return false;
      const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (!options_.never_reads) {
      epoll_event event{.events = EPOLLIN,
                        .data = {.u32 = static_cast<std::uint32_t>(readers_.size())}};
      epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event);
    }
    readers_.push_back(std::move(reader));
    return true;
  }

  void drain(Reader& reader) {
    std::array<char, 16384> buffer{};
    for (;;) {
      std::optional<std::int64_t> at;
      const ssize_t size = receive(reader, buffer, at);
      if (size == 0) {
        ++closed_;
        epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, reader.fd.number(), nullptr);
      }
      if (size <= 0) return;
      reader.held.append(buffer.data(), static_cast<std::size_t>(size));
      take_frames(reader, at);
      if (reader.ssl == nullptr && size < static_cast<ssize_t>(buffer.size())) return;
    }
  }

  static ssize_t receive(Reader& reader, std::span<char> buffer, std::optional<std::int64_t>& at) {
    if (reader.ssl != nullptr) {
      const int size = SSL_read(reader.ssl, buffer.data(), static_cast<int>(buffer.size()));
      return size > 0 ? size : SSL_get_error(reader.ssl, size) == SSL_ERROR_WANT_READ ? -1 : 0;
    }
    std::array<char, 256> control{};
    iovec vector{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(reader.fd.number(), &message, MSG_DONTWAIT);
    if (size > 0) at = arrival(message);
    return size;
  }

  // The time of arrival is that of the last segment, so it is the last frame's.
  void take_frames(Reader& reader, std::optional<std::int64_t> at) {
    std::string_view rest = reader.held;
    std::optional<Stamp> last;
    while (rest.size() >= 2) {
      const std::size_t size = 2 + static_cast<unsigned char>(rest[1]);
      if (rest.size() < size) break;
      if (static_cast<unsigned char>(rest[0]) == 0x89) pong(reader);
      if (size == kFrame) {
        Stamp stamp;
        std::memcpy(&stamp, rest.data() + 2, sizeof(stamp));
        ++reader.frames;
        last = stamp;
      }
      rest.remove_prefix(size);
    }
    if (last && rest.empty()) {
      ++seen_;
      sent_at_[last->number] = last->sent_ns;
      std::int64_t& latest = last_at_[last->number];
      latest = std::max(latest, at.value_or(realtime_ns()));
    }
    reader.held.erase(0, reader.held.size() - rest.size());
  }

  static void pong(Reader& reader) {
    if (reader.ssl != nullptr) {
      SSL_write(reader.ssl, kPong.data(), static_cast<int>(kPong.size()));
    } else {
      (void)!write(reader.fd.number(), kPong.data(), kPong.size());
    }
  }

  const BroadcastOptions& options_;
  io::Fd epoll_;
  SSL_CTX* tls_ = nullptr;
  std::vector<Reader> readers_{};
  std::map<std::uint64_t, std::int64_t> sent_at_{};
  std::map<std::uint64_t, std::int64_t> last_at_{};  // at the last of those that were seen
  std::uint64_t seen_ = 0;
  std::uint32_t closed_ = 0;
};

}  // namespace

int read_all(const BroadcastOptions& options) {
  signal(SIGTERM, [](int) { is_over = 1; });
  Crowd crowd(options);
  if (!crowd.connect_all()) return 1;
  fmt::print("{{\"connected\": true}}\n");
  std::fflush(stdout);
  if (options.never_reads) {
    while (is_over == 0) pause();
    return 0;
  }
  crowd.read_until_quiet();
  crowd.report();
  return 0;
}

}  // namespace lectern::bench
