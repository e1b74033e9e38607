// `lectern token`: prints a signed token for one person and one class.
#pragma once

#include "server/config.h"

namespace lectern::server {

// Returns the exit status.
[[nodiscard]] int run_token(const TokenConfig& config);

}  // namespace lectern::server
