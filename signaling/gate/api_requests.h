// The HTTP API under /api/v1 (docs/openapi.yaml): classes, tokens, tickets, stats.
#pragma once

#include "signaling/gate/replies.h"
#include "signaling/gate/tables.h"

namespace lectern::signaling {

void handle_api_request(const GateTurn& turn, const Asker& asker, const HttpRequest& http);
// The answer to a PUT or DELETE of a class, once it is recorded.
void answer_recorded(const GateTurn& turn, const ClassRecorded& recorded);

}  // namespace lectern::signaling
