// The signaling process of a simulated school: the real core, which can be killed and comes back
// empty. What it wants to happen goes to one route, to be given to workers and pages.
//
// What is not simulated: TCP. Who calls has already waited for the delay of its link.
#pragma once

#include "base/rng.h"
#include "signaling/signaling.h"
#include "tests/sim/virtual_network.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace lectern::sim {

class VirtualSignaling {
 public:
  using Route = std::function<void(const signaling::Event&)>;

  VirtualSignaling(VirtualNetwork& network, Rng& rng, uint32_t expected_workers, Route route);

  void start();
  // The process is gone at once; nothing is told to anybody.
  void stop();
  [[nodiscard]] bool is_running() const { return core_ != nullptr; }
  [[nodiscard]] signaling::Signaling& core() { return *core_; }

  // Gives the core what has come in, `input(core, now, events)`, and carries out what it answers.
  // Nothing happens while the process is down.
  template <typename Input>
  void hear(Input&& input) {
    if (!core_) return;
    signaling::Events events;
    std::forward<Input>(input)(*core_, network_.now(), events);
    for (const signaling::Event& event : events) route_(event);
    wake();
  }

 private:
  // Sees to it that the core's next timeout is heard.
  void wake();

  VirtualNetwork& network_;
  Rng& rng_;
  uint32_t expected_workers_;
  Route route_;
  std::unique_ptr<signaling::Signaling> core_;  // null: the process is dead
  uint64_t generation_ = 0;
  Instant wakes_at_ = Instant::never();
};

}  // namespace lectern::sim
