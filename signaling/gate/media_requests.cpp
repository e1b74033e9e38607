#include "signaling/gate/media_requests.h"

#include "signaling/gate/header_values.h"
#include "signaling/gate/request_checks.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

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

// Where a request comes from, as quotas count: this machine under --dev is not counted, and a
// publisher by person alone, since no crowd on its network is to keep a teacher out.
std::optional<Network> network_of(const Caller& caller, const HttpRequest& http, Role role) {
  if (caller.is_dev || role == Role::kPublish) return std::nullopt;
  return Network::of(http.peer);
}

bool Grants::* grant_of(Role role) {
  return role == Role::kPublish ? &Grants::publish : &Grants::join;
}

// [P70] Why nobody, or not this person, may have one more session now; nullopt when they may.
std::optional<Problem> over_quota(const GateTurn& turn, const Caller& caller,
                                  const PendingCreate& create) {
  const bool is_publisher = create.role == Role::kPublish;
  if (turn.placement().pending_requests() >=
      (is_publisher ? kMaxPendingWithPublishers : kMaxPending))
    return Problem{RefusalCode::kBusy,
                   "Too many people join at this moment. Try again in two seconds.", 2};
  if (caller.is_dev) return std::nullopt;
  const Party& party = create.party;
  const SessionDirectory& sessions = turn.placement().sessions();
  return turn.tables.quotas.join(turn.now(), party, sessions.held_by(party.person),
                                 sessions.held_at(party.network));
}

// What is wrong with an offer, apart from who sends it.
std::optional<Problem> check_offer(const HttpRequest& http) {
  if (const auto problem = check_body(http, "application/sdp")) return problem;
  if (!accepts(http.accept, "application/sdp"))
    return Problem{RefusalCode::kNotAcceptable,
                   "The answer is application/sdp, which Accept excludes."};
  const auto client = query_value(http.query, "client");
  if (client && !is_client_name(*client))
    return Problem{RefusalCode::kBadRequest, "client is 1 to 64 letters, digits, - or _."};
  return std::nullopt;
}

void post_offer(const GateTurn& turn, const Asker& asker, Target target, HttpRequest http) {
  const auto caller = admit_to_media(turn, asker, http, target.class_id, grant_of(target.role));
  if (!caller) return;
  const bool may_create_class =
      target.role == Role::kPublish && caller->may_create_class(target.class_id);
  if (!turn.desk().has_class(target.class_id) && !may_create_class)
    return reply_problem(asker, turn.is_starting() ? server_starting() : unknown_class(), turn);
  if (const auto problem = check_offer(http)) return reply_problem(asker, *problem, turn);
  if (!turn.desk().ensure_class(target.class_id, ClassKind::kTaught))
    return reply_problem(asker, too_many_classes(), turn);
  PendingCreate create{.class_id = std::move(target.class_id),
                       .role = target.role,
                       .offer = std::move(http.body),
                       .party = {caller->person, network_of(*caller, http, target.role)},
                       .auth_until = turn.tables.permissions.auth_until(*caller),
                       .client = std::string(query_value(http.query, "client").value_or("")),
                       .resumes = query_value(http.query, "resume") == "1",
                       .claim = 0,
                       .full = {},
                       .busy = {}};
  if (const auto problem = over_quota(turn, *caller, create))
    return reply_problem(asker, *problem, turn);
  if (!turn.placement().create(turn.of_placement(), asker, std::move(create)))
    reply_problem(asker,
                  {RefusalCode::kClassTaken,
                   "This class is already being taught. Ask the other teacher to stop."},
                  turn);
}

// The session that a PATCH or DELETE names, or an answer that says why not.
std::optional<SessionName> find_session(const GateTurn& turn, const Asker& asker,
                                        const Target& target, const Caller& caller) {
  auto name = SessionName::parse(target.session);
  const bool is_whole = name && name->to_string() == target.session;
  // One that a server with more workers has named: it will not come back.
  const WorkerTable& workers = turn.placement().workers();
  const bool may_come = is_whole && (name->worker < turn.tables.config.expected_workers ||
                                     workers.find(name->worker) != nullptr);
  if (may_come && workers.ready(name->worker) == nullptr) {
    reply_problem(asker,
                  {RefusalCode::kWorkerAway,
                   "The media worker of this session is not connected. Try again in a second.", 1},
                  turn);
    return std::nullopt;
  }
  const Session* session = is_whole ? turn.placement().sessions().find(*name) : nullptr;
  if (session == nullptr || session->class_id != target.class_id || session->role != target.role) {
    reply_problem(
        asker, {RefusalCode::kUnknownSession, "There is no such session, or it has ended."}, turn);
    return std::nullopt;
  }
  if (!caller.may_change(session->party.person)) {
    reply_problem(asker, {RefusalCode::kForbidden, "This session is somebody else's."}, turn);
    return std::nullopt;
  }
  return name;
}

