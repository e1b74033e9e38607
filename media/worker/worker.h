// One media worker process as a pure machine: all peers of one UDP port, the classes they belong
// to, and the legs to other workers.
//
// What it is: the router of events. A datagram goes to the peer that its ufrag or its address
// names; what a publisher or a leg brings goes into the class's tracks (media/forward); `fill`
// takes out what viewers are due. Left out on purpose: sockets, clocks, threads, HTTP, tokens and
// the placing of students on workers (signaling); nothing is written to disk.
//
// Any bytes are legal input. A `now` that goes backwards is clamped. Not thread-safe.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/send_batch.h"
#include "base/time.h"
#include "media/control/messages.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lectern::worker {

// Bounds of a worker. What is over them is refused (503), never queued. Publishers have places of
// their own: a class without its teacher is nothing, however full of viewers the worker is.
struct SessionLimits {
  size_t sessions = 20'000;     // of viewers: what one process can carry on one core, with room
  size_t publishers = 1'000;    // as many as signaling has classes
  size_t classes = 2'000;       // classes with at least one viewer or leg; publishers' come on top
  size_t legs_per_class = 272;  // fed by one origin: 256 workers at most, and 16 recorders
  // Before DTLS is done: 75 KB each while the handshake runs, 8 KB before. A storm of a thousand
  // joins a second on links of 300 ms has 1,000 under way.
  size_t connecting = 2'000;  // viewers
  size_t connecting_publishers = 200;
};

struct WorkerConfig {
  control::WorkerNumber number = 0;
  int64_t pid = 0;                        // told in Hello, for the supervisor's books
  std::vector<Endpoint> media_endpoints;  // host candidates, the best first; at least one
  Endpoint leg_endpoint;                  // the leg socket's own address
  SessionLimits limits;
};

class Worker {
 public:
  // Makes the worker's DTLS certificate: about 1 ms. `rng` must outlive the worker.
  Worker(const WorkerConfig& config, Rng& rng);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // One datagram of the media socket, decrypted in place. `path.local` is the address it was sent
  // to; answers leave from there.
  void handle_datagram(Instant now, const Path& path, MutableBytes datagram);
  // One datagram of the leg socket.
  void handle_leg_datagram(Instant now, const Endpoint& from, MutableBytes datagram);
  void handle_control(Instant now, const control::ToWorker& message);
  // A control channel is there, the first or a new one. Returns what must be said before anything
  // else, in this order: Hello, SessionList..., SourceState... . Events of before are dropped: the
  // list says all that they would. Legs that are not named again within 5 s are closed.
  [[nodiscard]] std::vector<control::FromWorker> handle_control_connected(Instant now);
  // The process ends: every session is closed, and `fill` says goodbye to its peer.
  void take_leave(Instant now);
  // To be called at or after next_timeout(); cheap when nothing is due.
  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  // Writes what the media socket should send now, until `batch` is full; true: call again, there
  // is more. All packets of one viewer and one track stand one after another. To be called after
  // each group of inputs and after handle_timeout.
  bool fill(Instant now, SendBatch& batch);
  // The same for the leg socket: Path.remote is the destination, Path.local the leg endpoint.
  bool fill_legs(Instant now, SendBatch& batch);

  // What signaling should hear, in order; empties the list. At most a few thousand: while nobody
  // is connected, the caller drops them.
  [[nodiscard]] std::vector<control::FromWorker> take_events();

  // The shell's own drops (truncated by the receive buffer, refused by the kernel).
  void count_drop(DropReason reason, uint64_t count = 1);
  // How late the loop was, p99 of the last second; goes into the next Load.
  void set_loop_delay(Duration p99);

  // Sizes of the tables, for tests and /metrics: all zero again when the last session is gone.
  struct Census {
    size_t sessions = 0;
    size_t paths = 0;
    size_t classes = 0;
    size_t legs = 0;
    size_t packets = 0;  // stored, in the slab
    size_t timers = 0;
    friend bool operator==(const Census&, const Census&) = default;
  };
  [[nodiscard]] Census census() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lectern::worker
