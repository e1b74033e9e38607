#include "signaling/terms/problems.h"

#include <nlohmann/json.hpp>

namespace lectern::signaling {

nlohmann::json members_of(const Problem& problem) {
  const RefusalKind& kind = problem.kind();
  nlohmann::json members = {{"code", kind.code}};
  if (problem.retry_after_s > 0) members["retry_after"] = problem.retry_after_s;
  if (!kind.number.empty()) members[std::string(kind.number)] = problem.number;
  return members;
}

}  // namespace lectern::signaling
