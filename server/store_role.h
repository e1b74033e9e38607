// `lectern store`: keeps what must outlive every process, in the data folder.
#pragma once

#include "server/config.h"

namespace lectern::server {

// The exit status.
int run_store(const StoreConfig& config);

}  // namespace lectern::server
