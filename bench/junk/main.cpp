// Sends junk to a UDP port at a steady rate: what a flood looks like to a worker. Loopback only.
#include "base/bytes.h"
#include "base/check.h"
#include "base/rng.h"
#include "media/stun/message.h"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace lectern::bench {
namespace {

constexpr size_t kBatch = 64;
constexpr size_t kSockets = 16;  // as many source ports
constexpr size_t kDatagrams = 1024;
constexpr size_t kLongest = 1200;
constexpr auto kTick = std::chrono::milliseconds(1);

using Datagrams = std::vector<std::vector<uint8_t>>;

std::vector<uint8_t> random_bytes(Rng& rng) {
  std::vector<uint8_t> bytes(1 + rng.below(kLongest));
  rng.fill(bytes);
  return bytes;
}

// A check as a browser would send it, of a session that does not exist.
std::vector<uint8_t> foreign_check(Rng& rng) {
  stun::BindingRequest request{.transaction_id = {},
                               .receiver_ufrag = rng.ice_chars(16),
                               .sender_ufrag = rng.ice_chars(4),
                               .priority = 1,
                               .tie_breaker = rng.next_u64(),
                               .is_controlling = true,
                               .use_candidate = true};
  rng.fill(request.transaction_id);
  std::vector<uint8_t> bytes(stun::kMaxMessageSize);
  bytes.resize(stun::write_binding_request(request, as_bytes(rng.ice_chars(24)), bytes));
  return bytes;
}

std::vector<uint8_t> rtp_like(Rng& rng) {
  std::vector<uint8_t> bytes(1000);
  rng.fill(bytes);
  bytes[0] = 0x80;
  bytes[1] = 96;
  return bytes;
}

Datagrams make(const std::string& kind, Rng& rng) {
  Datagrams datagrams;
  for (size_t count = 0; count < kDatagrams; ++count)
    datagrams.push_back(kind == "stun"  ? foreign_check(rng)
                        : kind == "rtp" ? rtp_like(rng)
                                        : random_bytes(rng));
  return datagrams;
}

class Flood {
 public:
  Flood(uint16_t port, Datagrams datagrams) : datagrams_(std::move(datagrams)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int& socket : sockets_) {
      socket = ::socket(AF_INET, SOCK_DGRAM, 0);
      LECTERN_CHECK(socket >= 0);
      LECTERN_CHECK(connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
    }
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    for (int socket : sockets_) close(socket);
  }

  // Sends `count` datagrams, or as many as the kernel takes.
  uint64_t send(uint64_t count) {
    uint64_t sent = 0;
    while (sent < count) {
      std::array<mmsghdr, kBatch> messages{};
      std::array<iovec, kBatch> parts{};
      const auto size = static_cast<unsigned>(std::min<uint64_t>(kBatch, count - sent));
      for (unsigned index = 0; index < size; ++index) {
        std::vector<uint8_t>& bytes = datagrams_[next_++ % datagrams_.size()];
        parts[index] = {bytes.data(), bytes.size()};
        messages[index].msg_hdr.msg_iov = &parts[index];
        messages[index].msg_hdr.msg_iovlen = 1;
      }
      const int taken = sendmmsg(sockets_[batches_++ % kSockets], messages.data(), size, 0);
      if (taken <= 0) return sent;
      sent += static_cast<uint64_t>(taken);
    }
    return sent;
  }

 private:
  Datagrams datagrams_;
  std::array<int, kSockets> sockets_{};
  size_t next_ = 0;
  size_t batches_ = 0;
};

}  // namespace
}  // namespace lectern::bench

// Exceptions are CLI11's at a programming error: terminate is the right end of it.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  CLI::App app("sends junk to a UDP port of this machine");
  uint16_t port = 0;
  double rate = 80'000;
  double seconds = 60;
  std::string kind = "random";
  app.add_option("--port", port, "where a worker listens")->required();
  app.add_option("--rate", rate, "datagrams a second")->check(CLI::Range(1.0, 1e6));
  app.add_option("--seconds", seconds)->check(CLI::Range(0.1, 600.0));
  app.add_option("--kind", kind, "random; stun: with a wrong tag; rtp: of an unknown path")
      ->check(CLI::IsMember({"random", "stun", "rtp"}));
  CLI11_PARSE(app, argc, argv);

  lectern::Rng rng(1);
  lectern::bench::Flood flood(port, lectern::bench::make(kind, rng));
  const auto began = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  uint64_t due = 0;
  uint64_t sent = 0;
  while (passed() < seconds) {
    const auto until_now = static_cast<uint64_t>(passed() * rate);
    sent += flood.send(until_now - due);
    due = until_now;
    std::this_thread::sleep_for(lectern::bench::kTick);
  }
  std::printf("{\"sent\": %llu, \"per_second\": %.0f}\n", static_cast<unsigned long long>(sent),
              static_cast<double>(sent) / passed());
  return 0;
}
