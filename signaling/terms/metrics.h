// Figures of signaling for /metrics, /readyz and /api/v1/stats.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lectern::signaling {

// `lectern_{name}{labels} value`. Samples of one name stand together.
struct Sample {
  enum class Kind : std::uint8_t { kCounter, kGauge };
  std::string name;  // without `lectern_`
  std::string help;
  Kind kind = Kind::kGauge;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

// For /readyz: 200 when `is_ready`, else 503; `sentence` is the body of both.
struct Readiness {
  bool is_ready = false;
  std::uint32_t workers = 0;
  std::uint32_t expected_workers = 0;
  std::string sentence;
};

}  // namespace lectern::signaling
