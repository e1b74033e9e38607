// `lectern serve`: signaling and the media workers of one machine as children, kept alive.
#pragma once

#include "server/config.h"

namespace lectern::server {

// Runs until SIGTERM or SIGINT and returns the exit status. With `dev` it prints the links of the
// class `demo` to stdout once the server is ready.
[[nodiscard]] int run_serve(ServeConfig config);

}  // namespace lectern::server
