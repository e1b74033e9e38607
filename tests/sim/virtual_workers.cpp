#include "tests/sim/virtual_workers.h"

#include "base/check.h"
#include "tests/sim/virtual_clock.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::sim {

namespace {

constexpr Duration kControlDelay = Duration::microseconds(100);  // a local socket

constexpr Duration kEndLook = Duration::milliseconds(50);

Endpoint media_endpoint(uint32_t number) {
  return Endpoint::v4(192, 0, 2, 1, static_cast<uint16_t>(9000 + number));
}
Endpoint leg_endpoint(uint32_t number) {
  return Endpoint::v4(127, 0, 0, 1, static_cast<uint16_t>(7000 + number));
}

std::array<uint8_t, 16> key_from(Rng& rng) {
  std::array<uint8_t, 16> key;
  rng.fill(key);
  return key;
}

// A machine that asks to be woken at once, again and again, would stop virtual time.
class Livelock {
 public:
  void note(Instant now) {
    count_ = now == last_ ? count_ + 1 : 0;
    last_ = now;
    LECTERN_CHECK(count_ < 100'000);
  }

 private:
  Instant last_;
  int count_ = 0;
};

}  // namespace

struct VirtualWorkers::Host {
  explicit Host(Rng& seed) : rng(key_from(seed)) {}

  uint32_t number = 0;
  Rng rng;
  HostId media = 0;
  HostId legs = 0;
  std::unique_ptr<worker::Worker> worker;  // null: the process is dead
  uint64_t generation = 0;
  std::optional<signaling::WorkerId> connection;
  Instant wakes_at = Instant::never();
  SendBatch batch;
  Livelock livelock;
};

VirtualWorkers::VirtualWorkers(VirtualNetwork& network, VirtualSignaling& signaling, Rng& rng,
                               uint32_t count, const worker::SessionLimits& limits)
    : network_(network), signaling_(signaling), rng_(rng), count_(count), limits_(limits) {}

VirtualWorkers::~VirtualWorkers() = default;

void VirtualWorkers::start_all() {
  for (uint32_t number = 0; number < count_; ++number) add(number);
}

void VirtualWorkers::add(uint32_t number) {
  hosts_.push_back(std::make_unique<Host>(rng_));
  Host& host = *hosts_.back();
  host.number = number;
  host.media = network_.add_host(media_endpoint(number),
                                 [this, &host](Instant now, const Path& path, MutableBytes bytes) {
                                   if (!host.worker) return;
                                   set_virtual_clock(now);
                                   host.worker->handle_datagram(now, path, bytes);
                                   drive(host);
                                 });
  host.legs = network_.add_host(leg_endpoint(number),
                                [this, &host](Instant now, const Path& path, MutableBytes bytes) {
                                  if (!host.worker) return;
                                  set_virtual_clock(now);
                                  host.worker->handle_leg_datagram(now, path.remote, bytes);
                                  drive(host);
                                });
  start(host);
}

void VirtualWorkers::start(Host& host) {
  worker::WorkerConfig config;
  config.number = host.number;
  config.media_endpoints = {media_endpoint(host.number)};
  config.leg_endpoint = leg_endpoint(host.number);
  config.limits = limits_;
  host.worker = std::make_unique<worker::Worker>(config, host.rng);
  ++host.generation;
  connect(host);
}

void VirtualWorkers::kill(uint32_t number, Duration down) {
  Host& host = *hosts_[number];
  host.worker.reset();
  ++host.generation;
  host.wakes_at = Instant::never();
  if (host.connection)
    signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
      core.worker_gone(now, *host.connection, events);
    });
  host.connection.reset();
  network_.at(network_.now() + down, [this, &host](Instant) { start(host); });
}

void VirtualWorkers::drain(uint32_t number, Duration limit, Duration down) {
  Host& host = *hosts_[number];
  to_signaling(host, control::Draining{});
  end_when_empty(host, network_.now() + limit, down);
}

