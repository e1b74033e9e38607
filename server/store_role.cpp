#include "server/store_role.h"

#include "server/data_version.h"
#include "server/log.h"
#include "server/store_process.h"
#include "server/supervisor.h"
#include "server/system.h"

#include <signal.h>

#include <cstdio>

namespace lectern::server {

int run_store(const StoreConfig& config) {
  name_process("lectern store");
  (void)signal(SIGHUP, SIG_IGN);  // a terminal that closes ends no class
  log::set_up("store", config.common.log_level);
  if (const auto usable = check_data_version(config.common.data); !usable) {
    std::fprintf(stderr, "lectern: %s\n", usable.error().context.c_str());
    return kExitSetup;
  }
  StoreProcess process(config.common.data);
  if (const auto listening = process.listen(); !listening) {
    std::fprintf(stderr, "lectern: %s\n", listening.error().context.c_str());
    return kExitSetup;
  }
  process.run();
  return 0;
}

}  // namespace lectern::server
