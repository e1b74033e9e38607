// The rooms as figures for /metrics. No labels per viewer, page or class: their number is bounded
// by nothing that an operator sets.
#pragma once

#include "signaling/desk/desk.h"
#include "signaling/gate/gate.h"
#include "signaling/placement/placement.h"
#include "signaling/terms/metrics.h"

#include <vector>

namespace lectern::signaling {

struct Rooms {
  const Config& config;
  const Placement& placement;
  const Desk& desk;
  const Gate& gate;
};

[[nodiscard]] std::vector<Sample> samples_of(const Rooms& rooms);

}  // namespace lectern::signaling
