#include "signaling/gate/pages.h"

#include "base/json.h"
#include "signaling/desk/messages.h"
#include "signaling/gate/greeting.h"
#include "signaling/gate/request_checks.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {
namespace {

constexpr std::size_t kMaxStudentFrame = 4 * 1024;   // [P34]
constexpr std::size_t kMaxTeacherFrame = 64 * 1024;  // [P34]
constexpr std::uint32_t kMaxDropped = 200;           // [P34]
constexpr std::size_t kMaxWaiting = 8;
constexpr Duration kComplaintPeriod = Duration::seconds(1);

// A page that has not been heard for so long has missed two of its pings ([P33]): its network is
// gone, and its place may go to the same person's next page.
constexpr Duration kDeafLimit = Duration::seconds(45);
// Tokens signed in one tick of a second, so that the loop is never held up: 100 of ES256 take 4 ms.
constexpr int kRenewalsPerTick = 100;

// Close codes other than those of refusals ([P39], RefusalKind::close); 1009 and 1012 are those of
// RFC 6455 §7.4 and its registry.
constexpr std::uint16_t kTooLong = 1009;
constexpr std::uint16_t kServiceRestart = 1012;
constexpr const char* kRestartReason = "the server restarts";
constexpr std::uint16_t kForbidden = kind_of(RefusalCode::kForeignOrigin).close;
constexpr std::uint16_t kSilent = 4408;
constexpr std::uint16_t kTooMany = 4429;

void close(const GateTurn& turn, ConnectionId page, std::uint16_t code, std::string_view reason) {
  turn.events().emplace_back(CloseWs{page, code, std::string(reason)});
  if (code == kTooMany) ++turn.tables.totals.quota_refusals;
  forget_page(turn, page);
}

void refuse(const GateTurn& turn, ConnectionId page, const Problem& problem) {
  turn.send(page, error_text(problem));
  close(turn, page, problem.kind().close, problem.kind().code);
}

Problem bad_message(const char* sentence) {
  return {RefusalCode::kBadMessage, sentence};
}

// -------------------------------------------------------------------------------------- hello

// Keeps a text until the class is known; a page has no reason to say much before its welcome.
void wait(Connection& connection, std::string_view text) {
  if (connection.waiting.size() < kMaxWaiting && text.size() <= kMaxStudentFrame)
    connection.waiting.emplace_back(text);
}

// Who says hello. A page that was offline while its token expired comes back with it ([P73]).
std::expected<Caller, Problem> caller_of(const GateTurn& turn, const Connection& connection,
                                         const HelloMessage& hello) {
  const Permissions& permissions = turn.tables.permissions;
  auto caller = permissions.identify(hello.token, connection.is_local, turn.unix_seconds());
  if (caller || !is_late(caller.error())) return caller;
  auto late =
      permissions.identify(hello.token, connection.is_local, turn.unix_seconds(), kReturnGrace);
  if (late && is_coming_back(turn, *late, hello.class_id, hello.client)) return late;
  return caller;
}

// A place among the person's connections ([P70]) and among all; false after having refused. Of a
// person who has too many, one that is not heard any more gives way: a page on a bad link leaves
// many behind.
bool take_place(const GateTurn& turn, Connection& connection, const Caller& caller) {
  Connections& connections = turn.tables.connections;
  if (connection.person) return true;
  if (connections.known() >= turn.tables.config.max_connections) {
    refuse(turn, connection.id, {RefusalCode::kFull, "This server is full. Try again later."});
    return false;
  }
  const std::set<ConnectionId>& own = connections.of_person(caller.person);
  const std::size_t most = turn.tables.config.quotas.connections_per_person;
  if (!caller.is_dev && own.size() >= most) {
    const ConnectionId quiet = *std::ranges::min_element(
        own, {}, [&connections](ConnectionId id) { return connections.find(id)->heard_at; });
    if (turn.now() < connections.find(quiet)->heard_at + kDeafLimit) {
      refuse(turn, connection.id,
             {.code = RefusalCode::kTooManyConnections,
              .detail = "This link is open in too many pages. Close some of them.",
              .number = static_cast<std::int64_t>(most)});
      return false;
    }
    close(turn, quiet, kSilent, "silent for too long");
  }
  turn.tables.ungreeted.remove(connection.id);
  connections.know(connection, caller.person);
  return true;
}

// The page is in its class from now on.
void let_in(const GateTurn& turn, Connection& connection, HelloMessage hello, Caller caller) {
  connection.renewal_spread = turn.tables.rng.unit();
  if (hello.role == PageRole::kTeacher) {
    connection.rate = MessageRate(50, 100);
    turn.events().emplace_back(AllowFrames{connection.id, kMaxTeacherFrame});
  }
  turn.send(connection.id, welcome_text(hello, turn.tables.config.version));
  const auto auth_until = turn.tables.permissions.auth_until(caller);
  turn.desk().enter(turn.of_desk(), Member{.id = connection.id,
                                           .role = hello.role,
                                           .class_id = std::move(hello.class_id),
                                           .client = std::move(hello.client),
                                           .caller = std::move(caller),
                                           .auth_until = auth_until});
}

// `text`: the message as it came, to be read again should it have to wait.
void on_hello(const GateTurn& turn, Connection& connection, HelloMessage hello,
              std::string_view text) {
  const ConnectionId id = connection.id;
  if (hello.version != 1)
    return refuse(
        turn, id,
        {RefusalCode::kVersion, "This page is older or newer than the server. Reload it."});
  auto caller = caller_of(turn, connection, hello);
  if (!caller) return refuse(turn, id, caller.error());
  const bool is_teacher = hello.role == PageRole::kTeacher;
  if (const auto refusal = Permissions::refuse(*caller, hello.class_id,
                                               is_teacher ? &Grants::publish : &Grants::join))
    return refuse(turn, id, *refusal);
  if (!take_place(turn, connection, *caller)) return;
  Desk& desk = turn.desk();
  const bool is_known = desk.has_class(hello.class_id);
  const bool may_create =
      is_teacher && caller->may_create_class(hello.class_id) && is_class_name(hello.class_id);
  if (!is_known && may_create && !desk.ensure_class(hello.class_id, ClassKind::kTaught))
    return refuse(turn, id, too_many_classes());
  if (!is_known && !may_create && turn.is_starting() && text.size() <= kMaxStudentFrame)
    return wait(connection, text);
  if (!is_known && !may_create) return refuse(turn, id, unknown_class());
  let_in(turn, connection, std::move(hello), std::move(*caller));
}

// ----------------------------------------------------------------------------------- messages

// What was said above the rate is dropped ([P34]); the page may be gone afterwards.
void complain_of_haste(const GateTurn& turn, Connection& connection, const MessageRate& rate) {
  ++turn.tables.totals.ws_messages_dropped;
  if (++connection.dropped >= kMaxDropped) {
    close(turn, connection.id, kTooMany, kind_of(RefusalCode::kTooManyMessages).code);
  } else if (turn.now() >= connection.complained_at + kComplaintPeriod) {
    connection.complained_at = turn.now();
    turn.send(connection.id, error_text({.code = RefusalCode::kTooManyMessages,
                                         .detail = "That was too fast and was not read.",
                                         .number = rate.per_second()}));
  }
}

void on_ping(const GateTurn& turn, const Connection& connection, const nlohmann::json& json) {
  const auto ping = read_ping(json);
  turn.send(connection.id, ping ? pong_text(ping->t) : error_text(bad_message(ping.error())));
}

void on_report(const GateTurn& turn, const Member& member, const nlohmann::json& json) {
  const auto report = read_report(json);
  if (!report) return turn.send(member.id, error_text(bad_message(report.error())));
  if (member.role == PageRole::kStudent)
    turn.tables.reports.note(turn.now(), member.id, member.class_id, *report);
}

void on_first_message(const GateTurn& turn, Connection& connection, std::string_view type,
                      const nlohmann::json& json, std::string_view text) {
  if (type != "hello")
    return turn.send(connection.id,
                     error_text({RefusalCode::kHelloFirst, "The first message is hello."}));
  auto hello = read_hello(json);
  if (!hello) return turn.send(connection.id, error_text(bad_message(hello.error())));
  on_hello(turn, connection, std::move(*hello), text);
}

void read_text(const GateTurn& turn, Connection& connection, std::string_view text) {
  const auto json = parse_json_object(text);
  const auto type = json ? text_member(*json, "type") : std::nullopt;
  if (!type)
    return turn.send(connection.id,
                     error_text(bad_message("A message is one JSON object with a type.")));
  Member* member = turn.desk().find_member(connection.id);
  if (member == nullptr) return on_first_message(turn, connection, *type, *json, text);
  if (*type == "hello")
    return turn.send(connection.id, error_text(bad_message("This page has said hello already.")));
  if (*type == "ping") return on_ping(turn, connection, *json);
  if (*type == "report") return on_report(turn, *member, *json);
  const Feature* feature = find_feature(*type);
  if (feature != nullptr && !member->caller.is_dev &&
      !turn.tables.quotas.admit_message(turn.now(), member->caller.person, *feature))
    return complain_of_haste(turn, connection, feature->rate);
  turn.desk().on_message(turn.of_desk(), *member, *type, *json);
}

// Whether the page may say one more thing now ([P34]); it may be gone afterwards.
bool passes_rate(const GateTurn& turn, Connection& connection) {
  if (connection.rate.take(turn.now())) return true;
  complain_of_haste(turn, connection, connection.rate);
  return false;
}

// The longest frame that is read from this page ([P34]).
std::size_t most_octets(const Member* member) {
  if (member == nullptr) return kMaxFirstFrame;
  return member->role == PageRole::kStudent ? kMaxStudentFrame : kMaxTeacherFrame;
}

// A message of a page: known, not too long, not too fast ([P34])? Null when it is not to be read.
Connection* receive(const GateTurn& turn, ConnectionId id, std::size_t octets) {
  Connection* connection = turn.tables.connections.find(id);
  if (connection == nullptr) return nullptr;
  ++turn.tables.totals.ws_messages;
  connection->heard_at = turn.now();
  if (octets > most_octets(turn.desk().find_member(id))) {
    close(turn, id, kTooLong, "too long");
    return nullptr;
  }
  return passes_rate(turn, *connection) ? connection : nullptr;
}

// --------------------------------------------------------------------------------------- time

// Renews the page's token when it is time, at most `budget` of all; closes the page at the end of
// all renewals ([P72]).
void tick_token(const GateTurn& turn, const Connection& connection, Member& member, int& budget) {
  const Permissions& permissions = turn.tables.permissions;
  const std::int64_t now = turn.unix_seconds();
  if (member.auth_until && now >= *member.auth_until + kAuthLeeway)
    return refuse(turn, connection.id,
                  {RefusalCode::kTokenExpired, "This link has expired. Ask for a new one."});
  if (budget == 0 || !permissions.is_renewal_due(member.caller, connection.renewal_spread, now))
    return;
  const auto token = permissions.renewed(member.caller, now);
  if (!token) return;
  --budget;
  turn.send(connection.id, token_text(*token));
}

void tick_page(const GateTurn& turn, const Connection& connection, int& renewals) {
  if (!connection.person && turn.now() >= connection.opened_at + kHelloLimit)
    return close(turn, connection.id, kSilent, "no hello");
  if (turn.now() >= connection.heard_at + kIdleLimit)
    return close(turn, connection.id, kSilent, "silent for too long");
  if (Member* member = turn.desk().find_member(connection.id))
    tick_token(turn, connection, *member, renewals);
}

}  // namespace

