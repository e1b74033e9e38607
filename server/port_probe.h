// Whether the ports of a configuration are free, asked before anything is started, so that one
// sentence names all that are taken and the flag to change.
#pragma once

#include "server/config.h"

#include <string>
#include <vector>

namespace lectern::server {

// One sentence for each port that cannot be bound now. `media_workers` is taken as it stands.
[[nodiscard]] std::vector<std::string> taken_ports(const ServeConfig& config);

}  // namespace lectern::server
