// The legs between workers: one from the origin of a class to each worker that has viewers of it
// and is not the origin. The desired legs follow from the state of the class; `update` compares and
// orders what is missing, so it does not matter which event changed what.
//
// A leg whose last viewer has left stays for kLegLinger, so that a student who reloads the page
// costs nothing. Legs are not numbered over restarts: a new signaling orders all of them anew.
//
// A worker may refuse its end. The other end is then closed, and the leg is ordered again after
// kFirstRetry, and twice as long after each further refusal, up to kLongestRetry.
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "signaling/placement/worker_table.h"
#include "signaling/terms/events.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

struct Leg {
  control::LegId id = 0;
  control::WorkerNumber origin = 0;
  Instant idle_since = Instant::never();  // never: the edge has viewers
  std::uint32_t refusals = 0;             // since the edge has had viewers
  std::optional<Instant> retry_at;        // refused: neither end has it until then
};

class Legs {
 public:
  struct Wanted {
    std::string_view class_id;
    std::optional<control::WorkerNumber> origin;  // a ready worker, or nobody
    std::vector<control::WorkerNumber> edges;     // ready workers with viewers, without the origin
  };

  // Brings the legs of a class to what is wanted.
  void update(Instant now, const Wanted& wanted, const WorkerTable& workers, Rng& rng,
              Events& events);
  // A worker is no longer connected: its legs are forgotten, the other ends told. To be called when
  // `workers` no longer has it.
  void worker_gone(control::WorkerNumber worker, const WorkerTable& workers, Events& events);
  // An end of the leg could not be made by `worker`.
  void refused(Instant now, std::string_view class_id, control::LegId leg,
               control::WorkerNumber worker, const WorkerTable& workers, Events& events);
  // Classes with a leg that should be ordered again; update() does it.
  [[nodiscard]] std::vector<std::string> due(Instant now) const;
  // Closes legs that have been idle for kLegLinger.
  void expire(Instant now, const WorkerTable& workers, Events& events);

  // The leg by which a worker gets a class; null when there is none.
  [[nodiscard]] const Leg* find(std::string_view class_id, control::WorkerNumber edge) const;
  [[nodiscard]] std::size_t size() const;

 private:
  using ByEdge = std::map<control::WorkerNumber, Leg>;

  static void open_missing(Instant now, const Wanted& wanted, const WorkerTable& workers, Rng& rng,
                           ByEdge& legs, Events& events);
  static void close(control::WorkerNumber edge, const Leg& leg, const WorkerTable& workers,
                    Events& events);

  std::map<std::string, ByEdge, std::less<>> by_class_;
};

}  // namespace lectern::signaling
