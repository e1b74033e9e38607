#include "signaling/media_requests.h"

#include "signaling/header_values.h"
#include "signaling/media_answers.h"
#include "signaling/placement.h"
#include "signaling/request_checks.h"

#include <utility>

namespace lectern::signaling {

using control::Role;
using control::WorkerNumber;

namespace {

// Requests that wait for workers at one time, each with an offer of 16 KB at most: 128 MB.
// Publishers have places of their own above that.
constexpr std::size_t kMaxPending = 8192;
constexpr std::size_t kMaxPendingWithPublishers = kMaxPending + 256;

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
                     .takes_sessions =
                         worker.is_ready && !worker.is_draining && !create.full.contains(number)});
  const ClassEntry* entry = tables.find_class(create.class_id);
  return place({.role = create.role,
                .workers = loads,
                .origin = entry != nullptr ? entry->room.origin() : std::nullopt,
                .max_viewers = tables.config.max_viewers_per_worker,
                .max_publishers = tables.config.max_publishers_per_worker});
}

// Where a request comes from, as quotas count: this machine under --dev is not counted, and a
// publisher by person alone, since no crowd on its network is to keep a teacher out.
std::optional<Network> network_of(const Caller& caller, const HttpRequest& http, Role role) {
  if (caller.is_dev || role == Role::kPublish) return std::nullopt;
  return Network::of(http.peer);
}

void ask_for_session(const Turn& turn, const Asker& asker, PendingCreate create, Instant deadline) {
  Tables& tables = turn.tables;
  const auto worker = choose_worker(turn, create);
  if (!worker) {
    give_up(turn, create);
    const Problem full = {503, "Service unavailable",
                          "This server is full. Try again in a few seconds.", 5};
    const bool is_starting = tables.workers.ready_count() == 0;
    return reply_problem(asker, is_starting ? workers_starting() : create.busy.value_or(full),
                         turn.events);
  }
  if (create.role == Role::kView) tables.sessions.reserve(create.class_id, *worker);
  tables.touch(create.class_id);
  control::CreateSession message{.request = 0,
                                 .class_id = create.class_id,
                                 .role = create.role,
                                 .offer = create.offer,
                                 .owner = OwnerTag{.person = create.party.person,
                                                   .client = create.client,
                                                   .auth_until = create.auth_until}
                                              .to_string()};
  message.request = tables.pending.add({asker, *worker, deadline, std::move(create)});
  turn.send(*worker, std::move(message));
}

bool Grants::* grant_of(Role role) {
  return role == Role::kPublish ? &Grants::publish : &Grants::join;
}

// [P70] Why nobody, or not this person, may have one more session now; nullopt when they may.
std::optional<Problem> over_quota(const Turn& turn, const Caller& caller,
                                  const PendingCreate& create) {
  Tables& tables = turn.tables;
  const bool is_publisher = create.role == Role::kPublish;
  if (tables.pending.size() >= (is_publisher ? kMaxPendingWithPublishers : kMaxPending))
    return Problem{503, "Service unavailable",
                   "Too many people join at this moment. Try again in two seconds.", 2};
  if (caller.is_dev) return std::nullopt;
  const Party& party = create.party;
  const auto excess = tables.quotas.join(turn.now, party, tables.sessions.held_by(party.person),
                                         tables.sessions.held_at(party.network));
  if (!excess) return std::nullopt;
  return Problem{429, "Too many requests", excess->sentence, excess->retry_after_s};
}

// What is wrong with an offer, apart from who sends it.
std::optional<Problem> check_offer(const HttpRequest& http) {
  if (const auto problem = check_body(http, "application/sdp")) return problem;
  if (!accepts(http.accept, "application/sdp"))
    return Problem{406, "Not acceptable", "The answer is application/sdp, which Accept excludes."};
  const auto client = query_value(http.query, "client");
  if (client && !is_client_name(*client))
    return Problem{400, "Bad request", "client is 1 to 64 letters, digits, - or _."};
  return std::nullopt;
}

void post_offer(const Turn& turn, const Asker& asker, Target target, HttpRequest http) {
  Tables& tables = turn.tables;
  const auto caller = admit_to_media(turn, asker, http, target.class_id, grant_of(target.role));
  if (!caller) return;
  const bool may_found = target.role == Role::kPublish && caller->may_found(target.class_id);
  if (tables.find_class(target.class_id) == nullptr && !may_found)
    return reply_problem(asker, turn.is_starting() ? workers_starting() : unknown_class(),
                         turn.events);
  if (const auto problem = check_offer(http)) return reply_problem(asker, *problem, turn.events);
  ClassEntry* entry = tables.ensure_class(target.class_id, Classroom::Kind::kTaught);
  if (entry == nullptr) return reply_problem(asker, too_many_classes(), turn.events);
  PendingCreate create{.class_id = std::move(target.class_id),
                       .role = target.role,
                       .offer = std::move(http.body),
                       .party = {caller->person, network_of(*caller, http, target.role)},
                       .auth_until = tables.permissions.auth_until(*caller),
                       .client = std::string(query_value(http.query, "client").value_or("")),
                       .resumes = query_value(http.query, "resume") == "1",
                       .claim = 0,
                       .full = {},
                       .busy = {}};
  if (const auto problem = over_quota(turn, *caller, create))
    return reply_problem(asker, *problem, turn.events);
  if (create.role == Role::kPublish) {
    const auto claim =
        entry->room.claim(turn.now, {create.party.person, create.client, create.resumes});
    if (!claim)
      return reply_problem(
          asker,
          {409, "Conflict", "This class is already being taught. Ask the other teacher to stop."},
          turn.events);
    create.claim = *claim;
  }
  tables.sessions.hold(create.party);
  ask_for_session(turn, asker, std::move(create), turn.now + kRequestDeadline);
}

