#include "signaling/gate/gate.h"

#include "signaling/gate/api_requests.h"
#include "signaling/gate/media_requests.h"
#include "signaling/gate/pages.h"
#include "signaling/gate/request_checks.h"
#include "signaling/gate/tables.h"

#include <utility>
#include <variant>

namespace lectern::signaling {
namespace {

Problem stopping() {
  return {RefusalCode::kStopping, "The server restarts. Try again in a moment.", 1};
}

bool changes_something(const std::string& method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

void route(const GateTurn& turn, RequestId request, HttpRequest http) {
  const Gate::Tables& tables = turn.tables;
  Asker asker{request, {}};
  const bool is_allowed = tables.permissions.is_origin_allowed(http.host, http.origin);
  if (is_allowed) asker.origin = http.origin;
  if (!is_allowed && changes_something(http.method))
    return reply_problem(
        asker, {RefusalCode::kForeignOrigin, "Pages of this origin may not use this server."},
        turn);
  if (tables.is_stopping && changes_something(http.method))
    return reply_problem(asker, stopping(), turn);
  if (http.path.starts_with("/whip/") || http.path.starts_with("/whep/"))
    return handle_media_request(turn, asker, std::move(http));
  if (http.path.starts_with("/api/")) return handle_api_request(turn, asker, http);
  reply_problem(asker, not_found(), turn);
}

}  // namespace

Gate::Gate(const Config& config, const TokenAuthority* authority, Rng& rng)
    : tables_(std::make_unique<Tables>(config, authority, rng)) {}

Gate::~Gate() = default;

void Gate::begin(Instant now) {
  if (!tables_->started_at) tables_->started_at = now;
}

void Gate::on_http(const GateContext& context, RequestId request, HttpRequest http) {
  ++tables_->totals.http_requests;
  route({*tables_, context}, request, std::move(http));
}

bool Gate::is_origin_allowed(std::string_view host, std::string_view origin) const {
  return tables_->permissions.is_origin_allowed(host, origin);
}

void Gate::on_open(const GateContext& context, ConnectionId connection, const WsPeer& peer) {
  open_page({*tables_, context}, connection, peer);
}

void Gate::on_text(const GateContext& context, ConnectionId connection, std::string_view text) {
  handle_page_text({*tables_, context}, connection, text);
}

void Gate::on_binary(const GateContext& context, ConnectionId connection,
                     std::string_view message) {
  handle_page_binary({*tables_, context}, connection, message);
}

void Gate::on_caught_up(const GateContext& context, ConnectionId connection) {
  if (const Member* member = context.desk.find_member(connection))
    context.desk.refresh(context.of_desk, *member);
}

void Gate::on_close(const GateContext& context, ConnectionId connection) {
  forget_page({*tables_, context}, connection);
}

void Gate::on_news(const GateContext& context, const NewsItem& item) {
  const GateTurn turn{*tables_, context};
  if (const auto* answered = std::get_if<Answered>(&item)) answer_media_request(turn, *answered);
  if (std::holds_alternative<WorkerListed>(item)) retry_waiting(turn);
}

void Gate::on_records(const GateContext& context, const RecordsItem& item) {
  const GateTurn turn{*tables_, context};
  if (const auto* recorded = std::get_if<ClassRecorded>(&item)) answer_recorded(turn, *recorded);
  if (std::holds_alternative<ClassesFound>(item)) retry_waiting(turn);
}

void Gate::stop(const GateContext& context) {
  tables_->is_stopping = true;
  close_all_pages({*tables_, context});
}

void Gate::tick(const GateContext& context) {
  tick_pages({*tables_, context});
  for (const auto& [class_id, trouble] : tables_->reports.due(context.of_desk.now()))
    context.desk.on_trouble(class_id, trouble);
  tables_->tickets.expire(context.of_desk.now());
  tables_->quotas.expire(context.of_desk.now());
}

bool Gate::needs_ticks() const {
  return tables_->connections.size() > 0 || tables_->tickets.size() > 0 ||
         tables_->quotas.size() > 0 || tables_->reports.is_waiting();
}

bool Gate::is_stopping() const {
  return tables_->is_stopping;
}
const GateTotals& Gate::totals() const {
  return tables_->totals;
}
std::size_t Gate::connections() const {
  return tables_->connections.size();
}
std::size_t Gate::ungreeted() const {
  return tables_->ungreeted.size();
}
std::size_t Gate::tickets() const {
  return tables_->tickets.size();
}
std::size_t Gate::remembered() const {
  return tables_->quotas.size() + tables_->comebacks.size();
}

}  // namespace lectern::signaling
