// What the settings of a signaling process mean to its core.
#pragma once

#include "server/config.h"
#include "signaling/terms/config.h"

namespace lectern::server {

[[nodiscard]] signaling::Config core_config(const SignalingConfig& config);

}  // namespace lectern::server
