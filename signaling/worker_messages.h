// What workers say, besides answers to requests: who they are, what their sessions do.
#pragma once

#include "signaling/tables.h"

#include <string>

namespace lectern::signaling {

// One message of a link that is open.
void handle_worker_message(const Turn& turn, WorkerId link, control::FromWorker message);

// The link is closed: everything that was at the worker is over, its pages are told to move.
void worker_gone(const Turn& turn, WorkerId link);

// Gives up workers of which nothing was heard for too long. `passed`: since the last look.
void look_at_workers(const Turn& turn, Duration passed);

}  // namespace lectern::signaling
