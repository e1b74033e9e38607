// A worker between others: one brings it a class over a leg, it hands the class on over another;
// legs are opened, replaced and closed, and signaling comes and goes meanwhile. The input is a
// script of datagrams, of orders and of time that passes.

#include "base/check.h"
#include "media/rtp/header.h"
#include "media/worker/leg.h"
#include "media/worker/worker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace lectern::worker {
namespace {

constexpr int kMaxCommands = 200;
constexpr control::LegId kFrom = 0x1111;
constexpr control::LegId kTo = 0x2222;
constexpr control::LegId kNextFrom = 0x3333;
constexpr control::LegId kNextTo = 0x4444;
constexpr std::array kFromLegs = {kFrom, kNextFrom};
constexpr std::array kToLegs = {kTo, kNextTo};
const Endpoint kOrigin = Endpoint::v4(127, 0, 0, 1, 4001);
const Endpoint kEdge = Endpoint::v4(127, 0, 0, 1, 4002);
const std::array<Endpoint, 2> kOrigins = {kOrigin, Endpoint::v4(127, 0, 0, 1, 4003)};
const std::array<Endpoint, 2> kEdges = {kEdge, Endpoint::v4(127, 0, 0, 1, 4004)};

enum class Command : std::uint8_t {
  kWait,        // tens of milliseconds
  kFromOrigin,  // a datagram of the leg that brings the class
  kFromEdge,    // a datagram of the leg that hands it on
  kFromWrong,   // one with that leg's id from another address
  kAccept,      // signaling orders a leg that brings the class, and drops the one before
  kOpen,        // signaling orders a leg that hands it on
  kClose,       // signaling ends a leg
  kComeBack,    // signaling has started anew; what it does not order again ends in 5 s
  kFromNext,    // like kFromOrigin, of the leg that may have taken its place
  kCount,
};

class Script {
 public:
  Script() : worker_(config(), rng_) {
    static_cast<void>(worker_.handle_control_connected(now_));
    accept(0);
    open(0);
    LECTERN_CHECK(worker_.census().legs == 2);
  }

  // `length`: also the choice among legs and addresses, one bit each.
  void run(Command command, std::uint8_t length, Bytes octets) {
    switch (command) {
      case Command::kWait:
        return wait(Duration::milliseconds(int64_t{length} * 10));
      case Command::kFromOrigin:
        return hear(kOrigin, kFrom, octets);
      case Command::kFromEdge:
        return hear(kEdge, kTo, octets);
      case Command::kFromWrong:
        return hear(kOrigin, kTo, octets);
      case Command::kAccept:
        return accept(length);
      case Command::kOpen:
        return open(length);
      case Command::kClose:
        return close(length % 2 == 0 ? kFromLegs[length / 2 % 2] : kToLegs[length / 2 % 2]);
      case Command::kComeBack:
        static_cast<void>(worker_.handle_control_connected(now_));
        return drain();
      case Command::kFromNext:
        return hear(kOrigins[1], kNextFrom, octets);
      case Command::kCount:
        return;
    }
  }

  void end() {
    // One brings the class, one at most goes to each edge.
    LECTERN_CHECK(worker_.census().legs <= 1 + kEdges.size());
    // What came is let go with the legs.
    for (const control::LegId leg : {kFrom, kNextFrom, kTo, kNextTo}) close(leg);
    wait(Duration::seconds(5));
    LECTERN_CHECK(worker_.census().legs == 0 && worker_.census().classes == 0);
    LECTERN_CHECK(worker_.census().packets == 0);
  }

 private:
  static WorkerConfig config() {
    WorkerConfig config;
    config.media_endpoints = {Endpoint::v4(127, 0, 0, 1, 9000)};
    config.leg_endpoint = Endpoint::v4(127, 0, 0, 1, 4000);
    return config;
  }

  void wait(Duration duration) {
    now_ += duration;
    if (worker_.next_timeout() <= now_) worker_.handle_timeout(now_);
    drain();
  }

  void hear(const Endpoint& from, control::LegId leg, Bytes octets) {
    std::vector<uint8_t> datagram(kLegHeaderSize + octets.size());
    store_be64(datagram.data(), leg);
    std::copy(octets.begin(), octets.end(), datagram.begin() + kLegHeaderSize);
    worker_.handle_leg_datagram(now_, from, datagram);
    drain();
  }

  void accept(std::uint8_t choice) {
    worker_.handle_control(now_, control::AcceptLeg{.class_id = "demo",
                                                    .leg = kFromLegs[choice % 2],
                                                    .source = kOrigins[choice / 2 % 2]});
    drain();
  }
  void open(std::uint8_t choice) {
    worker_.handle_control(now_, control::OpenLeg{.class_id = "demo",
                                                  .leg = kToLegs[choice % 2],
                                                  .destination = kEdges[choice / 2 % 2]});
    drain();
  }
  void close(control::LegId leg) {
    worker_.handle_control(now_, control::CloseLeg{.leg = leg});
    drain();
  }

  template <typename Items, typename Item>
  static bool is_one_of(const Items& items, const Item& item) {
    return std::ranges::find(items, item) != items.end();
  }

  // Whatever leaves is a packet of a leg, to whom it belongs.
  void drain() {
    SendBatch batch;
    for (bool has_more = true; has_more; batch.clear()) {
      has_more = worker_.fill_legs(now_, batch);
      for (const SendBatch::Datagram& datagram : batch.datagrams()) {
        const Bytes octets = batch.bytes(datagram);
        LECTERN_CHECK(octets.size() > kLegHeaderSize);
        const bool is_upstream = is_one_of(kFromLegs, load_be64(octets.data()));
        LECTERN_CHECK(is_one_of(is_upstream ? kOrigins : kEdges, datagram.path.remote));
        const Bytes packet = octets.subspan(kLegHeaderSize);
        if (rtp::is_rtcp(packet)) continue;
        const auto view = rtp::parse(packet);
        LECTERN_CHECK(!is_upstream && view && leg_stream(view->header.ssrc));
      }
    }
    static_cast<void>(worker_.take_events());
  }

  Rng rng_{1};
  Instant now_ = Instant::from_ms(1'000);
  Worker worker_;
};

}  // namespace
}  // namespace lectern::worker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lectern;
  worker::Script script;
  ByteReader reader(Bytes(data, size));
  for (int count = 0; count < worker::kMaxCommands && reader.remaining() >= 2; ++count) {
    const auto command = static_cast<worker::Command>(
        reader.u8() % static_cast<std::uint8_t>(worker::Command::kCount));
    const std::uint8_t length = reader.u8();
    const bool is_datagram =
        command == worker::Command::kFromOrigin || command == worker::Command::kFromEdge ||
        command == worker::Command::kFromWrong || command == worker::Command::kFromNext;
    const std::size_t wanted = is_datagram ? length : 0;
    script.run(command, length, reader.bytes(std::min(wanted, reader.remaining())));
  }
  script.end();
  return 0;
}
