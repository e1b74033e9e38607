// WHIP (RFC 9725) and WHEP: requests from outside become requests to a worker, its answers become
// answers ([P10]..[P19]).
#pragma once

#include "signaling/replies.h"
#include "signaling/tables.h"

namespace lectern::signaling {

// A request for /whip/... or /whep/...
void handle_media_request(const Turn& turn, const Asker& asker, HttpRequest http);

// The client has gone: what a worker still answers is undone.
void media_request_gone(const Turn& turn, RequestId request);
// Answers 504 to what has waited for 10 s.
void expire_media_requests(const Turn& turn);
// Requests that a worker took to its grave: new sessions are asked of another one.
void move_media_requests(const Turn& turn, control::WorkerNumber dead);
// A worker has no seat after all: a new session is asked of another one, whose answer counts.
void try_elsewhere(const Turn& turn, Pending pending);

}  // namespace lectern::signaling