// The session that a PATCH or DELETE names, or an answer that says why not.
std::optional<SessionName> find_session(const Turn& turn, const Asker& asker, const Target& target,
                                        const Caller& caller) {
  auto name = SessionName::parse(target.session);
  const bool is_whole = name && name->to_string() == target.session;
  // One that a server with more workers has named: it will not come back.
  auto& workers = turn.tables.workers;
  const bool may_come = is_whole && (name->worker < turn.tables.config.expected_workers ||
                                     workers.find(name->worker) != nullptr);
  if (may_come && workers.ready(name->worker) == nullptr) {
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
  if (!caller.may_change(session->party.person)) {
    reply_refusal(asker, {403, "forbidden", "This session is somebody else's."}, turn.events);
    return std::nullopt;
  }
  return name;
}

// Whether a session's owner asks too often ([P70]); answered then.
bool is_too_much(const Turn& turn, const Asker& asker, const Caller& caller) {
  if (turn.tables.pending.size() >= kMaxPendingWithPublishers) {
    reply_problem(asker,
                  {503, "Service unavailable",
                   "Too many requests wait at this moment. Try again in two seconds.", 2},
                  turn.events);
    return true;
  }
  if (caller.is_dev) return false;
  const auto excess = turn.tables.quotas.change_session(turn.now, caller.person);
  if (excess) reply_excess(asker, *excess, turn.events);
  return excess.has_value();
}

// What If-Match means for the session, in the one form that a worker reads; nullopt after having
// answered 400 or 412.
std::optional<std::string> precondition(const Turn& turn, const Asker& asker,
                                        const HttpRequest& http, const SessionName& name) {
  if (std::max(http.if_match.size(), http.if_none_match.size()) > kMaxIfMatch) {
    reply_problem(asker, {400, "Bad request", "If-Match or If-None-Match is too long."},
                  turn.events);
    return std::nullopt;
  }
  const EntityTags if_match = EntityTags::parse(http.if_match);
  const std::string& current = turn.tables.sessions.find(name)->etag;
  // The session is there, so `*` excludes it (RFC 9110 §13.1.2).
  const EntityTags if_none_match = EntityTags::parse(http.if_none_match);
  if (if_none_match.is_any || if_none_match.match_weakly(current)) {
    reply_problem(asker, {412, "Precondition failed", "The session is as If-None-Match excludes."},
                  turn.events);
    return std::nullopt;
  }
  if (if_match.is_absent) return std::string();
  if (if_match.is_any) return std::string("*");
  if (if_match.match_strongly(current)) return current;
  reply_problem(asker,
                {412, "Precondition failed",
                 if_match.tags.empty()
                     ? "If-Match holds no entity tag: write it in its quotes, as ETag carries it."
                     : "The session has restarted ICE since."},
                turn.events);
  return std::nullopt;
}

void patch_session(const Turn& turn, const Asker& asker, const SessionName& name,
                   HttpRequest http) {
  if (const auto problem = check_body(http, "application/trickle-ice-sdpfrag"))
    return reply_problem(asker, *problem, turn.events);
  auto if_match = precondition(turn, asker, http, name);
  if (!if_match) return;
  const auto number = turn.tables.pending.add(
      {asker, name.worker, turn.now + kRequestDeadline, PendingPatch{name}});
  turn.send(name.worker, control::PatchSession{.request = number,
                                               .session = name.id,
                                               .content = std::move(http.body),
                                               .if_match = std::move(*if_match)});
}

void delete_session(const Turn& turn, const Asker& asker, const SessionName& name,
                    const HttpRequest& http) {
  if (!precondition(turn, asker, http, name)) return;
  const auto number = turn.tables.pending.add(
      {asker, name.worker, turn.now + kRequestDeadline, PendingDelete{name}});
  turn.send(name.worker, control::DeleteSession{.request = number, .session = name.id});
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
  const auto caller = admit_to_media(turn, asker, http, target->class_id, grant_of(target->role));
  if (!caller) return;
  const auto name = find_session(turn, asker, *target, *caller);
  if (!name || is_too_much(turn, asker, *caller)) return;
  if (caller->person == turn.tables.sessions.find(*name)->party.person)
    turn.tables.sessions.prolong(*name, turn.tables.permissions.auth_until(*caller));
  if (http.method == "PATCH") return patch_session(turn, asker, *name, std::move(http));
  delete_session(turn, asker, *name, http);
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
    if (std::holds_alternative<PendingCreate>(pending.what)) {
      try_elsewhere(turn, std::move(pending));
    } else if (std::holds_alternative<PendingDelete>(pending.what)) {
      reply(pending.asker, 200, {}, {}, turn.events);
    } else {
      reply_problem(pending.asker,
                    {404, "Not found", "The session has ended: its media worker was lost."},
                    turn.events);
    }
  }
}

void try_elsewhere(const Turn& turn, Pending pending) {
  auto& create = std::get<PendingCreate>(pending.what);
  if (create.role == Role::kView) turn.tables.sessions.release(create.class_id, pending.worker);
  create.full.insert(pending.worker);
  ask_for_session(turn, pending.asker, std::move(create), pending.deadline);
}

}  // namespace lectern::signaling
