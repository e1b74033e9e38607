#include "signaling/worker_messages.h"

#include "signaling/drains.h"
#include "signaling/media_answers.h"
#include "signaling/media_requests.h"
#include "signaling/page_messages.h"
#include "signaling/pages.h"

#include <optional>
#include <utility>

namespace lectern::signaling {

using control::Role;
using control::SessionPhase;

namespace {

// A worker says Hello as the first thing on its link.
constexpr Duration kHelloPatience = Duration::seconds(5);

void close_link(const Turn& turn, WorkerId link, std::optional<control::WorkerNumber> number,
                std::string reason) {
  turn.events.emplace_back(CloseWorker{link, number, std::move(reason)});
  worker_gone(turn, link);
}

// A publisher that outlived a signaling. Of two of one class, one is over: which may be the one
// listed here, then it is not kept.
bool adopt_publisher(const Turn& turn, ClassEntry& entry, const SessionName& name,
                     const OwnerTag& owner, SessionPhase phase) {
  const auto adopted =
      entry.room.publisher_adopted(turn.now, name, {owner.person, owner.client}, phase);
  if (!adopted.loser) return true;
  if (*adopted.loser == name) return false;
  turn.send(adopted.loser->worker,
            control::DeleteSession{.request = 0, .session = adopted.loser->id});
  end_session(turn, *adopted.loser, "closed", false);
  return true;
}

// Sessions that outlived a signaling ([P51]).
void adopt_sessions(const Turn& turn, const Worker& worker,
                    const std::vector<control::SessionEntry>& sessions) {
  Tables& tables = turn.tables;
  for (const control::SessionEntry& entry : sessions) {
    if (entry.phase == SessionPhase::kClosed || !is_class_name(entry.class_id)) continue;
    const SessionName name{worker.number, entry.id};
    ClassEntry* known = tables.ensure_class(entry.class_id, Classroom::Kind::kTaught);
    const OwnerTag owner = OwnerTag::parse(entry.owner);
    const bool is_kept =
        known != nullptr &&
        (entry.role == Role::kView || adopt_publisher(turn, *known, name, owner, entry.phase));
    if (!is_kept) {
      turn.send(worker.number, control::DeleteSession{.request = 0, .session = entry.id});
      continue;
    }
    tables.sessions.add(name, {.class_id = entry.class_id,
                               .role = entry.role,
                               .phase = entry.phase,
                               .party = {owner.person, std::nullopt},
                               .client = owner.client,
                               .etag = entry.etag,
                               .auth_until = owner.auth_until});
    tables.touch(entry.class_id);
  }
}

void listing_goes_on(const Turn& turn, Worker& worker, bool more) {
  if (more) return;
  worker.is_ready = true;
  // Classes whose legs could not be ordered while this worker was unknown.
  for (const auto& [class_id, entry] : turn.tables.classes) turn.tables.touch(class_id);
  resolve_claims(turn, worker.number);
  retry_waiting(turn);
}

void say(const Turn& turn, Worker& worker, control::SessionList& list) {
  if (worker.is_ready) return;  // only a continuation of Hello
  adopt_sessions(turn, worker, list.sessions);
  listing_goes_on(turn, worker, list.more);
}

void say(const Turn& turn, Worker& worker, control::SessionCreated& created) {
  session_created(turn, worker, created);
}
void say(const Turn& turn, Worker& worker, control::SessionRefused& refused) {
  session_refused(turn, worker, refused);
}
void say(const Turn& turn, Worker& worker, control::SessionPatched& patched) {
  session_patched(turn, worker, patched);
}
void say(const Turn& turn, Worker& worker, control::SessionDeleted& deleted) {
  session_deleted(turn, worker, deleted);
}

void say(const Turn& turn, Worker& worker, control::SessionState& state) {
  const SessionName name{worker.number, state.session};
  const Session* session = turn.tables.sessions.find(name);
  if (session == nullptr) return;
  if (state.phase == SessionPhase::kClosed) {
    // What somebody has asked for is no reason for a page to come back.
    const bool was_asked = state.reason == "deleted" || state.reason == "replaced";
    end_session(turn, name, was_asked ? nullptr : "closed", state.reason == "deleted");
    return;
  }
  turn.tables.touch(session->class_id);
  if (session->role == Role::kPublish)
    if (ClassEntry* entry = turn.tables.find_class(session->class_id))
      entry->room.publisher_phase(turn.now, name, state.phase);
  turn.tables.sessions.set_phase(name, state.phase);
}

void say(const Turn& turn, Worker& worker, control::SourceState& state) {
  ClassEntry* entry = turn.tables.find_class(state.class_id);
  if (entry == nullptr) return;
  entry->room.source_state(turn.now, {worker.number, state.session}, state.tracks);
  turn.tables.touch(state.class_id);
}

void say(const Turn& turn, Worker& worker, control::SourceDemand& demand) {
  const SessionName name{worker.number, demand.session};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr || session->role != Role::kPublish) return;
  session->demand = std::move(demand);
  if (const Page* page = turn.tables.roster.page_of(name))
    turn.send(page->id, encodings_text(name, *session->demand));
}

// [P85]
void say(const Turn& turn, Worker& worker, control::Unusable& news) {
  const SessionName name{worker.number, news.session};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr || session->role != Role::kPublish) return;
  if (const Page* page = turn.tables.roster.page_of(name))
    turn.send(page->id, unusable_text(name, news));
  std::erase_if(session->unusable,
                [&](const control::Unusable& known) { return known.track == news.track; });
  constexpr size_t kMostTracks = control::kTracks + 1;
  if (!news.reason.empty() && session->unusable.size() < kMostTracks)
    session->unusable.push_back(std::move(news));
}

