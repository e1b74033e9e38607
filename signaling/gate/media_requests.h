// WHIP (RFC 9725) and WHEP: requests from outside are checked and handed to placement, its outcomes
// become answers ([P10]..[P19]).
#pragma once

#include "signaling/gate/replies.h"

namespace lectern::signaling {

// A request for /whip/... or /whep/...
void handle_media_request(const GateTurn& turn, const Asker& asker, HttpRequest http);

// What has become of one.
void answer_media_request(const GateTurn& turn, const Answered& answered);

}  // namespace lectern::signaling
