// Requests for media sessions on their way to a worker: where to, and what becomes of those that no
// worker answers.
#pragma once

#include "signaling/placement/tables.h"

namespace lectern::signaling {

// Asks a worker, or answers that there is none. The publisher's claim, if it is one, stands
// already.
void ask_for_session(const PlacementTurn& turn, const Asker& asker, PendingCreate create,
                     Instant deadline);
// The worker has no seat after all: the session is asked of another one, whose answer counts.
void try_elsewhere(const PlacementTurn& turn, Pending pending);
// What a request had reserved is free again: the place of a session, a publisher's claim.
void release_places(const PlacementTurn& turn, const Pending& pending);

// Answers 504 to what has waited for 10 s.
void expire_requests(const PlacementTurn& turn);
// Requests that a worker took to its grave: new sessions are asked of another one.
void move_requests(const PlacementTurn& turn, control::WorkerNumber dead);
// The class has ended: nobody gets a session in it any more.
void cancel_requests(const PlacementTurn& turn, std::string_view class_id);

}  // namespace lectern::signaling
