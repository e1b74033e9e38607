// A worker between two others: one brings it a class over a leg, it hands the class on over
// another. The input is a script of datagrams from either, and of time that passes.

#include "base/check.h"
#include "media/rtp/header.h"
#include "media/worker/leg.h"
#include "media/worker/worker.h"

#include <array>
#include <cstdint>
#include <vector>

namespace lectern::worker {
namespace {

constexpr int kMaxCommands = 200;
constexpr control::LegId kFrom = 0x1111;
constexpr control::LegId kTo = 0x2222;
const Endpoint kOrigin = Endpoint::v4(127, 0, 0, 1, 4001);
const Endpoint kEdge = Endpoint::v4(127, 0, 0, 1, 4002);

class Script {
 public:
  Script() : worker_(config(), rng_) {
    static_cast<void>(worker_.handle_control_connected(now_));
    worker_.handle_control(now_,
                           control::AcceptLeg{.class_id = "demo", .leg = kFrom, .source = kOrigin});
    worker_.handle_control(now_,
                           control::OpenLeg{.class_id = "demo", .leg = kTo, .destination = kEdge});
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

  void end() {
    LECTERN_CHECK(worker_.census().legs == 2);
    // What came is let go with the legs.
    for (control::LegId leg : {kFrom, kTo})
      worker_.handle_control(now_, control::CloseLeg{.leg = leg});
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

  // Whatever leaves is a packet of a leg, to whom it belongs.
  void drain() {
    SendBatch batch;
    for (bool has_more = true; has_more; batch.clear()) {
      has_more = worker_.fill_legs(now_, batch);
      for (const SendBatch::Datagram& datagram : batch.datagrams()) {
        const Bytes octets = batch.bytes(datagram);
        LECTERN_CHECK(octets.size() > kLegHeaderSize);
        const bool is_upstream = load_be64(octets.data()) == kFrom;
        LECTERN_CHECK(datagram.path.remote == (is_upstream ? kOrigin : kEdge));
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
    const std::uint8_t what = reader.u8();
    const std::size_t length = reader.u8();
    if (what % 4 == 0) {
      script.wait(Duration::milliseconds(static_cast<int64_t>(length) * 10));
      continue;
    }
    const Bytes octets = reader.bytes(std::min(length, reader.remaining()));
    const bool is_origin = what % 4 == 1;
    // The third kind knows a leg's id and comes from the wrong address.
    script.hear(what % 4 == 2 ? worker::kEdge : worker::kOrigin,
                is_origin ? worker::kFrom : worker::kTo, octets);
  }
  script.end();
  return 0;
}
