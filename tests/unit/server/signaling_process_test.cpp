// A whole signaling process, forked from this one, with a worker, HTTP clients and pages that are
// plain sockets of the test. Every wait is for a state, and ends by a time-out of its own.
#include "server/signaling_process.h"

#include "media/control/codec.h"
#include "server/io/unix_channel.h"
#include "server/paths.h"
#include "server/system.h"
#include "server/token_key.h"
#include "signaling/jwt_authority.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lectern::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPatienceSeconds = 10;

// Between two looks at a state that cannot be waited for otherwise.
void look_again_in(int milliseconds) {
  poll(nullptr, 0, milliseconds);
}

void be_patient(int socket) {
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ASSERT_EQ(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
}

std::uint16_t free_port() {
  const io::Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(probe.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(probe.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

// A client of the web port.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    be_patient(fd_.number());
    EXPECT_EQ(connect(fd_.number(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  void send(const std::string& text) {
    EXPECT_EQ(::send(fd_.number(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // All that comes until `end` is in it, or the server closes.
  std::string read_until(std::string_view end) {
    std::string text;
    char c = 0;
    while (text.find(end) == std::string::npos && recv(fd_.number(), &c, 1, 0) == 1) text += c;
    return text;
  }
  // The whole answer.
  std::string ask(const std::string& method, const std::string& path, const std::string& more = {},
                  const std::string& body = {}) {
    send(method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    std::string answer = read_until("\r\n\r\n");
    std::string head = answer;
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::string_view kLength = "content-length:";
    const auto at = head.find(kLength);
    const std::size_t size = at == std::string::npos
                                 ? 0
                                 : std::strtoull(head.c_str() + at + kLength.size(), nullptr, 10);
    std::string rest(size, '\0');
    EXPECT_EQ(recv(fd_.number(), rest.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return answer + rest;
  }

 private:
  io::Fd fd_;
};

// The worker's end of a control channel.
class Worker {
 public:
  Worker(const std::string& data, control::WorkerNumber number)
      : fd_(*io::UnixChannel::connect(control_socket(data))) {
    const int flags = fcntl(fd_.number(), F_GETFL);
    fcntl(fd_.number(), F_SETFL, flags & ~O_NONBLOCK);
    be_patient(fd_.number());
    control::Hello hello;
    hello.worker = number;
    hello.schema = control::kSchema;
    say(hello);
  }
  void say(const control::FromWorker& message) {
    const std::string record = control::encode(message);
    EXPECT_EQ(send(fd_.number(), record.data(), record.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(record.size()));
  }
  // The next order; nullopt: signaling has closed the channel.
  std::optional<control::ToWorker> hear() {
    std::string record(control::kMaxRecord, '\0');
    const ssize_t size = recv(fd_.number(), record.data(), record.size(), 0);
    EXPECT_GE(size, 0) << "nothing came in time";
    if (size <= 0) return std::nullopt;
    record.resize(static_cast<std::size_t>(size));
    return *control::decode_to_worker(record);
  }
  // The next order of this kind.
  template <typename Order>
  std::optional<Order> await() {
    while (const auto order = hear())
      if (const auto* wanted = std::get_if<Order>(&*order)) return *wanted;
    return std::nullopt;
  }
  void close() { fd_.reset(); }

 private:
  io::Fd fd_;
};

class SignalingProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "signaling-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    config_.common.data = pattern;
    config_.common.dev = true;
    config_.web.port = free_port();
    config_.web.metrics_port = 0;
    config_.media_workers = 1;
    std::filesystem::create_directories(web());
    std::ofstream(web() / "index.html") << "<!doctype html>";
  }
  void TearDown() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(config_.common.data);
  }
  [[nodiscard]] std::filesystem::path web() const {
    return std::filesystem::path(config_.common.data) / "web";
  }

  void start() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) serve(ready[1]);
    close(ready[1]);
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1) << "it does not listen";
    close(ready[0]);
  }
  // The exit status; it must end within some seconds.
  int wait_for_end() {
    int status = -1;
    for (int i = 0; i < kPatienceSeconds * 100 && waitpid(pid_, &status, WNOHANG) == 0; ++i)
      look_again_in(10);
    if (status != -1) pid_ = 0;
    return status;
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& more = {},
                  const std::string& body = {}) {
    return Client(config_.web.port).ask(method, path, more, body);
  }
  // Asks until the answer has it.
  std::string ask_until(const std::string& path, std::string_view wanted,
                        const std::string& more = {}) {
    std::string answer;
    for (int i = 0; i < kPatienceSeconds * 50; ++i) {
      answer = ask("GET", path, more);
      if (answer.find(wanted) != std::string::npos) break;
      look_again_in(20);
    }
    return answer;
  }
  static std::string head_of_offer() { return "Content-Type: application/sdp\r\n"; }

  SignalingConfig config_;
  pid_t pid_ = 0;

 private:
  [[noreturn]] void serve(int ready) {
    auto authority =
        load_token_authority(config_.key_file, config_.common.data, config_.common.dev);
    auto pages = io::HttpFiles::load(web());
    if (!authority || !pages) _exit(2);
    SignalingProcess process(config_, *std::move(authority), *std::move(pages));
    if (!process.listen() || write(ready, "r", 1) != 1) _exit(3);
    process.run();
    _exit(0);
  }
};

TEST_F(SignalingProcessTest, IsReadyWhenItsWorkerIs) {
  start();
  EXPECT_THAT(ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET", "/readyz"), StartsWith("HTTP/1.1 503"));
  const Worker worker(config_.common.data, 0);
  EXPECT_THAT(ask_until("/readyz", " 200 "), HasSubstr("1 of 1 media workers are ready."));
}

TEST_F(SignalingProcessTest, AWorkerThatDiesWhileItIsAskedIsNoEnd) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client client(config_.web.port);
  client.send("POST /whep/demo HTTP/1.1\r\nHost: localhost\r\n" + head_of_offer() +
              "Content-Length: 5\r\n\r\nv=0\r\n");
  ASSERT_TRUE(worker.await<control::CreateSession>());
  worker.close();
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  const Worker next(config_.common.data, 0);
  EXPECT_THAT(ask_until("/readyz", " 200 "), StartsWith("HTTP/1.1 200"));
}

TEST_F(SignalingProcessTest, P97AWorkerThatStandsStillIsGivenUpAndItsRequestAnsweredByAnother) {
  config_.media_workers = 2;
  start();
  Worker frozen(config_.common.data, 0);
  Worker other(config_.common.data, 1);
  ask_until("/readyz", " 200 ");
  // Among equals the lowest number is asked.
  Client client(config_.web.port);
  client.send("POST /whep/demo HTTP/1.1\r\nHost: localhost\r\n" + head_of_offer() +
              "Content-Length: 5\r\n\r\nv=0\r\n");
  ASSERT_TRUE(frozen.await<control::CreateSession>());
  std::optional<control::CreateSession> moved;
  // The other one goes on saying that it lives.
  const pid_t beating = fork();
  if (beating == 0) {
    for (int i = 0; i < kPatienceSeconds * 10; ++i) {
      other.say(control::Alive{});
      look_again_in(100);
    }
    _exit(0);
  }
  moved = other.await<control::CreateSession>();
  ASSERT_TRUE(moved);
  other.say(control::SessionCreated{moved->request, std::string(32, 'a'), "v=0\r\n", "\"e\""});
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 201"));
  EXPECT_FALSE(frozen.await<control::CreateSession>()) << "its channel is closed";
  EXPECT_THAT(ask("GET", "/readyz"), HasSubstr("Worker 0 does not answer."));
  kill(beating, SIGKILL);
  waitpid(beating, nullptr, 0);
}

TEST_F(SignalingProcessTest, ARecordThatIsNoneClosesItsChannelAlone) {
  start();
  const Worker good(config_.common.data, 0);
  const auto bad = io::UnixChannel::connect(control_socket(config_.common.data));
  ASSERT_TRUE(bad);
  ASSERT_EQ(send(bad->number(), "{{{", 3, MSG_NOSIGNAL), 3);
  EXPECT_THAT(ask_until("/readyz", " 200 "), StartsWith("HTTP/1.1 200"));
}

TEST_F(SignalingProcessTest, P96ToldToStopItAnswersWhatWaitsAndSendsPagesAway) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client page(config_.web.port);
  page.send(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: lectern.v1\r\n\r\n");
  ASSERT_THAT(page.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
  Client client(config_.web.port);
  client.send("POST /whep/demo HTTP/1.1\r\nHost: localhost\r\n" + head_of_offer() +
              "Content-Length: 5\r\n\r\nv=0\r\n");
  const auto create = worker.await<control::CreateSession>();
  ASSERT_TRUE(create);
  kill(pid_, SIGTERM);
  EXPECT_THAT(page.read_until("\x03\xf4"), StartsWith("\x88"));  // close, 1012
  worker.say(control::SessionCreated{create->request, std::string(32, 'a'), "v=0\r\n", "\"e\""});
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(SignalingProcessTest, TheSecondSignalEndsItAtOnce) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client client(config_.web.port);
  client.send("POST /whep/demo HTTP/1.1\r\nHost: localhost\r\n" + head_of_offer() +
              "Content-Length: 5\r\n\r\nv=0\r\n");
  ASSERT_TRUE(worker.await<control::CreateSession>());
  kill(pid_, SIGTERM);
  // It is stopping now: nothing new is begun.
  EXPECT_THAT(ask_until("/readyz", "stopping"), StartsWith("HTTP/1.1 503"));
  kill(pid_, SIGTERM);
  EXPECT_EQ(wait_for_end(), 0);
}

class ReloadTest : public SignalingProcessTest {
 protected:
  void SetUp() override {
    SignalingProcessTest::SetUp();
    config_.common.dev = false;
    config_.key_file = config_.common.data + "/token.key";
    write_key('a');
  }
  void write_key(char letter) { write(std::string(64, letter)); }
  void write(const std::string& text) {
    ASSERT_TRUE(write_private_file(config_.key_file, text + '\n'));
  }
  // A header for the API.
  static std::string signed_by(char letter) {
    const auto authority = signaling::make_hs256_authority(std::string(64, letter));
    signaling::Grants grants = signaling::kTeacherGrants;
    grants.admin = true;
    const std::int64_t now = unix_microseconds() / 1'000'000;
    const auto token = (*authority)
                           ->mint({.subject = "head",
                                   .class_id = "*",
                                   .grants = grants,
                                   .not_before = now,
                                   .expires = now + 3600,
                                   .id = "1"},
                                  now);
    return "Authorization: Bearer " + *token + "\r\n";
  }
};

TEST_F(ReloadTest, HangUpReadsTheTokenKeyAgain) {
  start();
  EXPECT_THAT(ask("GET", "/api/v1/stats", signed_by('a')), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET", "/api/v1/stats", signed_by('b')), StartsWith("HTTP/1.1 401"));
  write_key('b');
  kill(pid_, SIGHUP);
  EXPECT_THAT(ask_until("/api/v1/stats", " 200 ", signed_by('b')), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET", "/api/v1/stats", signed_by('a')), StartsWith("HTTP/1.1 401"));
}

TEST_F(ReloadTest, AKeyThatCannotBeUsedLeavesTheOldOne) {
  start();
  write("short");
  kill(pid_, SIGHUP);
  // The signal is worked off before the second request at the latest.
  ask("GET", "/healthz");
  EXPECT_THAT(ask("GET", "/api/v1/stats", signed_by('a')), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace lectern::server