void say(const Turn& turn, Worker& worker, control::SessionRung& state) {
  const SessionName name{worker.number, std::move(state.session)};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr) return;
  session->rung = Rung{std::move(state.rung), state.fps, std::move(state.reason)};
  if (const Page* page = turn.tables.roster.page_of(name))
    turn.send(page->id, rung_text(*session->rung));
}

void say(const Turn& turn, Worker& worker, control::Audience& audience) {
  // Of a class that has gone nobody would say that its viewers have.
  if (audience.rungs.empty() || turn.tables.find_class(audience.class_id) == nullptr) {
    worker.rungs.erase(audience.class_id);
  } else {
    worker.rungs[audience.class_id] = std::move(audience.rungs);
  }
}

void say(const Turn& turn, Worker& worker, control::LegRefused& refused) {
  turn.tables.legs.refused(turn.now, refused.class_id, refused.leg, worker.number,
                           turn.tables.workers, turn.events);
}

void say(const Turn& /*turn*/, Worker& worker, control::Load& load) {
  worker.load = std::move(load);
}

void say(const Turn& /*turn*/, Worker& /*worker*/, control::Alive& /*alive*/) {}

void say(const Turn& turn, Worker& worker, control::Draining& /*draining*/) {
  drain_worker(turn, worker.number);
}

// A second Hello on one link.
void say(const Turn& turn, Worker& worker, control::Hello& /*hello*/) {
  close_link(turn, worker.link, worker.number, "a second hello");
}

void first_hello(const Turn& turn, WorkerId link, const control::Hello& hello) {
  Tables& tables = turn.tables;
  if (hello.schema != control::kSchema)
    return close_link(turn, link, hello.worker, "another schema of control messages");
  // The same worker on a new link: the old one is dead, only the news of it is slower.
  if (const Worker* older = tables.workers.find(hello.worker))
    close_link(turn, older->link, hello.worker, "the worker has connected again");
  Worker& worker = tables.workers.greeted(link, hello);
  adopt_sessions(turn, worker, hello.sessions);
  listing_goes_on(turn, worker, hello.more);
}

}  // namespace

void handle_worker_message(const Turn& turn, WorkerId link, control::FromWorker message) {
  Worker* worker = turn.tables.workers.by_link(link);
  if (worker != nullptr) {
    worker->silence.heard();
    return std::visit([&](auto& m) { say(turn, *worker, m); }, message);
  }
  if (const auto* hello = std::get_if<control::Hello>(&message))
    return first_hello(turn, link, *hello);
  close_link(turn, link, std::nullopt, "the first message is hello");
}

void worker_gone(const Turn& turn, WorkerId link) {
  Tables& tables = turn.tables;
  const auto worker = tables.workers.remove(link);
  if (!worker) return;
  ++tables.totals.workers_lost;
  tables.moves.forget_worker(worker->number);
  tables.legs.worker_gone(worker->number, tables.workers, turn.events);
  for (const SessionName& name : tables.sessions.at_worker(worker->number))
    end_session(turn, name, "worker", false);
  for (auto& [class_id, entry] : tables.classes) {
    entry.room.worker_gone(turn.now, worker->number);
    tables.touch(class_id);
  }
  move_media_requests(turn, worker->number);
}

void look_at_workers(const Turn& turn, Duration passed) {
  Tables& tables = turn.tables;
  for (const WorkerId link : tables.workers.without_hello(turn.now - kHelloPatience))
    close_link(turn, link, std::nullopt, "no hello");
  for (const control::WorkerNumber number : tables.workers.look(passed)) {
    ++tables.totals.workers_silent;
    // Should it speak again, it finds its channel closed, and says in a new Hello what it has.
    close_link(turn, tables.workers.find(number)->link, number, "it does not answer");
    tables.workers.note_silent(number);
  }
}

}  // namespace lectern::signaling
