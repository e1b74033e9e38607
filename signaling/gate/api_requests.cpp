#include "signaling/gate/api_requests.h"

#include "base/json.h"
#include "signaling/desk/messages.h"
#include "signaling/gate/header_values.h"
#include "signaling/gate/pages.h"
#include "signaling/gate/request_checks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace lectern::signaling {
namespace {

using Json = nlohmann::json;

constexpr double kDefaultTokenSeconds = 600;
constexpr double kMaxTokenSeconds = 24 * 3600;
constexpr std::size_t kMaxSubject = 128;
// A slip in one of them, `sub` for `subject`, would go unseen: everybody would be another person.
constexpr std::initializer_list<OptionalMember> kTokenMembers = {
    {"class", MemberType::kText},
    {"role", MemberType::kText},
    {"subject", MemberType::kText},
    {"expires_in", MemberType::kNumber}};

Json describe(const GateTurn& turn, const std::string& class_id) {
  const ClassView view = turn.placement().view(turn.now(), class_id);
  return {{"class", class_id},
          {"teacher", name_of(view.teacher)},
          {"viewers", turn.placement().sessions().connected_viewers(class_id)},
          {"sources",
           {{"camera", view.sources.camera},
            {"microphone", view.sources.microphone},
            {"screen", view.sources.screen}}}};
}

// Whether the caller asks for more changes, or long lists, than a person may ([P70]); answered
// then.
bool is_too_much(const GateTurn& turn, const Asker& asker, const Caller& caller) {
  if (caller.is_dev) return false;
  const auto excess =
      turn.tables.quotas.change_server(turn.now(), caller.person, caller.token.grants.admin);
  if (excess) reply_problem(asker, *excess, turn);
  return excess.has_value();
}

// ------------------------------------------------------------------------------------ classes

void list_classes(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  Json list = Json::array();
  for (const std::string& class_id : turn.desk().classes())
    if (!Permissions::refuse(*caller, class_id, &Grants::join))
      list.push_back(describe(turn, class_id));
  reply_json(asker, 200, {{"classes", list}}, turn);
}

void get_class(const GateTurn& turn, const Asker& asker, const HttpRequest& http,
               const std::string& class_id) {
  if (!admit(turn, asker, http, class_id, &Grants::join)) return;
  if (!turn.desk().has_class(class_id))
    return reply_problem(asker, turn.is_starting() ? server_starting() : unknown_class(), turn);
  reply_json(asker, 200, describe(turn, class_id), turn);
}

std::optional<Json> json_body(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  if (auto json = parse_json_object(http.body)) return std::move(*json);
  reply_problem(asker, {RefusalCode::kBadRequest, "The body must be a JSON object."}, turn);
  return std::nullopt;
}

std::optional<Problem> problem_of_types(const Json& json,
                                        std::initializer_list<OptionalMember> members) {
  const auto wrong = wrong_member(json, members);
  if (!wrong) return std::nullopt;
  const char* expected =
      wrong->type == MemberType::kText ? " must be a text." : " must be a number.";
  return Problem{RefusalCode::kBadRequest, wrong->key + std::string(expected)};
}

void put_class(const GateTurn& turn, const Asker& asker, const HttpRequest& http,
               const std::string& class_id) {
  const auto caller = admit(turn, asker, http, class_id, &Grants::admin);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  if (!http.body.empty() && !json_body(turn, asker, http)) return;
  if (turn.records().has_class(class_id))
    return reply_json(asker, 200, describe(turn, class_id), turn);
  // It has its place from now on, and keeps it when it has been recorded; else it goes as a class
  // goes that nobody is in.
  const bool is_new = !turn.desk().has_class(class_id);
  if (!turn.desk().ensure_class(class_id, ClassKind::kTaught))
    return reply_problem(asker, too_many_classes(), turn);
  turn.records().keep_class(turn.of_records(), asker, class_id, is_new);
}

void end_class(const GateTurn& turn, const Asker& asker, const std::string& class_id) {
  close_pages_of_ended_class(turn, turn.desk().end_class(turn.of_desk(), class_id));
  reply(asker, 204, {}, {}, turn);
}

void delete_class(const GateTurn& turn, const Asker& asker, const HttpRequest& http,
                  const std::string& class_id) {
  const auto caller = admit(turn, asker, http, class_id, &Grants::admin);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  if (!turn.desk().has_class(class_id))
    return reply_problem(asker, turn.is_starting() ? server_starting() : unknown_class(), turn);
  if (turn.records().has_class(class_id))
    return turn.records().forget_class(turn.of_records(), asker, class_id);
  end_class(turn, asker, class_id);
}

// --------------------------------------------------------------------------- tokens, tickets

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}

