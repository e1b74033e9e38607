// What workers answer to requests for sessions, and the end of sessions.
#pragma once

#include "signaling/placement/tables.h"

#include <string_view>

namespace lectern::signaling {

void on_session_created(const PlacementTurn& turn, const Worker& worker,
                        control::SessionCreated& created);
void on_session_refused(const PlacementTurn& turn, const Worker& worker,
                        const control::SessionRefused& refused);
void on_session_patched(const PlacementTurn& turn, const Worker& worker,
                        control::SessionPatched& patched);
void on_session_deleted(const PlacementTurn& turn, const Worker& worker,
                        const control::SessionDeleted& deleted);

// A publisher that has moved to another worker takes over there once something arrives.
void let_succeed(const PlacementTurn& turn, Publication& publication);

// A media session is over: it leaves the tables. `move_reason`: as in SessionOver. `ended`: its
// owner wanted that ([P42]).
void end_session(const PlacementTurn& turn, const SessionName& name, const char* move_reason,
                 bool ended);

// Ends the sessions whose owners' rights have ended ([P72]), those of clients without a page too.
void end_outlived_sessions(const PlacementTurn& turn);

// Deletes every session of a class at its worker, before the class goes.
void end_class_sessions(const PlacementTurn& turn, std::string_view class_id);

}  // namespace lectern::signaling
