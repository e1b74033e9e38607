// The HTTP API under /api/v1 (docs/openapi.yaml): classes, tokens, tickets, stats.
#pragma once

#include "signaling/replies.h"
#include "signaling/tables.h"

namespace lectern::signaling {

void handle_api_request(const Turn& turn, const Asker& asker, const HttpRequest& http);

}  // namespace lectern::signaling
