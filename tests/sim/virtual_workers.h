// The worker processes of a simulated school: real workers with their media and leg sockets on the
// virtual network, and a control channel each, through the codec. A worker can be killed at any
// moment and comes back empty.
#pragma once

#include "base/rng.h"
#include "media/control/codec.h"
#include "media/worker/worker.h"
#include "tests/sim/virtual_network.h"
#include "tests/sim/virtual_signaling.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lectern::sim {

class VirtualWorkers {
 public:
  VirtualWorkers(VirtualNetwork& network, VirtualSignaling& signaling, Rng& rng, uint32_t count,
                 const worker::SessionLimits& limits);
  ~VirtualWorkers();
  VirtualWorkers(const VirtualWorkers&) = delete;
  VirtualWorkers& operator=(const VirtualWorkers&) = delete;

  void start_all();
  // The process is gone at once; a new one with the same number starts after `down`.
  void kill(uint32_t number, Duration down);
  // SIGTERM: it asks for its sessions to move, and ends when it is empty, or takes leave of who is
  // left at `limit`; a new one starts after `down`. As server/media_role does.
  void drain(uint32_t number, Duration limit, Duration down);
  // Signaling has started, or died.
  void connect_all();
  void disconnect_all();
  // An order from signaling, on its way over the control channel.
  void deliver(const signaling::ToWorker& order);
  void set_leg_loss(double loss);

  [[nodiscard]] worker::Worker& at(uint32_t number);

 private:
  struct Host;

  void add(uint32_t number);
  void start(Host& host);
  void connect(Host& host);
  void end_when_empty(Host& host, Instant ends, Duration down);
  void drive(Host& host);
  void send_all(Host& host);
  void to_signaling(Host& host, const control::FromWorker& message);

  VirtualNetwork& network_;
  VirtualSignaling& signaling_;
  Rng& rng_;
  std::vector<std::unique_ptr<Host>> hosts_;
  uint32_t count_;
  worker::SessionLimits limits_;
  uint64_t next_connection_ = 1;
};

}  // namespace lectern::sim
