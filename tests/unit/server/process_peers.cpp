#include "tests/unit/server/process_peers.h"

#include "base/text.h"
#include "server/io/unix_channel.h"
#include "server/paths.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdlib>

namespace lectern::server {
namespace {

void be_patient(int socket) {
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  EXPECT_EQ(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool connects(const io::Fd& fd, std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  return connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

void look_again_in(int milliseconds) {
  poll(nullptr, 0, milliseconds);
}

std::uint16_t free_port() {
  const io::Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(probe.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(probe.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

bool is_open(std::uint16_t port) {
  return connects(io::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port);
}

Client::Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  be_patient(fd_.number());
  EXPECT_TRUE(connects(fd_, port));
}

void Client::send(const std::string& text) {
  EXPECT_EQ(::send(fd_.number(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

void Client::send_request(const std::string& method, const std::string& path,
                          const std::string& more, const std::string& body) {
  send(method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n" + more +
       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

std::string Client::read_until(std::string_view end) {
  std::string text;
  char c = 0;
  while (text.find(end) == std::string::npos && recv(fd_.number(), &c, 1, 0) == 1) {
    text += c;
  }
  return text;
}

std::string Client::read_answer() {
  const std::string head = read_until("\r\n\r\n");
  constexpr std::string_view kLength = "content-length:";
  const auto at = in_lower_case(head).find(kLength);
  const std::size_t size =
      at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + kLength.size(), nullptr, 10);
  std::string body(size, '\0');
  EXPECT_EQ(recv(fd_.number(), body.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
  return head + body;
}

bool Client::is_closed() {
  char c = 0;
  return recv(fd_.number(), &c, 1, 0) == 0;
}

Worker::Worker(const std::string& data, control::WorkerNumber number)
    : fd_(*io::UnixChannel::connect(control_socket(data))) {
  const int flags = fcntl(fd_.number(), F_GETFL);
  EXPECT_EQ(fcntl(fd_.number(), F_SETFL, flags & ~O_NONBLOCK), 0);
  be_patient(fd_.number());
  control::Hello hello;
  hello.worker = number;
  hello.schema = control::kSchema;
  say(hello);
}

void Worker::say(const control::FromWorker& message) {
  const std::string record = control::encode(message);
  EXPECT_EQ(send(fd_.number(), record.data(), record.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(record.size()));
}

std::optional<control::ToWorker> Worker::hear() {
  std::string record(control::kMaxRecord, '\0');
  const ssize_t size = recv(fd_.number(), record.data(), record.size(), 0);
  EXPECT_GE(size, 0) << "nothing came in time";
  if (size <= 0) {
    return std::nullopt;
  }
  record.resize(static_cast<std::size_t>(size));
  auto order = control::decode_to_worker(record);
  EXPECT_TRUE(order);
  return order ? std::optional(*std::move(order)) : std::nullopt;
}

}  // namespace lectern::server
