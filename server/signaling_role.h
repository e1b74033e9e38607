// `lectern signaling`: the shell around signaling::Signaling: the web port, the port of /metrics,
// the socket that workers connect to, pages, the two clocks.
#pragma once

#include "server/config.h"

namespace lectern::server {

// Runs until SIGTERM or SIGINT. Returns the exit status: kExitSetup when a port is taken, the
// pages, the key or the certificate cannot be used.
[[nodiscard]] int run_signaling(const SignalingConfig& config);

}  // namespace lectern::server
