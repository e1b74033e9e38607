// `lectern media`: one worker in one process. The shell around worker::Worker: two UDP sockets
// (media, legs), the control channel, the clock.
#pragma once

#include "server/config.h"

namespace lectern::server {

// Runs until SIGTERM or SIGINT. Returns the exit status: kExitSetup when a port is taken.
[[nodiscard]] int run_media(const MediaWorkerConfig& config);

}  // namespace lectern::server
