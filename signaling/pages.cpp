#include "signaling/pages.h"

#include "signaling/drains.h"
#include "signaling/page_messages.h"
#include "signaling/request_checks.h"
#include "signaling/settle.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lectern::signaling {

using control::Role;

namespace {

constexpr std::size_t kMaxStudentFrame = 4 * 1024;   // [P34]
constexpr std::size_t kMaxTeacherFrame = 64 * 1024;  // [P34]
constexpr std::uint32_t kMaxDropped = 200;           // [P34]
constexpr std::size_t kMaxWaiting = 8;
constexpr Duration kComplaintPeriod = Duration::seconds(1);
constexpr Duration kClaimLimit = Duration::seconds(5);  // [P35]

// A page that has not been heard for so long has missed two of its pings ([P33]): its network is
// gone, and its place may go to the same person's next page.
constexpr Duration kDeafLimit = Duration::seconds(45);
// Tokens signed in one tick of a second, so that the loop is never held up: 100 of ES256 take 4 ms.
constexpr int kRenewalsPerTick = 100;

// Close codes ([P39]); 1009 and 1012 are those of RFC 6455 §7.4 and its registry.
constexpr std::uint16_t kTooLong = 1009;
constexpr std::uint16_t kServiceRestart = 1012;
constexpr const char* kRestartReason = "the server restarts";
constexpr std::uint16_t kWrongVersion = 4400;
constexpr std::uint16_t kUnauthorized = 4401;
constexpr std::uint16_t kForbidden = 4403;
constexpr std::uint16_t kUnknownClass = 4404;
constexpr std::uint16_t kSilent = 4408;
constexpr std::uint16_t kTooMany = 4429;
constexpr std::uint16_t kFull = 4503;

void close(const Turn& turn, ConnectionId page, std::uint16_t code, const char* reason) {
  turn.events.emplace_back(CloseWs{page, code, reason});
  if (code == kTooMany) ++turn.tables.totals.quota_refusals;
  forget_page(turn, page);
}

void refuse(const Turn& turn, ConnectionId page, std::uint16_t close_code, const char* code,
            const char* sentence) {
  turn.send(page, error_text(code, sentence));
  close(turn, page, close_code, code);
}

void tell_limit(const Turn& turn, const Page& page) {
  if (!page.media || page.media_waits_since) return;
  const Session* session = turn.tables.sessions.find(*page.media);
  if (session == nullptr || session->role != Role::kView) return;
  control::LimitTier limit = page.limit;
  limit.session = page.media->id;
  turn.send(page.media->worker, std::move(limit));
}

void send_move(const Turn& turn, ConnectionId page, const char* reason) {
  ++turn.tables.totals.moves;
  turn.send(page, move_text(reason));
}

bool may_have(const Page& page, const Session& session) {
  return session.class_id == page.class_id && page.caller.may_change(session.party.person) &&
         (session.role == Role::kView || page.role == PageRole::kTeacher);
}

// The page's session is known: it is the page's from now on.
void attach(const Turn& turn, Page& page, const SessionName& name, const Session& session) {
  turn.tables.roster.claim(page, name);
  if (page.caller.person == session.party.person)
    turn.tables.sessions.prolong(name, turn.tables.permissions.auth_until(page.caller));
  turn.tables.touch(page.class_id);
  move_if_draining(turn, name);
  if (session.role == Role::kPublish) {
    if (session.demand) turn.send(page.id, encodings_text(name, *session.demand));
    for (const control::Unusable& unusable : session.unusable)
      turn.send(page.id, unusable_text(name, unusable));
    return;
  }
  // Also "none" ([P103]): the worker may still hold a limit that was taken back while nobody heard
  // it.
  tell_limit(turn, page);
  if (session.rung) turn.send(page.id, rung_text(*session.rung));
}

// ------------------------------------------------------------------------- messages of a page

// Keeps a text until the class is known; a page has no reason to say much before its welcome.
void wait(Page& page, std::string_view text) {
  if (page.waiting.size() < kMaxWaiting && text.size() <= kMaxStudentFrame)
    page.waiting.emplace_back(text);
}

// Who says hello. A page that was offline while its token expired comes back with it ([P73]).
std::expected<Caller, Refusal> caller_of(const Turn& turn, const Page& page,
                                         const HelloMessage& hello) {
  const Permissions& permissions = turn.tables.permissions;
  auto caller = permissions.identify(hello.token, page.is_local, turn.unix_seconds());
  if (caller || !caller.error().is_late()) return caller;
  auto late = permissions.identify(hello.token, page.is_local, turn.unix_seconds(), kReturnGrace);
  if (late && is_coming_back(turn, *late, hello.class_id, hello.client)) return late;
  return caller;
}

// A place among the person's connections ([P70]) and among all; false after having refused. Of a
// person who has too many, one that is not heard any more gives way: a page on a bad link leaves
// many behind.
bool take_place(const Turn& turn, Page& page, const Caller& caller) {
  Roster& roster = turn.tables.roster;
  if (page.is_known) return true;
  if (roster.known() >= turn.tables.config.max_connections) {
    refuse(turn, page.id, kFull, "full", "This server is full. Try again later.");
    return false;
  }
  const std::set<ConnectionId>& own = roster.of_person(caller.person);
  if (!caller.is_dev && own.size() >= turn.tables.config.quotas.connections_per_person) {
    const ConnectionId quiet = *std::ranges::min_element(
        own, {}, [&roster](ConnectionId id) { return roster.find(id)->heard_at; });
    if (turn.now < roster.find(quiet)->heard_at + kDeafLimit) {
      refuse(turn, page.id, kTooMany, "too-many-connections",
             "This link is open in too many pages. Close some of them.");
      return false;
    }
    close(turn, quiet, kSilent, "silent for too long");
  }
  turn.tables.ungreeted.remove(page.id);
  roster.know(page, caller.person);
  return true;
}

// `text`: the message as it came, to be read again should it have to wait.
void say_hello(const Turn& turn, Page& page, HelloMessage hello, std::string_view text) {
  const ConnectionId id = page.id;
  if (hello.version != 1)
    return refuse(turn, id, kWrongVersion, "version",
                  "This page is older or newer than the server. Reload it.");
  Tables& tables = turn.tables;
  auto caller = caller_of(turn, page, hello);
  if (!caller) return refuse(turn, id, kUnauthorized, caller.error().code, caller.error().text);
  const bool is_teacher = hello.role == PageRole::kTeacher;
  if (const auto refusal = Permissions::refuse(*caller, hello.class_id,
                                               is_teacher ? &Grants::publish : &Grants::join))
    return refuse(turn, id, kForbidden, refusal->code, refusal->text);
  if (!take_place(turn, page, *caller)) return;
  const bool may_found = is_teacher && caller->may_found(hello.class_id);
  ClassEntry* entry = tables.find_class(hello.class_id);
  if (entry == nullptr && may_found && is_class_name(hello.class_id))
    entry = tables.ensure_class(hello.class_id, Classroom::Kind::kTaught);
  if (entry == nullptr && may_found && is_class_name(hello.class_id))
    return refuse(turn, id, kFull, "classes-full",
                  "This server holds no more classes. Try again later.");
  if (entry == nullptr && turn.is_starting() && text.size() <= kMaxStudentFrame)
    return wait(page, text);
  if (entry == nullptr)
    return refuse(turn, id, kUnknownClass, "unknown-class", "There is no class of this name.");
  page.is_greeted = true;
  page.role = hello.role;
  page.class_id = std::move(hello.class_id);
  page.client = std::move(hello.client);
  page.caller = std::move(*caller);
  page.renewal_spread = tables.rng.unit();
  if (is_teacher) {
    page.rate = MessageRate(50, 100);
    turn.events.emplace_back(AllowFrames{id, kMaxTeacherFrame});
  }
  tables.roster.enter(page);
  tables.touch(page.class_id);
  turn.send(id, welcome_text(page, tables.config.version));
  turn.send(id, class_text(entry->shown));
  send_audience(turn, page);
}

void say(const Turn& turn, Page& page, HelloMessage& /*hello*/) {
  turn.send(page.id, error_text("bad-message", "This page has said hello already."));
}

void say(const Turn& turn, Page& page, MediaMessage& media) {
  Tables& tables = turn.tables;
  tables.touch(page.class_id);
  if (!media.session) return tables.roster.claim(page, std::nullopt);
  if (const Session* session = tables.sessions.find(*media.session)) {
    if (may_have(page, *session)) return attach(turn, page, *media.session, *session);
  } else if (tables.workers.ready(media.session->worker) == nullptr) {
    tables.roster.claim(page, std::move(media.session));
    page.media_waits_since = turn.now;
    return;
  }
  tables.roster.claim(page, std::nullopt);
  send_move(turn, page.id, "gone");
}

void say(const Turn& turn, Page& page, ReportMessage& report) {
  page.trouble.reset();
  if (report.without_sound || report.without_picture)
    page.trouble =
        Page::Trouble{turn.now, report.without_sound, report.without_picture, report.without_codec};
}

void say(const Turn& turn, Page& page, LimitMessage& limit) {
  page.limit = limit.limit;
  tell_limit(turn, page);
}

void say(const Turn& turn, Page& page, SourcesMessage& sources) {
  if (page.role != PageRole::kTeacher)
    return turn.send(page.id, error_text("not-allowed", "Only a teacher has sources."));
  page.sources = sources.sources;
  turn.tables.touch(page.class_id);
}

void say(const Turn& turn, Page& page, PingMessage& ping) {
  turn.send(page.id, pong_text(ping.t));
}

void say(const Turn& /*turn*/, Page& /*page*/, UnknownMessage& /*unknown*/) {}

void read_text(const Turn& turn, Page& page, std::string_view text) {
  auto message = parse_page_message(text);
  if (!message) return turn.send(page.id, error_text("bad-message", message.error()));
  if (page.is_greeted) return std::visit([&](auto& m) { say(turn, page, m); }, *message);
  if (auto* hello = std::get_if<HelloMessage>(&*message))
    return say_hello(turn, page, std::move(*hello), text);
  turn.send(page.id, error_text("hello-first", "The first message is hello."));
}

// Whether the page may say one more thing now ([P34]); it may be gone afterwards.
bool passes_rate(const Turn& turn, Page& page) {
  if (page.rate.take(turn.now)) return true;
  ++turn.tables.totals.ws_messages_dropped;
  if (++page.dropped >= kMaxDropped) {
    close(turn, page.id, kTooMany, "too-many-messages");
  } else if (turn.now >= page.complained_at + kComplaintPeriod) {
    page.complained_at = turn.now;
    turn.send(page.id, error_text("too-many-messages", "That was too fast and was not read."));
  }
  return false;
}

// Renews the page's token when it is time, at most `budget` of all; closes the page at the end of
// all renewals ([P72]).
void tick_token(const Turn& turn, Page& page, int& budget) {
  const Permissions& permissions = turn.tables.permissions;
  const std::int64_t now = turn.unix_seconds();
  const auto end = permissions.auth_until(page.caller);
  if (end && now >= *end + kAuthLeeway)
    return refuse(turn, page.id, kUnauthorized, "token-expired",
                  "This link has expired. Ask for a new one.");
  if (budget == 0 || !permissions.is_renewal_due(page.caller, page.renewal_spread, now)) return;
  const auto token = permissions.renewed(page.caller, now);
  if (!token) return;
  --budget;
  turn.send(page.id, token_text(*token));
}

void tick_page(const Turn& turn, Page& page, int& renewals) {
  if (!page.is_known && turn.now >= page.opened_at + kHelloLimit)
    return close(turn, page.id, kSilent, "no hello");
  if (turn.now >= page.heard_at + kIdleLimit)
    return close(turn, page.id, kSilent, "silent for too long");
  if (page.media_waits_since && turn.now >= *page.media_waits_since + kClaimLimit) {
    turn.tables.roster.claim(page, std::nullopt);
    send_move(turn, page.id, "gone");
  }
  if (page.is_greeted) tick_token(turn, page, renewals);
}

}  // namespace

