// Who a thing belongs to, as the shell numbers it. The shell never reuses a number within a
// process.
#pragma once

#include "base/strong_id.h"
#include "media/control/messages.h"

#include <cstdint>

namespace lectern::signaling {

using ConnectionId = StrongId<struct ConnectionTag, std::uint64_t>;  // one WebSocket
using RequestId = StrongId<struct RequestTag, std::uint64_t>;        // one HTTP request
// One connection of a worker to the control socket; which worker it is, its Hello says
// (control::WorkerNumber).
using WorkerId = StrongId<struct WorkerTag, std::uint64_t>;

}  // namespace lectern::signaling