void VirtualWorkers::end_when_empty(Host& host, Instant ends, Duration down) {
  network_.at(network_.now() + kEndLook,
              [this, &host, ends, down, generation = host.generation](Instant now) {
                if (host.generation != generation) return;
                set_virtual_clock(now);
                if (now >= ends) {
                  host.worker->take_leave(now);
                  drive(host);
                }
                if (host.worker->census().sessions == 0) return kill(host.number, down);
                end_when_empty(host, ends, down);
              });
}

void VirtualWorkers::connect_all() {
  for (const auto& host : hosts_)
    if (host->worker) connect(*host);
}

void VirtualWorkers::disconnect_all() {
  for (const auto& host : hosts_) host->connection.reset();
}

void VirtualWorkers::connect(Host& host) {
  if (!signaling_.is_running()) return;
  host.connection = signaling::WorkerId(next_connection_++);
  signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
    core.worker_connected(now, *host.connection, events);
  });
  for (const control::FromWorker& message : host.worker->handle_control_connected(network_.now()))
    to_signaling(host, message);
  drive(host);
}

void VirtualWorkers::drive(Host& host) {
  send_all(host);
  for (const control::FromWorker& message : host.worker->take_events()) to_signaling(host, message);

  const Instant next = host.worker->next_timeout();
  if (next >= host.wakes_at) return;
  host.wakes_at = std::max(next, network_.now());
  network_.at(host.wakes_at, [this, &host, generation = host.generation](Instant now) {
    if (host.generation != generation || !host.worker || now < host.wakes_at) return;
    host.livelock.note(now);
    host.wakes_at = Instant::never();
    set_virtual_clock(now);
    host.worker->handle_timeout(now);
    drive(host);
  });
}

void VirtualWorkers::send_all(Host& host) {
  const Instant now = network_.now();
  const auto send_from = [&](HostId from, auto fill) {
    bool more = true;
    while (more) {
      host.batch.clear();
      more = fill();
      for (const SendBatch::Datagram& datagram : host.batch.datagrams())
        network_.send(now, from, datagram.path.remote, host.batch.bytes(datagram));
    }
  };
  send_from(host.media, [&] { return host.worker->fill(now, host.batch); });
  send_from(host.legs, [&] { return host.worker->fill_legs(now, host.batch); });
}

// Both ways through the codec, as in life: what does not survive it must not be relied upon.

void VirtualWorkers::to_signaling(Host& host, const control::FromWorker& message) {
  if (!host.connection) return;
  const std::string record = control::encode(message);
  network_.at(
      network_.now() + kControlDelay, [this, &host, record, id = *host.connection](Instant) {
        if (host.connection != id) return;
        auto decoded = control::decode_from_worker(record);
        LECTERN_CHECK(decoded.has_value());
        signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
          core.worker_message(now, id, *std::move(decoded), events);
        });
      });
}

void VirtualWorkers::deliver(const signaling::ToWorker& order) {
  const auto found = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& host) {
    return host->connection == order.worker;
  });
  if (found == hosts_.end()) return;
  Host& host = **found;
  const std::string record = control::encode(order.message);
  network_.at(network_.now() + kControlDelay,
              [this, &host, record, id = order.worker](Instant now) {
                if (!host.worker || host.connection != id) return;
                const auto decoded = control::decode_to_worker(record);
                LECTERN_CHECK(decoded.has_value());
                set_virtual_clock(now);
                host.worker->handle_control(now, *decoded);
                drive(host);
              });
}

void VirtualWorkers::set_leg_loss(double loss) {
  LinkProfile profile;
  profile.delay = Duration::microseconds(50);
  profile.loss = loss;
  for (const auto& host : hosts_) network_.set_profile(host->legs, profile, profile);
}

worker::Worker& VirtualWorkers::at(uint32_t number) {
  return *hosts_.at(number)->worker;
}

}  // namespace lectern::sim
