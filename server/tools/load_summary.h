// From what the viewers know and what processes have cost to the report.
#pragma once

#include "base/time.h"
#include "server/tools/load_report.h"
#include "server/tools/load_viewer.h"
#include "server/tools/process_cpu.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace lectern::tools {

using LoadViewers = std::vector<std::unique_ptr<LoadViewer>>;

// What has been received and spent up to a moment.
struct LoadTotals {
  Instant at;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  std::vector<ProcessCost> server{};
  Duration own_cpu{};
};
// `pids`: of the server, with their descendants.
[[nodiscard]] LoadTotals totals_of(const LoadViewers& viewers, Instant now,
                                   const std::vector<int>& pids);

// Fills in what each viewer saw: joins, failures, tracks up to `now`.
void add_viewers(const LoadViewers& viewers, Instant now, bool has_picture, LoadReport& report);

// Fills in rates and costs: of joining, from `start` to `before`; steady, from there to `after`.
void add_costs(const LoadTotals& start, const LoadTotals& before, const LoadTotals& after,
               LoadReport& report);

}  // namespace lectern::tools
