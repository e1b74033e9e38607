// What workers answer to WHIP and WHEP requests, and the end of media sessions.
#pragma once

#include "signaling/names.h"
#include "signaling/tables.h"

#include <string_view>

namespace lectern::signaling {

// A new session will not come to be: what its maker was counted for, and a publisher's claim.
void give_up(const Turn& turn, const PendingCreate& create);
// Likewise with what was reserved at the worker until its answer: a viewer's place.
void release_places(const Turn& turn, const Pending& pending);

// A worker's answers.
void session_created(const Turn& turn, const Worker& worker, control::SessionCreated& created);
void session_refused(const Turn& turn, const Worker& worker,
                     const control::SessionRefused& refused);
void session_patched(const Turn& turn, const Worker& worker, control::SessionPatched& patched);
void session_deleted(const Turn& turn, const Worker& worker,
                     const control::SessionDeleted& deleted);

// A publisher that has moved to another worker takes over there once something arrives.
void let_succeed(const Turn& turn, Classroom& room);

// A media session is over: it leaves the tables. `move_reason`: what its page is told ([P45]), null
// to tell it nothing. `ended`: its owner wanted that ([P42]).
void end_session(const Turn& turn, const SessionName& name, const char* move_reason, bool ended);

// Ends the sessions whose owners' rights have ended ([P72]), those of clients without a page too.
void end_outlived_sessions(const Turn& turn);

// Deletes every session of a class at its worker, before the class goes.
void end_class_sessions(const Turn& turn, std::string_view class_id);

}  // namespace lectern::signaling
