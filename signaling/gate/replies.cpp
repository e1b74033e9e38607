#include "signaling/gate/replies.h"

#include "base/json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace lectern::signaling {

using Json = nlohmann::json;

namespace {

std::string body_of(const Problem& problem) {
  Json body = members_of(problem);
  body["status"] = problem.kind().status;
  body["title"] = problem.kind().title;
  body["detail"] = problem.detail;
  return to_text(body);
}

}  // namespace

void reply(const Asker& asker, int status, std::vector<Header> headers, std::string body,
           const GateTurn& turn) {
  if (!asker.origin.empty()) {
    headers.emplace_back("Access-Control-Allow-Origin", asker.origin);
    headers.emplace_back("Access-Control-Expose-Headers", "Location, ETag, Link, Retry-After");
    headers.emplace_back("Vary", "Origin");
  }
  headers.emplace_back("Cache-Control", "no-store");
  // [P20] Checking a signature is the dearest thing that a stranger can ask for: each try costs a
  // connection, which is dearer for both.
  const bool closes = status == 401;
  if (status >= 400) ++turn.tables.totals.http_refusals;
  if (status == 429) ++turn.tables.totals.quota_refusals;
  turn.events().emplace_back(
      HttpResponse{asker.request, status, std::move(headers), std::move(body), closes});
}

void reply_problem(const Asker& asker, const Problem& problem, const GateTurn& turn) {
  std::vector<Header> headers = {{"Content-Type", "application/problem+json"}};
  if (problem.retry_after_s > 0)
    headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
  const RefusalKind& kind = problem.kind();
  if (kind.status == 401) headers.emplace_back("WWW-Authenticate", "Bearer");
  reply(asker, kind.status, std::move(headers), body_of(problem), turn);
}

void reply_json(const Asker& asker, int status, const Json& json, const GateTurn& turn) {
  reply(asker, status, {{"Content-Type", "application/json"}}, to_text(json), turn);
}

void reply_method_not_allowed(const Asker& asker, std::string_view allow, const GateTurn& turn) {
  const Problem problem = {RefusalCode::kWrongMethod,
                           "This address takes " + std::string(allow) + "."};
  reply(asker, problem.kind().status,
        {{"Content-Type", "application/problem+json"}, {"Allow", std::string(allow)}},
        body_of(problem), turn);
}

void reply_options(const Asker& asker, std::string_view allow, std::vector<Header> accept,
                   const GateTurn& turn) {
  std::vector<Header> headers = std::move(accept);
  headers.emplace_back("Allow", std::string(allow));
  if (!asker.origin.empty()) {
    headers.emplace_back("Access-Control-Allow-Methods", std::string(allow));
    headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
    headers.emplace_back("Access-Control-Max-Age", "600");
  }
  reply(asker, 204, std::move(headers), {}, turn);
}

}  // namespace lectern::signaling