// Whether a session's owner asks too often ([P70]); answered then.
bool is_too_much(const GateTurn& turn, const Asker& asker, const Caller& caller) {
  if (turn.placement().pending_requests() >= kMaxPendingWithPublishers) {
    reply_problem(
        asker,
        {RefusalCode::kBusy, "Too many requests wait at this moment. Try again in two seconds.", 2},
        turn);
    return true;
  }
  if (caller.is_dev) return false;
  const auto excess = turn.tables.quotas.change_session(turn.now(), caller.person);
  if (excess) reply_problem(asker, *excess, turn);
  return excess.has_value();
}

// What If-Match means for the session, in the one form that a worker reads; nullopt after having
// answered 400 or 412.
std::optional<std::string> precondition(const GateTurn& turn, const Asker& asker,
                                        const HttpRequest& http, const SessionName& name) {
  if (std::max(http.if_match.size(), http.if_none_match.size()) > kMaxIfMatch) {
    reply_problem(asker, {RefusalCode::kBadRequest, "If-Match or If-None-Match is too long."},
                  turn);
    return std::nullopt;
  }
  const EntityTags if_match = EntityTags::parse(http.if_match);
  const std::string& current = turn.placement().sessions().find(name)->etag;
  // The session is there, so `*` excludes it (RFC 9110 §13.1.2).
  const EntityTags if_none_match = EntityTags::parse(http.if_none_match);
  if (if_none_match.is_any || if_none_match.match_weakly(current)) {
    reply_problem(asker,
                  {RefusalCode::kPreconditionFailed, "The session is as If-None-Match excludes."},
                  turn);
    return std::nullopt;
  }
  if (if_match.is_absent) return std::string();
  if (if_match.is_any) return std::string("*");
  if (if_match.match_strongly(current)) return current;
  reply_problem(asker,
                {RefusalCode::kPreconditionFailed,
                 if_match.tags.empty()
                     ? "If-Match holds no entity tag: write it in its quotes, as ETag carries it."
                     : "The session has restarted ICE since."},
                turn);
  return std::nullopt;
}

void patch_session(const GateTurn& turn, const Asker& asker, const SessionName& name,
                   HttpRequest http) {
  if (const auto problem = check_body(http, "application/trickle-ice-sdpfrag"))
    return reply_problem(asker, *problem, turn);
  auto if_match = precondition(turn, asker, http, name);
  if (!if_match) return;
  turn.placement().patch(turn.of_placement(), asker, name, std::move(http.body),
                         std::move(*if_match));
}

void delete_session(const GateTurn& turn, const Asker& asker, const SessionName& name,
                    const HttpRequest& http) {
  if (!precondition(turn, asker, http, name)) return;
  turn.placement().remove(turn.of_placement(), asker, name);
}

}  // namespace

void handle_media_request(const GateTurn& turn, const Asker& asker, HttpRequest http) {
  auto target = parse_target(http.path);
  if (!target) return reply_problem(asker, not_found(), turn);
  if (target->session.empty()) {
    if (http.method == "POST") return post_offer(turn, asker, std::move(*target), std::move(http));
    if (http.method == "OPTIONS")
      return reply_options(asker, kEndpointMethods, {{"Accept-Post", "application/sdp"}}, turn);
    return reply_method_not_allowed(asker, kEndpointMethods, turn);
  }
  if (http.method == "OPTIONS")
    return reply_options(asker, kSessionMethods,
                         {{"Accept-Patch", "application/trickle-ice-sdpfrag"}}, turn);
  if (http.method != "PATCH" && http.method != "DELETE")
    return reply_method_not_allowed(asker, kSessionMethods, turn);
  const auto caller = admit_to_media(turn, asker, http, target->class_id, grant_of(target->role));
  if (!caller) return;
  const auto name = find_session(turn, asker, *target, *caller);
  if (!name || is_too_much(turn, asker, *caller)) return;
  if (caller->person == turn.placement().sessions().find(*name)->party.person)
    turn.placement().prolong(*name, turn.tables.permissions.auth_until(*caller));
  if (http.method == "PATCH") return patch_session(turn, asker, *name, std::move(http));
  delete_session(turn, asker, *name, http);
}

void answer_media_request(const GateTurn& turn, const Answered& answered) {
  const Asker& asker = answered.asker;
  if (const auto* problem = std::get_if<Problem>(&answered.outcome))
    return reply_problem(asker, *problem, turn);
  if (const auto* created = std::get_if<Answered::Created>(&answered.outcome)) {
    const std::string location = turn.tables.config.public_path +
                                 (created->role == Role::kPublish ? "/whip/" : "/whep/") +
                                 created->class_id + "/" + created->session.to_string();
    return reply(
        asker, 201,
        {{"Content-Type", "application/sdp"}, {"Location", location}, {"ETag", created->etag}},
        created->answer, turn);
  }
  const auto* patched = std::get_if<Answered::Patched>(&answered.outcome);
  if (patched == nullptr) return reply(asker, 200, {}, {}, turn);
  std::vector<Header> headers;
  if (!patched->etag.empty()) headers.emplace_back("ETag", patched->etag);
  if (patched->content.empty()) return reply(asker, 204, std::move(headers), {}, turn);
  headers.emplace_back("Content-Type", "application/trickle-ice-sdpfrag");
  reply(asker, 200, std::move(headers), patched->content, turn);
}

}  // namespace lectern::signaling
