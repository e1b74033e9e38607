// Answers to HTTP requests: problems (RFC 9457), JSON, and the CORS headers that go with them.
// Each is counted.
#pragma once

#include "signaling/gate/tables.h"
#include "signaling/terms/http.h"
#include "signaling/terms/problems.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

void reply(const Asker& asker, int status, std::vector<Header> headers, std::string body,
           const GateTurn& turn);
void reply_problem(const Asker& asker, const Problem& problem, const GateTurn& turn);
void reply_json(const Asker& asker, int status, const nlohmann::json& json, const GateTurn& turn);
// [P6] `allow`: the methods that the path has.
void reply_method_not_allowed(const Asker& asker, std::string_view allow, const GateTurn& turn);
// [P8] The answer to OPTIONS; `accept` names what the path takes, a header and its value.
void reply_options(const Asker& asker, std::string_view allow, std::vector<Header> accept,
                   const GateTurn& turn);

}  // namespace lectern::signaling
