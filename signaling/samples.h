// The tables as figures for /metrics. No labels per viewer, page or class: their number is bounded
// by nothing that an operator sets.
#pragma once

#include "signaling/metrics.h"
#include "signaling/tables.h"

#include <vector>

namespace lectern::signaling {

[[nodiscard]] std::vector<Sample> samples_of(const Tables& tables);

}  // namespace lectern::signaling
