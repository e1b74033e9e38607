// A whole signaling process, forked from this one, with workers, HTTP clients and pages that are
// plain sockets of the test. Every wait is for a state.
#include "server/signaling_process.h"

#include "server/io/unix_channel.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/system.h"
#include "server/token_key.h"
#include "signaling/gate/jwt_authority.h"
#include "tests/unit/server/process_peers.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Longer than wait_for_end() waits: what ends by it has not ended as it should.
constexpr Duration kStopLimit = Duration::seconds(60);
constexpr const char* kOffer = "v=0\r\n";
constexpr const char* kOfferHead = "Content-Type: application/sdp\r\n";
constexpr const char* kHandshake =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: lectern.v1\r\n\r\n";
constexpr std::string_view kClosed1012 = "\x03\xf4";

control::SessionCreated created(const control::CreateSession& order) {
  return {
      .request = order.request, .session = std::string(32, 'a'), .answer = kOffer, .etag = "\"e\""};
}

class SignalingProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "signaling-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    config_.common.data = pattern;
    config_.common.dev = true;
    config_.has_store = false;
    config_.web.port = free_port();
    config_.web.metrics_port = free_port();
    config_.web.metrics_listen = "127.0.0.1";
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
    std::array<int, 2> ready{};
    ASSERT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      serve(ready[1]);
    }
    close(ready[1]);
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1) << log();
    close(ready[0]);
  }
  // The exit status; it must end within some seconds.
  int wait_for_end() {
    int status = -1;
    for (int i = 0; i < kPatienceSeconds * 100 && waitpid(pid_, &status, WNOHANG) == 0; ++i) {
      look_again_in(10);
    }
    pid_ = status == -1 ? pid_ : 0;
    return status;
  }
  // Until nobody listens any more.
  void wait_for_closed_door() const {
    for (int i = 0; i < kPatienceSeconds * 100 && is_open(config_.web.port); ++i) {
      look_again_in(10);
    }
  }
  std::string ask(const std::string& method, const std::string& path,
                  const std::string& more = {}) {
    Client client(config_.web.port);
    client.send_request(method, path, more);
    return client.read_answer();
  }
  // Asks until the answer has it.
  std::string ask_until(const std::string& path, std::string_view wanted,
                        const std::string& more = {}) {
    std::string answer;
    for (int i = 0; i < kPatienceSeconds * 50; ++i) {
      answer = ask("GET", path, more);
      if (answer.find(wanted) != std::string::npos) {
        break;
      }
      look_again_in(20);
    }
    return answer;
  }
  // A client whose offer waits for a worker.
  Client offering() {
    Client client(config_.web.port);
    client.send_request("POST", "/whep/demo", kOfferHead, kOffer);
    return client;
  }
  Client page() {
    Client client(config_.web.port);
    client.send(kHandshake);
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
    return client;
  }
  [[nodiscard]] std::string log() const {
    std::ifstream file(log_file());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  SignalingConfig config_;
  pid_t pid_ = 0;

 private:
  [[nodiscard]] std::string log_file() const { return config_.common.data + "/log"; }

  [[noreturn]] void serve(int ready) {
    const int file = open(log_file().c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    dup2(file, STDERR_FILENO);
    log::set_up("signaling", "info");
    auto authority =
        load_token_authority(config_.key_file, config_.common.data, config_.common.dev);
    auto pages = io::HttpFiles::load(web());
    if (!authority || !pages) {
      _exit(2);
    }
    {
      SignalingProcess process(config_, *std::move(authority), *std::move(pages), kStopLimit);
      if (!process.listen() || write(ready, "r", 1) != 1) {
        _exit(3);
      }
      process.run();
    }
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

TEST_F(SignalingProcessTest, ASocketFileThatVanishesIsMadeAnew) {
  start();
  ASSERT_TRUE(std::filesystem::remove(control_socket(config_.common.data)));
  for (int i = 0; i < kPatienceSeconds * 50 && !log().contains("control.vanished"); ++i) {
    look_again_in(20);
  }
  const Worker worker(config_.common.data, 0);
  EXPECT_THAT(ask_until("/readyz", " 200 "), HasSubstr("1 of 1 media workers are ready."));
}

TEST_F(SignalingProcessTest, P4WhatItAnswersItselfIsAProblemWhenItIsAnError) {
  start();
  const auto problem = [](const char* status, const char* detail) {
    return AllOf(StartsWith(std::string("HTTP/1.1 ") + status),
                 HasSubstr("content-type: application/problem+json\r\n"), HasSubstr(detail));
  };
  const std::string not_ready = ask("GET", "/readyz");
  EXPECT_THAT(not_ready, problem("503", "0 of 1 media workers are ready."));
  EXPECT_THAT(not_ready, HasSubstr("retry-after: 1\r\n"));  // P5
  for (const char* path : {"/readyz", "/healthz", "/version"}) {
    const std::string refused = ask("POST", path);
    EXPECT_THAT(refused, problem("405", "Only GET and HEAD")) << path;
    EXPECT_THAT(refused, HasSubstr("allow: GET, HEAD\r\n")) << path;
  }
  const auto ask_figures = [this](const char* method, const char* path) {
    Client client(config_.web.metrics_port);
    client.send_request(method, path);
    return client.read_answer();
  };
  EXPECT_THAT(ask_figures("GET", "/metrics"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_figures("GET", "/"), problem("404", "/metrics"));
  EXPECT_THAT(ask_figures("DELETE", "/metrics"), problem("405", "Only GET and HEAD"));
}

TEST_F(SignalingProcessTest, AWorkerThatDiesWhileItIsAskedIsNoEnd) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client client = offering();
  ASSERT_TRUE(worker.await<control::CreateSession>());
  worker.close();
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503"));
  const Worker next(config_.common.data, 0);
  EXPECT_THAT(ask_until("/readyz", " 200 "), StartsWith("HTTP/1.1 200"));
}

TEST_F(SignalingProcessTest, P97AWorkerThatStandsStillIsGivenUpAndItsRequestAnsweredByAnother) {
  config_.media_workers = 2;
  start();
  Worker frozen(config_.common.data, 0);
  Worker other(config_.common.data, 1);
  ask_until("/readyz", " 200 ");
  Client client = offering();  // among equals the lowest number is asked
  ASSERT_TRUE(frozen.await<control::CreateSession>());
  // The other one goes on saying that it lives.
  const pid_t beating = fork();
  if (beating == 0) {
    for (int i = 0; i < kPatienceSeconds * 10; ++i) {
      other.say(control::Alive{});
      look_again_in(100);
    }
    _exit(0);
  }
  const auto moved = other.await<control::CreateSession>();
  ASSERT_TRUE(moved);
  other.say(created(*moved));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 201"));
  EXPECT_FALSE(frozen.await<control::CreateSession>()) << "its channel is closed";
  EXPECT_THAT(ask("GET", "/readyz"), HasSubstr("Worker 0 does not answer."));
  EXPECT_THAT(log(), HasSubstr("worker.closed worker=0 reason=\"it does not answer\""));
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
  Client page = this->page();
  Client client = offering();
  const auto create = worker.await<control::CreateSession>();
  ASSERT_TRUE(create);
  kill(pid_, SIGTERM);
  EXPECT_THAT(page.read_until(kClosed1012), StartsWith("\x88"));
  worker.say(created(*create));
  EXPECT_THAT(client.read_answer(),
              AllOf(StartsWith("HTTP/1.1 201"), HasSubstr("connection: close\r\n")));
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(SignalingProcessTest, P67ToldToStopItTakesNobodyNewAndFinishesWhatIsOnItsWay) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client kept(config_.web.port);
  kept.send_request("GET", "/version");
  EXPECT_THAT(kept.read_answer(), StartsWith("HTTP/1.1 200"));
  Client client = offering();
  const auto create = worker.await<control::CreateSession>();
  ASSERT_TRUE(create);
  Client late(config_.web.port);
  late.send("POST /whep/demo HTTP/1.1\r\n");  // on its way
  Client asker(config_.web.port);
  asker.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n");
  ask("GET", "/version");  // and heard
  kill(pid_, SIGTERM);
  wait_for_closed_door();
  EXPECT_FALSE(is_open(config_.web.port));
  EXPECT_TRUE(kept.is_closed()) << "a connection that asks nothing";
  late.send(std::string("Host: localhost\r\nContent-Length: 5\r\n") + kOfferHead + "\r\n" + kOffer);
  EXPECT_THAT(late.read_answer(), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 1\r\n"),
                                        HasSubstr("connection: close\r\n")));
  asker.send("\r\n");
  EXPECT_THAT(asker.read_answer(), StartsWith("HTTP/1.1 503"));
  worker.say(created(*create));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_THAT(log(), HasSubstr("signaling.stopped"));
}

TEST_F(SignalingProcessTest, TheSecondSignalEndsItAtOnce) {
  start();
  Worker worker(config_.common.data, 0);
  ask_until("/readyz", " 200 ");
  Client client = offering();
  ASSERT_TRUE(worker.await<control::CreateSession>());
  kill(pid_, SIGTERM);
  wait_for_closed_door();
  kill(pid_, SIGTERM);
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_THAT(log(), Not(HasSubstr("signaling.stopped"))) << "it waits for no answer";
}

class ReloadTest : public SignalingProcessTest {
 protected:
  void SetUp() override {
    SignalingProcessTest::SetUp();
    config_.common.dev = false;
    config_.key_file = config_.common.data + "/token.key";
    write_key('a');
  }
  void write_key(char letter) { write_line(std::string(64, letter)); }
  void write_line(const std::string& text) {
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
  write_line("short");
  kill(pid_, SIGHUP);
  for (int i = 0; i < kPatienceSeconds * 100 && log().find("reload.") == std::string::npos; ++i) {
    look_again_in(10);
  }
  EXPECT_THAT(log(), HasSubstr("reload.refused what=\"token key\""));
  EXPECT_THAT(ask("GET", "/api/v1/stats", signed_by('a')), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace lectern::server
