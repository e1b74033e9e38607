// What processes have cost so far, read from /proc: of each process given and all its descendants,
// so that the supervisor's pid stands for the whole server.
#pragma once

#include "base/time.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectern::tools {

struct ProcessCost {
  pid_t pid = 0;
  std::string name;  // its command line's first words
  Duration user;
  Duration system;
  uint64_t resident = 0;  // bytes

  [[nodiscard]] Duration cpu() const { return user + system; }
};

// One entry for each living process; a pid that is gone has none. O(processes of the machine).
[[nodiscard]] std::vector<ProcessCost> processes_of(const std::vector<pid_t>& roots);

}  // namespace lectern::tools