void open_page(const GateTurn& turn, ConnectionId id, const WsPeer& peer) {
  Gate::Tables& tables = turn.tables;
  ++tables.totals.ws_opened;
  if (tables.is_stopping) {
    turn.events().emplace_back(CloseWs{id, kServiceRestart, kRestartReason});
    return;
  }
  if (!tables.permissions.is_origin_allowed(peer.host, peer.origin)) {
    turn.events().emplace_back(CloseWs{id, kForbidden, "origin"});
    return;
  }
  Connection& connection = tables.connections.open(id, turn.now());
  connection.is_local = tables.permissions.is_local(peer.address, peer.host, peer.is_forwarded);
  const auto network =
      connection.is_local ? std::nullopt : std::optional<Network>(Network::of(peer.address));
  // [P70] Without a token nobody has a place; who says hello at once is never the oldest.
  if (const auto oldest = tables.ungreeted.add(id, network))
    refuse(turn, *oldest,
           {RefusalCode::kNetworkBusy,
            "Too many connections wait for their hello. Try again in a few seconds.", 5});
}

void forget_page(const GateTurn& turn, ConnectionId id) {
  Gate::Tables& tables = turn.tables;
  const Member* member = turn.desk().find_member(id);
  if (member != nullptr && !member->caller.is_dev && !member->client.empty())
    tables.comebacks.left(turn.now(), member->caller.person,
                          Comebacks::page(member->class_id, member->client));
  turn.desk().leave(turn.of_desk(), id);
  tables.reports.forget(id);
  tables.ungreeted.remove(id);
  tables.connections.close(id);
}

