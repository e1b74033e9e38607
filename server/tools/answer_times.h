// How soon the server answers while it serves: ICE checks and NACKs, which the worker answers by
// itself, and PATCH requests, which go through signaling, its channel to the worker, and back.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <vector>

namespace lectern::tools {

struct AnswerTimes {
  std::vector<Duration> checks;
  std::vector<Duration> repairs;
  size_t asked_again = 0;          // packets, by NACK
  std::vector<Duration> requests;  // one that fails counts as long as it took
};

}  // namespace lectern::tools