// What is wrong with the request for a token, as one sentence; null when nothing is.
const char* read_token_request(const Json& json, Token& token, double& seconds) {
  token.class_id = text_member(json, "class").value_or("");
  if (!is_class_name(token.class_id) && token.class_id != "*")
    return "class is missing or no name.";
  const auto role = text_member(json, "role").value_or("");
  if (role != "teacher" && role != "student") return "role is teacher or student.";
  token.grants = role == "teacher" ? kTeacherGrants : kStudentGrants;
  token.subject = text_member(json, "subject").value_or("");
  if (token.subject.size() > kMaxSubject) return "subject may have 128 bytes.";
  if (std::ranges::any_of(token.subject, is_control))
    return "subject may hold no control characters.";
  seconds = number_member(json, "expires_in").value_or(kDefaultTokenSeconds);
  if (!(seconds >= 1 && seconds <= kMaxTokenSeconds)) return "expires_in is 1 to 86400 seconds.";
  return nullptr;
}

void post_token(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller) return;
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  if (const auto problem = problem_of_types(*json, kTokenMembers))
    return reply_problem(asker, *problem, turn);
  for (const auto& [key, member] : json->items())
    if (std::ranges::find(kTokenMembers, key, &OptionalMember::key) == kTokenMembers.end())
      return reply_problem(
          asker,
          {RefusalCode::kBadRequest,
           "`" + key + "` is not known here: class, role, subject, expires_in are."},
          turn);
  Token token;
  double seconds = 0;
  if (const char* fault = read_token_request(*json, token, seconds))
    return reply_problem(asker, {RefusalCode::kBadRequest, fault}, turn);
  if (const auto refusal = Permissions::refuse(*caller, token.class_id, &Grants::admin))
    return reply_problem(asker, *refusal, turn);
  if (is_too_much(turn, asker, *caller)) return;
  const std::int64_t now = turn.unix_seconds();
  token.not_before = now;
  token.expires = now + std::llround(seconds);
  token.auth_until =
      std::max(token.expires, now + std::int64_t{turn.tables.config.renewal_hours} * 3600);
  token.id = turn.tables.rng.hex(16);
  if (token.subject.empty()) token.subject = turn.tables.rng.hex(8);
  const TokenAuthority* authority = turn.tables.authority;
  auto minted = authority != nullptr ? authority->mint(token, now) : std::nullopt;
  if (!minted)
    return reply_problem(
        asker, {RefusalCode::kNoKey, "This server has no key to sign tokens with."}, turn);
  reply_json(asker, 201,
             {{"token", *minted}, {"subject", token.subject}, {"expires", token.expires}}, turn);
}

// A portal makes the links of a whole school.
std::size_t most_tickets(const Gate::Tables& tables, const Caller& caller) {
  constexpr std::size_t kAdminShare = 100;
  if (caller.is_dev) return tables.config.max_tickets;
  return tables.config.max_tickets_per_person * (caller.token.grants.admin ? kAdminShare : 1);
}

void post_ticket(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller) return;
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  // The token to be put into a link; the caller's own when none is named.
  if (const auto problem = problem_of_types(*json, {{"token", MemberType::kText}}))
    return reply_problem(asker, *problem, turn);
  std::string token(text_member(*json, "token").value_or(""));
  if (json->contains("token") &&
      !turn.tables.permissions.identify(token, false, turn.unix_seconds()).has_value())
    return reply_problem(asker, {RefusalCode::kBadRequest, "token is not valid here."}, turn);
  if (token.empty() && caller->is_dev)
    return reply_problem(asker, {RefusalCode::kBadRequest, "token is missing."}, turn);
  if (token.empty()) token = bearer_token(http.authorization);
  if (is_too_much(turn, asker, *caller)) return;
  Gate::Tables& tables = turn.tables;
  auto ticket = tables.tickets.issue(turn.now(), caller->person, most_tickets(tables, *caller),
                                     std::move(token), tables.rng);
  if (!ticket)
    return reply_problem(asker,
                         {RefusalCode::kBusy,
                          "Too many links are made at this moment. Try again in ten seconds.", 10},
                         turn);
  reply_json(asker, 201,
             {{"ticket", std::move(*ticket)}, {"expires_in", kTicketLifetime.ms() / 1000}}, turn);
}

void redeem_ticket(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  if (const auto problem =
          problem_of_types(*json, {{"ticket", MemberType::kText}, {"client", MemberType::kText}}))
    return reply_problem(asker, *problem, turn);
  if (!json->contains("ticket"))
    return reply_problem(asker, {RefusalCode::kBadRequest, "ticket is missing."}, turn);
  const auto client = text_member(*json, "client");
  if (client && !is_client_name(*client))
    return reply_problem(
        asker, {RefusalCode::kBadRequest, "client is 1 to 64 letters, digits, - or _."}, turn);
  const auto token = turn.tables.tickets.redeem(
      turn.now(), text_member(*json, "ticket").value_or(""), client.value_or(""));
  const bool is_local = turn.tables.permissions.is_local(http.peer, http.host, http.is_forwarded);
  if (!token && !is_local)
    if (const auto excess = turn.tables.quotas.fail_redeeming(turn.now(), Network::of(http.peer)))
      return reply_problem(asker, *excess, turn);
  if (!token)
    return reply_problem(asker,
                         {RefusalCode::kTicketUsed,
                          "This link has been used, or is older than a minute. Ask for a new one."},
                         turn);
  reply_json(asker, 200, {{"token", *token}}, turn);
}

