#include "tests/sim/virtual_signaling.h"

#include "tests/sim/virtual_clock.h"

#include <algorithm>

namespace lectern::sim {

VirtualSignaling::VirtualSignaling(VirtualNetwork& network, Rng& rng, uint32_t expected_workers,
                                   Route route)
    : network_(network), rng_(rng), expected_workers_(expected_workers), route_(std::move(route)) {}

void VirtualSignaling::start() {
  signaling::Config config;
  config.dev = true;
  config.classes = {"demo"};
  config.expected_workers = expected_workers_;
  core_ = std::make_unique<signaling::Signaling>(config, nullptr, rng_);
  ++generation_;
  const Instant now = network_.now();
  core_->set_wall_time(now, (kUnixTimeOfZero + (now - Instant())).us());
  wake();
}

void VirtualSignaling::stop() {
  core_.reset();
  ++generation_;
  wakes_at_ = Instant::never();
}

void VirtualSignaling::wake() {
  const Instant next = core_->next_timeout();
  if (next >= wakes_at_) return;
  wakes_at_ = std::max(next, network_.now());
  network_.at(wakes_at_, [this, generation = generation_](Instant now) {
    if (generation_ != generation || now < wakes_at_) return;
    wakes_at_ = Instant::never();
    hear([](signaling::Signaling& core, Instant at, signaling::Events& events) {
      core.handle_timeout(at, events);
    });
  });
}

}  // namespace lectern::sim
