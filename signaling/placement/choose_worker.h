// On which worker a new session goes: a plain function of how full the workers are ([P15]).
#pragma once

#include "media/control/messages.h"

#include <cstdint>
#include <optional>
#include <span>

namespace lectern::signaling {

struct WorkerLoad {
  control::WorkerNumber worker = 0;
  std::uint32_t viewers = 0;           // of all classes, those being created included
  std::uint32_t publishers = 0;        // of all classes
  std::uint32_t viewers_of_class = 0;  // of the class in question
  bool takes_sessions = true;  // connected, its Hello complete, not draining, has not refused
};

struct PlacementInputs {
  control::Role role = control::Role::kView;
  std::span<const WorkerLoad> workers;
  std::optional<control::WorkerNumber> origin;  // where the class is taught now
  std::uint32_t max_viewers = 0;                // of a worker, publishers not counted
  std::uint32_t max_publishers = 0;             // of a worker, viewers not counted
};

// The worker with the least to do; among equals the one with the fewest viewers of the class, then
// the lowest number. A publisher stays at the origin while that takes sessions: legs and viewers go
// on. nullopt: none takes sessions, or all are full.
[[nodiscard]] std::optional<control::WorkerNumber> choose_worker(const PlacementInputs& inputs);

}  // namespace lectern::signaling
