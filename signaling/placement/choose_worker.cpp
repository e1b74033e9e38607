#include "signaling/placement/choose_worker.h"

#include <tuple>

namespace lectern::signaling {
namespace {

// What a publisher weighs, in viewers. It costs its worker more than that, but a heavier weight
// would keep the students of a small class off the teacher's worker, where they need no leg.
constexpr std::uint64_t kPublisherCost = 1;

}  // namespace

std::optional<control::WorkerNumber> choose_worker(const PlacementInputs& inputs) {
  const WorkerLoad* best = nullptr;
  const auto rank = [](const WorkerLoad& load) {
    return std::tuple(load.viewers + kPublisherCost * load.publishers, load.viewers_of_class,
                      load.worker);
  };
  for (const WorkerLoad& load : inputs.workers) {
    if (!load.takes_sessions) continue;
    if (inputs.role == control::Role::kPublish && load.worker == inputs.origin) return load.worker;
    // Seats of their own: a class without its teacher is nothing, so viewers never fill a
    // publisher's.
    const bool is_full = inputs.role == control::Role::kPublish
                             ? load.publishers >= inputs.max_publishers
                             : load.viewers >= inputs.max_viewers;
    if (is_full) continue;
    if (best == nullptr || rank(load) < rank(*best)) best = &load;
  }
  if (best == nullptr) return std::nullopt;
  return best->worker;
}

}  // namespace lectern::signaling
