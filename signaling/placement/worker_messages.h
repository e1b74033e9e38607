// What workers say, besides answers to requests: who they are, what their sessions do.
#pragma once

#include "signaling/placement/tables.h"

namespace lectern::signaling {

// One message of a link that is open.
void on_worker_message(const PlacementTurn& turn, WorkerId link, control::FromWorker message);

// The link is closed: everything that was at the worker is over, its pages are told to move.
void on_worker_gone(const PlacementTurn& turn, WorkerId link);

// Gives up workers of which nothing was heard for too long. `passed`: since the last look.
void look_at_workers(const PlacementTurn& turn, Duration passed);

}  // namespace lectern::signaling