void open_page(const Turn& turn, ConnectionId connection, const WsPeer& peer) {
  Tables& tables = turn.tables;
  ++tables.totals.ws_opened;
  if (tables.is_stopping) {
    turn.events.emplace_back(CloseWs{connection, kServiceRestart, kRestartReason});
    return;
  }
  if (!tables.permissions.is_origin_allowed(peer.host, peer.origin)) {
    turn.events.emplace_back(CloseWs{connection, kForbidden, "origin"});
    return;
  }
  Page& page = tables.roster.open(connection, turn.now);
  page.is_local = tables.permissions.is_local(peer.address, peer.host, peer.is_forwarded);
  const auto network =
      page.is_local ? std::nullopt : std::optional<Network>(Network::of(peer.address));
  // [P70] Without a token nobody has a place; who says hello at once is never the oldest.
  if (const auto oldest = tables.ungreeted.add(connection, network))
    refuse(turn, *oldest, kTooMany, "too-many-connections",
           "Too many connections wait for their hello. Try again in a few seconds.");
}

void forget_page(const Turn& turn, ConnectionId connection) {
  Tables& tables = turn.tables;
  const Page* page = tables.roster.find(connection);
  if (page == nullptr) return;
  if (page->is_greeted) tables.touch(page->class_id);
  if (page->is_greeted && !page->caller.is_dev && !page->client.empty())
    tables.comebacks.left(turn.now, page->caller.person,
                          Comebacks::page(page->class_id, page->client));
  tables.ungreeted.remove(connection);
  tables.roster.remove(connection);
}

