// `lectern check`: would `serve` with the same settings work here? One line for each thing looked
// at, with what to do where it is not as it should be.
#pragma once

#include "server/config.h"

namespace lectern::server {

// Returns the exit status: 0 when all is well, 1 when something keeps the server from running.
[[nodiscard]] int run_check(ServeConfig config);

}  // namespace lectern::server
