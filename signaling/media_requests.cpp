#include "signaling/media_requests.h"

#include "signaling/media_answers.h"
#include "signaling/placement.h"
#include "signaling/request_checks.h"

#include <utility>

namespace lectern::signaling {

using control::Role;
using control::WorkerNumber;

namespace {

constexpr std::string_view kEndpointMethods = "POST, OPTIONS";
constexpr std::string_view kSessionMethods = "PATCH, DELETE, OPTIONS";

struct Target {
  Role role = Role::kView;
  std::string class_id;
  std::string session;  // as written; empty for the endpoint
};

// `/whip/{class}` or `/whip/{class}/{session}`, the class name valid.
std::optional<Target> parse_target(std::string_view path) {
  Target target;
  target.role = path.starts_with("/whip/") ? Role::kPublish : Role::kView;
  path.remove_prefix(std::string_view("/whip/").size());
  const auto slash = path.find('/');
  target.class_id = path.substr(0, slash);
  if (slash != std::string_view::npos) target.session = path.substr(slash + 1);
  if (!is_class_name(target.class_id)) return std::nullopt;
  if (slash != std::string_view::npos && target.session.empty()) return std::nullopt;
  return target;
}

std::optional<WorkerNumber> choose_worker(const Turn& turn, const PendingCreate& create) {
  Tables& tables = turn.tables;
  std::vector<WorkerLoad> loads;
  for (const auto& [number, worker] : tables.workers.all())
    loads.push_back({.worker = number,
                     .viewers = tables.sessions.viewers_at(number),
                     .publishers = tables.sessions.publishers_at(number),
                     .viewers_of_class = tables.sessions.viewers(create.class_id, number),
                     .takes_sessions = worker.is_ready && !worker.is_draining});
  const ClassEntry* entry = tables.find_class(create.class_id);
  return place({.role = create.role,
                .workers = loads,
                .origin = entry != nullptr ? entry->room.origin() : std::nullopt,
                .max_viewers = tables.config.max_viewers_per_worker});
}

void ask_for_session(const Turn& turn, const Asker& asker, PendingCreate create, Instant deadline) {
  Tables& tables = turn.tables;
  const auto worker = choose_worker(turn, create);
  if (!worker) {
    if (ClassEntry* entry = tables.find_class(create.class_id);
        entry != nullptr && create.role == Role::kPublish)
      entry->room.publisher_refused();
    const Problem full = {503, "Service unavailable",
                          "This server is full. Try again in a few seconds.", 5};
    reply_problem(asker, tables.workers.ready_count() == 0 ? workers_starting() : full,
                  turn.events);
    return;
  }
  if (create.role == Role::kView) tables.sessions.reserve(create.class_id, *worker);
  tables.touch(create.class_id);
  control::CreateSession message{
      .request = 0, .class_id = create.class_id, .role = create.role, .offer = create.offer};
  message.request = tables.pending.add({asker, *worker, deadline, std::move(create)});
  turn.send(*worker, std::move(message));
}

void post_offer(const Turn& turn, const Asker& asker, Target target, HttpRequest http) {
  Tables& tables = turn.tables;
  const auto caller = admit(turn, asker, http, target.class_id,
                            target.role == Role::kPublish ? &Grants::publish : &Grants::join);
  if (!caller) return;
  const bool may_found = target.role == Role::kPublish && caller->may_found(target.class_id);
  if (tables.find_class(target.class_id) == nullptr && !may_found)
    return reply_problem(asker, turn.is_starting() ? workers_starting() : unknown_class(),
                         turn.events);
  if (const auto problem = check_body(http, "application/sdp"))
    return reply_problem(asker, *problem, turn.events);
  if (!accepts(http.accept, "application/sdp"))
    return reply_problem(
        asker, {406, "Not acceptable", "The answer is application/sdp, which Accept excludes."},
        turn.events);
  const auto client = query_value(http.query, "client");
  if (client && !is_client_name(*client))
    return reply_problem(asker, {400, "Bad request", "client is 1 to 64 letters, digits, - or _."},
                         turn.events);
  ClassEntry* entry = tables.ensure_class(target.class_id, Classroom::Kind::kTaught);
  if (entry == nullptr) return reply_problem(asker, too_many_classes(), turn.events);
  PendingCreate create{.class_id = std::move(target.class_id),
                       .role = target.role,
                       .offer = std::move(http.body),
                       .publisher = {.subject = caller->token.subject,
                                     .client = std::string(client.value_or("")),
                                     .resumes = query_value(http.query, "resume") == "1"}};
  if (create.role == Role::kPublish && !entry->room.claim(turn.now, create.publisher))
    return reply_problem(
        asker,
        {409, "Conflict", "This class is already being taught. Ask the other teacher to stop."},
        turn.events);
  ask_for_session(turn, asker, std::move(create), turn.now + kRequestDeadline);
}

// The session that a PATCH or DELETE names, or an answer that says why not.
std::optional<SessionName> find_session(const Turn& turn, const Asker& asker,
                                        const Target& target) {
  auto name = SessionName::parse(target.session);
  const bool is_whole = name && name->to_string() == target.session;
  if (is_whole && turn.tables.workers.ready(name->worker) == nullptr) {
    reply_problem(asker,
                  {503, "Service unavailable",
                   "The media worker of this session is not connected. Try again in a second.", 1},
                  turn.events);
    return std::nullopt;
  }
  const Session* session = is_whole ? turn.tables.sessions.find(*name) : nullptr;
  if (session == nullptr || session->class_id != target.class_id || session->role != target.role) {
    reply_problem(asker, {404, "Not found", "There is no such session, or it has ended."},
                  turn.events);
    return std::nullopt;
  }
  return name;
}

void patch_session(const Turn& turn, const Asker& asker, const Target& target, HttpRequest http) {
  const auto name = find_session(turn, asker, target);
  if (!name) return;
  if (const auto problem = check_body(http, "application/trickle-ice-sdpfrag"))
    return reply_problem(asker, *problem, turn.events);
  if (http.if_match.size() > kMaxIfMatch)
    return reply_problem(asker, {400, "Bad request", "If-Match is too long."}, turn.events);
  const auto number =
      turn.tables.pending.add({asker, name->worker, turn.now + kRequestDeadline, PendingPatch{}});
  turn.send(name->worker, control::PatchSession{.request = number,
                                                .session = name->id,
                                                .content = std::move(http.body),
                                                .if_match = std::move(http.if_match)});
}

void delete_session(const Turn& turn, const Asker& asker, const Target& target) {
  const auto name = find_session(turn, asker, target);
  if (!name) return;
  const auto number = turn.tables.pending.add(
      {asker, name->worker, turn.now + kRequestDeadline, PendingDelete{*name}});
  turn.send(name->worker, control::DeleteSession{.request = number, .session = name->id});
}

}  // namespace

void handle_media_request(const Turn& turn, const Asker& asker, HttpRequest http) {
  auto target = parse_target(http.path);
  if (!target) return reply_problem(asker, not_found(), turn.events);
  if (target->session.empty()) {
    if (http.method == "POST") return post_offer(turn, asker, std::move(*target), std::move(http));
    if (http.method == "OPTIONS")
      return reply_options(asker, kEndpointMethods, {{"Accept-Post", "application/sdp"}},
                           turn.events);
    return reply_method_not_allowed(asker, kEndpointMethods, turn.events);
  }
  if (http.method == "OPTIONS")
    return reply_options(asker, kSessionMethods,
                         {{"Accept-Patch", "application/trickle-ice-sdpfrag"}}, turn.events);
  if (http.method != "PATCH" && http.method != "DELETE")
    return reply_method_not_allowed(asker, kSessionMethods, turn.events);
  const auto caller = admit(turn, asker, http, target->class_id,
                            target->role == Role::kPublish ? &Grants::publish : &Grants::join);
  if (!caller) return;
  if (http.method == "PATCH") return patch_session(turn, asker, *target, std::move(http));
  delete_session(turn, asker, *target);
}

void media_request_gone(const Turn& turn, RequestId request) {
  if (const auto pending = turn.tables.pending.take_by_asker(request))
    release_places(turn, *pending);
}

void expire_media_requests(const Turn& turn) {
  for (const Pending& pending : turn.tables.pending.take_overdue(turn.now)) {
    release_places(turn, pending);
    ++turn.tables.totals.http_timeouts;
    reply_problem(pending.asker,
                  {504, "Gateway timeout", "The media worker did not answer. Try again."},
                  turn.events);
  }
}

void move_media_requests(const Turn& turn, WorkerNumber dead) {
  for (Pending& pending : turn.tables.pending.take_worker(dead)) {
    if (auto* create = std::get_if<PendingCreate>(&pending.what)) {
      if (create->role == Role::kView) turn.tables.sessions.release(create->class_id, dead);
      ask_for_session(turn, pending.asker, std::move(*create), pending.deadline);
    } else if (std::holds_alternative<PendingDelete>(pending.what)) {
      reply(pending.asker, 200, {}, {}, turn.events);
    } else {
      reply_problem(pending.asker,
                    {404, "Not found", "The session has ended: its media worker was lost."},
                    turn.events);
    }
  }
}

}  // namespace lectern::signaling