void handle_page_text(const Turn& turn, ConnectionId connection, std::string_view text) {
  Page* page = turn.tables.roster.find(connection);
  if (page == nullptr) return;
  ++turn.tables.totals.ws_messages;
  page->heard_at = turn.now;
  const std::size_t limit = !page->is_greeted                  ? kMaxFirstFrame
                            : page->role == PageRole::kStudent ? kMaxStudentFrame
                                                               : kMaxTeacherFrame;
  if (text.size() > limit) return close(turn, connection, kTooLong, "too long");
  if (!passes_rate(turn, *page)) return;
  if (!page->waiting.empty()) return wait(*page, text);
  read_text(turn, *page, text);
}

void retry_waiting(const Turn& turn) {
  for (const ConnectionId id : turn.tables.roster.ids()) {
    const auto texts = std::exchange(turn.tables.roster.find(id)->waiting, {});
    for (const std::string& text : texts) {
      Page* page = turn.tables.roster.find(id);
      if (page == nullptr) break;
      if (!page->waiting.empty()) {
        wait(*page, text);
      } else {
        read_text(turn, *page, text);
      }
    }
  }
}

void resolve_claims(const Turn& turn, control::WorkerNumber worker) {
  for (const ConnectionId id : turn.tables.roster.ids()) {
    Page* page = turn.tables.roster.find(id);
    if (!page->media_waits_since || page->media->worker != worker) continue;
    const SessionName name = *page->media;
    const Session* session = turn.tables.sessions.find(name);
    if (session != nullptr && may_have(*page, *session)) {
      attach(turn, *page, name, *session);
    } else {
      turn.tables.roster.claim(*page, std::nullopt);
      send_move(turn, id, "gone");
    }
  }
}

void tick_pages(const Turn& turn) {
  if (!turn.is_starting()) retry_waiting(turn);
  int renewals = kRenewalsPerTick;
  for (const ConnectionId id : turn.tables.roster.ids())
    if (Page* page = turn.tables.roster.find(id)) tick_page(turn, *page, renewals);
}

void close_all_pages(const Turn& turn) {
  for (const ConnectionId id : turn.tables.roster.ids())
    close(turn, id, kServiceRestart, kRestartReason);
}

void close_class_pages(const Turn& turn, std::string_view class_id) {
  for (const PageRole role : {PageRole::kTeacher, PageRole::kStudent}) {
    const std::set<ConnectionId> pages = turn.tables.roster.pages(class_id, role);
    for (const ConnectionId page : pages)
      refuse(turn, page, kUnknownClass, "unknown-class", "This class has been closed.");
  }
}

}  // namespace lectern::signaling
