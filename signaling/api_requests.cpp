#include "signaling/api_requests.h"

#include "media/control/json_view.h"
#include "signaling/header_values.h"
#include "signaling/media_answers.h"
#include "signaling/page_messages.h"
#include "signaling/pages.h"
#include "signaling/request_checks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace lectern::signaling {
namespace {

using control::MemberType;
using control::number_member;
using control::text_member;
using Json = nlohmann::json;

constexpr double kDefaultTokenSeconds = 600;
constexpr double kMaxTokenSeconds = 24 * 3600;
constexpr std::size_t kMaxSubject = 128;
// A slip in one of them, `sub` for `subject`, would go unseen: everybody would be another person.
constexpr std::initializer_list<control::OptionalMember> kTokenMembers = {
    {"class", MemberType::kText},
    {"role", MemberType::kText},
    {"subject", MemberType::kText},
    {"expires_in", MemberType::kNumber}};

Json describe(const Turn& turn, const std::string& class_id, const ClassEntry& entry) {
  const ClassView view = entry.room.view(turn.now);
  return {{"class", class_id},
          {"teacher", name_of(view.teacher)},
          {"viewers", turn.tables.sessions.connected_viewers(class_id)},
          {"sources",
           {{"camera", view.sources.camera},
            {"microphone", view.sources.microphone},
            {"screen", view.sources.screen}}}};
}

// Whether the caller asks for more changes, or long lists, than a person may ([P70]); answered
// then.
bool is_too_much(const Turn& turn, const Asker& asker, const Caller& caller) {
  if (caller.is_dev) return false;
  const auto excess =
      turn.tables.quotas.change_server(turn.now, caller.person, caller.token.grants.admin);
  if (excess) reply_excess(asker, *excess, turn.events);
  return excess.has_value();
}

// ------------------------------------------------------------------------------------ classes

void list_classes(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  Json list = Json::array();
  for (const auto& [class_id, entry] : turn.tables.classes)
    if (!Permissions::refuse(*caller, class_id, &Grants::join))
      list.push_back(describe(turn, class_id, entry));
  reply_json(asker, 200, {{"classes", list}}, turn.events);
}

void get_class(const Turn& turn, const Asker& asker, const HttpRequest& http,
               const std::string& class_id) {
  if (!admit(turn, asker, http, class_id, &Grants::join)) return;
  const ClassEntry* entry = turn.tables.find_class(class_id);
  if (entry == nullptr) return reply_problem(asker, unknown_class(), turn.events);
  reply_json(asker, 200, describe(turn, class_id, *entry), turn.events);
}

std::optional<Json> json_body(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  if (auto json = control::parse_json_object(http.body)) return std::move(*json);
  reply_problem(asker, {400, "Bad request", "The body must be a JSON object."}, turn.events);
  return std::nullopt;
}

std::optional<Problem> problem_of_types(const Json& json,
                                        std::initializer_list<control::OptionalMember> members) {
  const auto wrong = control::wrong_member(json, members);
  if (!wrong) return std::nullopt;
  const char* expected =
      wrong->type == MemberType::kText ? " must be a text." : " must be a number.";
  return Problem{400, "Bad request", wrong->key + std::string(expected)};
}

void put_class(const Turn& turn, const Asker& asker, const HttpRequest& http,
               const std::string& class_id) {
  const auto caller = admit(turn, asker, http, class_id, &Grants::admin);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  if (!http.body.empty() && !json_body(turn, asker, http)) return;
  const bool is_new = turn.tables.find_class(class_id) == nullptr;
  ClassEntry* entry = turn.tables.ensure_class(class_id, Classroom::Kind::kCreated);
  if (entry == nullptr) return reply_problem(asker, too_many_classes(), turn.events);
  entry->room.make_lasting();
  reply_json(asker, is_new ? 201 : 200, describe(turn, class_id, *entry), turn.events);
}

void delete_class(const Turn& turn, const Asker& asker, const HttpRequest& http,
                  const std::string& class_id) {
  const auto caller = admit(turn, asker, http, class_id, &Grants::admin);
  if (!caller || is_too_much(turn, asker, *caller)) return;
  if (turn.tables.find_class(class_id) == nullptr)
    return reply_problem(asker, unknown_class(), turn.events);
  end_class_sessions(turn, class_id);
  close_class_pages(turn, class_id);
  turn.tables.classes.erase(class_id);
  turn.tables.workers.forget_class(class_id);
  turn.tables.touch(class_id);
  reply(asker, 204, {}, {}, turn.events);
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

void post_token(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller) return;
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  if (const auto problem = problem_of_types(*json, kTokenMembers))
    return reply_problem(asker, *problem, turn.events);
  for (const auto& [key, member] : json->items())
    if (std::ranges::find(kTokenMembers, key, &control::OptionalMember::key) == kTokenMembers.end())
      return reply_problem(
          asker,
          {400, "Bad request",
           "`" + key + "` is not known here: class, role, subject, expires_in are."},
          turn.events);
  Token token;
  double seconds = 0;
  if (const char* fault = read_token_request(*json, token, seconds))
    return reply_problem(asker, {400, "Bad request", fault}, turn.events);
  if (const auto refusal = Permissions::refuse(*caller, token.class_id, &Grants::admin))
    return reply_refusal(asker, *refusal, turn.events);
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
    return reply_problem(asker,
                         {501, "Not implemented", "This server has no key to sign tokens with."},
                         turn.events);
  reply_json(asker, 201,
             {{"token", *minted}, {"subject", token.subject}, {"expires", token.expires}},
             turn.events);
}

// A portal makes the links of a whole school.
std::size_t most_tickets(const Tables& tables, const Caller& caller) {
  constexpr std::size_t kAdminShare = 100;
  if (caller.is_dev) return tables.config.max_tickets;
  return tables.config.max_tickets_per_person * (caller.token.grants.admin ? kAdminShare : 1);
}

void post_ticket(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  const auto caller = identify(turn, asker, http);
  if (!caller) return;
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  // The token to be put into a link; the caller's own when none is named.
  if (const auto problem = problem_of_types(*json, {{"token", MemberType::kText}}))
    return reply_problem(asker, *problem, turn.events);
  std::string token(text_member(*json, "token").value_or(""));
  if (json->contains("token") &&
      !turn.tables.permissions.identify(token, false, turn.unix_seconds()).has_value())
    return reply_problem(asker, {400, "Bad request", "token is not valid here."}, turn.events);
  if (token.empty() && caller->is_dev)
    return reply_problem(asker, {400, "Bad request", "token is missing."}, turn.events);
  if (token.empty()) token = bearer_token(http.authorization);
  if (is_too_much(turn, asker, *caller)) return;
  Tables& tables = turn.tables;
  auto ticket = tables.tickets.issue(turn.now, caller->person, most_tickets(tables, *caller),
                                     std::move(token), tables.rng);
  if (!ticket)
    return reply_problem(asker,
                         {503, "Service unavailable",
                          "Too many links are made at this moment. Try again in ten seconds.", 10},
                         turn.events);
  reply_json(asker, 201,
             {{"ticket", std::move(*ticket)}, {"expires_in", kTicketLifetime.ms() / 1000}},
             turn.events);
}

void redeem_ticket(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  const auto json = json_body(turn, asker, http);
  if (!json) return;
  if (const auto problem =
          problem_of_types(*json, {{"ticket", MemberType::kText}, {"client", MemberType::kText}}))
    return reply_problem(asker, *problem, turn.events);
  if (!json->contains("ticket"))
    return reply_problem(asker, {400, "Bad request", "ticket is missing."}, turn.events);
  const auto client = text_member(*json, "client");
  if (client && !is_client_name(*client))
    return reply_problem(asker, {400, "Bad request", "client is 1 to 64 letters, digits, - or _."},
                         turn.events);
  const auto token = turn.tables.tickets.redeem(turn.now, text_member(*json, "ticket").value_or(""),
                                                client.value_or(""));
  const bool is_local = turn.tables.permissions.is_local(http.peer, http.host, http.is_forwarded);
  if (!token && !is_local)
    if (const auto excess = turn.tables.quotas.fail_redeeming(turn.now, Network::of(http.peer)))
      return reply_excess(asker, *excess, turn.events);
  if (!token)
    return reply_problem(asker,
                         {404, "Not found",
                          "This link has been used, or is older than a minute. Ask for a new one."},
                         turn.events);
  reply_json(asker, 200, {{"token", *token}}, turn.events);
}

// -------------------------------------------------------------------------------------- stats

void get_stats(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  if (!admit(turn, asker, http, "*", &Grants::admin)) return;
  Json workers = Json::array();
  for (const auto& [number, worker] : turn.tables.workers.all())
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
  for (const auto& [class_id, entry] : turn.tables.classes)
    classes.push_back(describe(turn, class_id, entry));
  reply_json(asker, 200,
             {{"workers", workers},
              {"classes", classes},
              {"legs", turn.tables.legs.size()},
              {"websockets", turn.tables.roster.size()}},
             turn.events);
}

// ------------------------------------------------------------------------------------- routes

struct Route {
  std::string_view path;
  std::string_view method;
  void (*handle)(const Turn&, const Asker&, const HttpRequest&);
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

void handle_class(const Turn& turn, const Asker& asker, const HttpRequest& http,
                  const std::string& class_id) {
  constexpr std::string_view kMethods = "GET, HEAD, PUT, DELETE, OPTIONS";
  if (is_read(http)) return get_class(turn, asker, http, class_id);
  if (http.method == "PUT") return put_class(turn, asker, http, class_id);
  if (http.method == "DELETE") return delete_class(turn, asker, http, class_id);
  if (http.method == "OPTIONS") return reply_options(asker, kMethods, {}, turn.events);
  reply_method_not_allowed(asker, kMethods, turn.events);
}

}  // namespace

void handle_api_request(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  constexpr std::string_view kBase = "/api/v1/";
  constexpr std::string_view kClasses = "classes/";
  std::string_view path = http.path;
  if (!path.starts_with(kBase)) return reply_problem(asker, not_found(), turn.events);
  path.remove_prefix(kBase.size());
  if (path.starts_with(kClasses)) {
    const std::string class_id(path.substr(kClasses.size()));
    if (!is_class_name(class_id)) return reply_problem(asker, not_found(), turn.events);
    return handle_class(turn, asker, http, class_id);
  }
  for (const Route& route : kRoutes) {
    if (path != route.path) continue;
    const bool is_route_of_reads = route.method == "GET";
    if (http.method == route.method || (is_route_of_reads && is_read(http)))
      return route.handle(turn, asker, http);
    const std::string methods =
        std::string(route.method) + (is_route_of_reads ? ", HEAD" : "") + ", OPTIONS";
    if (http.method == "OPTIONS") return reply_options(asker, methods, {}, turn.events);
    return reply_method_not_allowed(asker, methods, turn.events);
  }
  reply_problem(asker, not_found(), turn.events);
}

}  // namespace lectern::signaling