// -------------------------------------------------------------------------------------- stats

void get_stats(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  if (!admit(turn, asker, http, "*", &Grants::admin)) return;
  Json workers = Json::array();
  for (const auto& [number, worker] : turn.placement().workers().all())
    workers.push_back({{"worker", number},
                       {"pid", worker.pid},
                       {"ready", worker.is_ready},
                       {"draining", worker.is_draining},
                       {"viewers", worker.load.viewers},
                       {"publishers", worker.load.publishers},
                       {"egress_bps", worker.load.egress_bps},
                       {"ingress_bps", worker.load.ingress_bps},
                       {"packets_per_s", worker.load.packets_per_s},
                       {"loop_delay_us_p99", worker.load.loop_delay_us_p99}});
  Json classes = Json::array();
  for (const std::string& class_id : turn.desk().classes())
    classes.push_back(describe(turn, class_id));
  reply_json(asker, 200,
             {{"workers", workers},
              {"classes", classes},
              {"legs", turn.placement().legs()},
              {"websockets", turn.tables.connections.size()}},
             turn);
}

// ------------------------------------------------------------------------------------- routes

struct Route {
  std::string_view path;
  std::string_view method;
  void (*handle)(const GateTurn&, const Asker&, const HttpRequest&);
};
constexpr std::array<Route, 5> kRoutes = {{{"classes", "GET", list_classes},
                                           {"tokens", "POST", post_token},
                                           {"tickets", "POST", post_ticket},
                                           {"tickets/redeem", "POST", redeem_ticket},
                                           {"stats", "GET", get_stats}}};

// RFC 9110 §9.3.2: HEAD is answered as GET; the shell leaves the content out.
bool is_read(const HttpRequest& http) {
  return http.method == "GET" || http.method == "HEAD";
}

void handle_class(const GateTurn& turn, const Asker& asker, const HttpRequest& http,
                  const std::string& class_id) {
  constexpr std::string_view kMethods = "GET, HEAD, PUT, DELETE, OPTIONS";
  if (is_read(http)) return get_class(turn, asker, http, class_id);
  if (http.method == "PUT") return put_class(turn, asker, http, class_id);
  if (http.method == "DELETE") return delete_class(turn, asker, http, class_id);
  if (http.method == "OPTIONS") return reply_options(asker, kMethods, {}, turn);
  reply_method_not_allowed(asker, kMethods, turn);
}

}  // namespace

void handle_api_request(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  constexpr std::string_view kBase = "/api/v1/";
  constexpr std::string_view kClasses = "classes/";
  std::string_view path = http.path;
  if (!path.starts_with(kBase)) return reply_problem(asker, not_found(), turn);
  path.remove_prefix(kBase.size());
  if (path.starts_with(kClasses)) {
    const std::string class_id(path.substr(kClasses.size()));
    if (!is_class_name(class_id)) return reply_problem(asker, not_found(), turn);
    return handle_class(turn, asker, http, class_id);
  }
  for (const Route& route : kRoutes) {
    if (path != route.path) continue;
    const bool is_route_of_reads = route.method == "GET";
    if (http.method == route.method || (is_route_of_reads && is_read(http)))
      return route.handle(turn, asker, http);
    const std::string methods =
        std::string(route.method) + (is_route_of_reads ? ", HEAD" : "") + ", OPTIONS";
    if (http.method == "OPTIONS") return reply_options(asker, methods, {}, turn);
    return reply_method_not_allowed(asker, methods, turn);
  }
  reply_problem(asker, not_found(), turn);
}

void answer_recorded(const GateTurn& turn, const ClassRecorded& recorded) {
  const auto& [asker, class_id, outcome, problem] = recorded;
  if (problem) return reply_problem(asker, *problem, turn);
  if (outcome == ClassRecorded::Outcome::kForgotten) return end_class(turn, asker, class_id);
  if (!turn.desk().ensure_class(class_id, ClassKind::kCreated))
    return reply_problem(asker, too_many_classes(), turn);
  turn.desk().make_lasting(class_id);
  reply_json(asker, outcome == ClassRecorded::Outcome::kMade ? 201 : 200, describe(turn, class_id),
             turn);
}

}  // namespace lectern::signaling
