#include "bench/broadcast/options.h"
#include "server/io/fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

namespace lectern::bench {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;
using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

struct Reader {
  io::Fd fd{};
  Ssl ssl{nullptr, SSL_free};
};

int listen_on(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool listens = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                       listen(fd, 1024) == 0;
  return listens ? fd : -1;
}

// One after the other, blocking; the request is read and taken for what it is.
Reader accept_one(int listening, SSL_CTX* tls) {
  Reader reader{.fd = io::Fd(accept(listening, nullptr, nullptr))};
  const int fd = reader.fd.number();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::array<char, 4096> buffer{};
  if (tls != nullptr) {
    reader.ssl.reset(SSL_new(tls));
    SSL_set_fd(reader.ssl.get(), fd);
    SSL_accept(reader.ssl.get());
    SSL_read(reader.ssl.get(), buffer.data(), buffer.size());
    SSL_write(reader.ssl.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
  } else {
    (void)!read(fd, buffer.data(), buffer.size());
    (void)!write(fd, kAnswer.data(), kAnswer.size());
  }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return reader;
}

void write_to(const Reader& reader, const std::string& frame) {
  if (reader.ssl) {
    SSL_write(reader.ssl.get(), frame.data(), static_cast<int>(frame.size()));
  } else {
    (void)!send(reader.fd.number(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

}  // namespace

int serve_bare(const BroadcastOptions& options) {
  SslContext tls(nullptr, SSL_CTX_free);
  if (!options.certificate.empty()) {
    tls.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_chain_file(tls.get(), options.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(tls.get(), options.private_key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_num_tickets(tls.get(), 1);
    SSL_CTX_set_mode(tls.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  const int listening = listen_on(options.port);
  if (listening < 0) return 1;
  fmt::print("{{\"listening\": true}}\n");
  std::fflush(stdout);
  std::vector<Reader> readers;
  readers.reserve(options.readers);
  while (readers.size() < options.readers) readers.push_back(accept_one(listening, tls.get()));
  const timespec settling{.tv_sec = 3, .tv_nsec = 0};
  nanosleep(&settling, nullptr);
  const auto frames = static_cast<std::uint64_t>(options.seconds * options.rate);
  const auto period = static_cast<std::int64_t>(1e9 / options.rate);
  const std::int64_t started = realtime_ns();
  const std::int64_t before = cpu_us();
  for (std::uint64_t number = 0; number < frames; ++number) {
    const std::string frame = stamped_frame(number);
    for (const Reader& reader : readers) write_to(reader, frame);
    const std::int64_t rest =
        started + static_cast<std::int64_t>(number + 1) * period - realtime_ns();
    if (rest <= 0) continue;
    const timespec pause{.tv_sec = rest / 1'000'000'000, .tv_nsec = rest % 1'000'000'000};
    nanosleep(&pause, nullptr);
  }
  fmt::print("{{\"frames\": {}, \"cpu_us\": {}, \"seconds\": {:.3f}}}\n", frames, cpu_us() - before,
             static_cast<double>(realtime_ns() - started) * 1e-9);
  std::fflush(stdout);
  pause();
  return 0;
}

}  // namespace lectern::bench
