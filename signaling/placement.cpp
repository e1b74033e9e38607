#include "signaling/placement.h"

#include <tuple>

namespace lectern::signaling {
namespace {

// What a publisher costs a worker, in viewers: it is decrypted, repaired and renumbered there, some
// 300 packets a second in three encodings, and legs leave from it.
constexpr std::uint64_t kPublisherCost = 20;

}  // namespace

std::optional<control::WorkerNumber> place(const PlacementInputs& inputs) {
  const WorkerLoad* best = nullptr;
  const auto rank = [](const WorkerLoad& load) {
    return std::tuple(load.viewers + kPublisherCost * load.publishers, load.viewers_of_class,
                      load.worker);
  };
  for (const WorkerLoad& load : inputs.workers) {
    if (!load.takes_sessions) continue;
    if (inputs.role == control::Role::kPublish && load.worker == inputs.origin) return load.worker;
    // A class without its teacher is nothing, so a publisher is taken by a full worker too.
    if (inputs.role == control::Role::kView && load.viewers >= inputs.max_viewers) continue;
    if (best == nullptr || rank(load) < rank(*best)) best = &load;
  }
  if (best == nullptr) return std::nullopt;
  return best->worker;
}

}  // namespace lectern::signaling