void handle_page_binary(const GateTurn& turn, ConnectionId id, std::string_view message) {
  (void)receive(turn, id, message.size());
}

void handle_page_text(const GateTurn& turn, ConnectionId id, std::string_view text) {
  Connection* connection = receive(turn, id, text.size());
  if (connection == nullptr) return;
  if (!connection->waiting.empty()) return wait(*connection, text);
  read_text(turn, *connection, text);
}

void retry_waiting(const GateTurn& turn) {
  for (const ConnectionId id : turn.tables.connections.ids()) {
    const auto texts = std::exchange(turn.tables.connections.find(id)->waiting, {});
    for (const std::string& text : texts) {
      Connection* connection = turn.tables.connections.find(id);
      if (connection == nullptr) break;
      if (!connection->waiting.empty()) {
        wait(*connection, text);
      } else {
        read_text(turn, *connection, text);
      }
    }
  }
}

void tick_pages(const GateTurn& turn) {
  if (!turn.is_starting()) retry_waiting(turn);
  int renewals = kRenewalsPerTick;
  for (const ConnectionId id : turn.tables.connections.ids())
    if (const Connection* connection = turn.tables.connections.find(id))
      tick_page(turn, *connection, renewals);
}

void close_all_pages(const GateTurn& turn) {
  for (const ConnectionId id : turn.tables.connections.ids())
    close(turn, id, kServiceRestart, kRestartReason);
}

void close_pages_of_ended_class(const GateTurn& turn, const std::vector<ConnectionId>& pages) {
  for (const ConnectionId page : pages)
    refuse(turn, page, {RefusalCode::kUnknownClass, "This class has been closed."});
}

}  // namespace lectern::signaling
