// Answers to HTTP requests: problems (RFC 9457), JSON, and the CORS headers that go with them.
#pragma once

#include "signaling/events.h"
#include "signaling/http.h"
#include "signaling/permissions.h"
#include "signaling/quotas.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

// Whom an answer goes to; kept while a worker is asked.
struct Asker {
  RequestId request;
  std::string origin;  // allowed ([P7]), to be named in the answer; empty for none
};

// One status line's worth of words and its sentence.
struct Problem {
  int status = 500;
  std::string title;
  std::string detail;
  int retry_after_s = 0;  // 0: no Retry-After
};

void reply(const Asker& asker, int status, std::vector<Header> headers, std::string body,
           Events& events);
void reply_problem(const Asker& asker, const Problem& problem, Events& events);
void reply_json(const Asker& asker, int status, const nlohmann::json& json, Events& events);
// [P70] 429
void reply_excess(const Asker& asker, const Excess& excess, Events& events);
// [P22]
void reply_refusal(const Asker& asker, const Refusal& refusal, Events& events);
// [P6] `allow`: the methods that the path has.
void reply_method_not_allowed(const Asker& asker, std::string_view allow, Events& events);
// [P8] The answer to OPTIONS; `accept` names what the path takes, a header and its value.
void reply_options(const Asker& asker, std::string_view allow, std::vector<Header> accept,
                   Events& events);

}  // namespace lectern::signaling
