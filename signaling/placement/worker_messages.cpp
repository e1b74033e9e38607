#include "signaling/placement/worker_messages.h"

#include "signaling/placement/answers.h"
#include "signaling/placement/drains.h"
#include "signaling/placement/requests.h"

#include <optional>
#include <utility>
#include <vector>

namespace lectern::signaling {

using control::Role;
using control::SessionPhase;

namespace {

// A worker says Hello as the first thing on its link.
constexpr Duration kHelloPatience = Duration::seconds(5);
constexpr std::size_t kMaxKind = 32;  // of a kind in a log line

void close_link(const PlacementTurn& turn, WorkerId link,
                std::optional<control::WorkerNumber> number, std::string reason) {
  turn.context.events.emplace_back(CloseWorker{link, number, std::move(reason)});
  on_worker_gone(turn, link);
}

// A publisher that outlived a signaling. Of two of one class, one is over: which may be the one
// listed here, then it is not kept.
bool adopt_publisher(const PlacementTurn& turn, const control::SessionEntry& entry,
                     const SessionName& name, const OwnerTag& owner) {
  const auto adopted = turn.tables.publications[entry.class_id].publisher_adopted(
      turn.now(), name, {owner.person, owner.client}, entry.phase);
  if (!adopted.loser) return true;
  if (*adopted.loser == name) return false;
  turn.delete_at_worker(*adopted.loser);
  end_session(turn, *adopted.loser, "closed", false);
  return true;
}

// Sessions that outlived a signaling ([P51]).
void adopt_sessions(const PlacementTurn& turn, const Worker& worker,
                    const std::vector<control::SessionEntry>& sessions) {
  for (const control::SessionEntry& entry : sessions) {
    if (entry.phase == SessionPhase::kClosed || !is_class_name(entry.class_id)) continue;
    const SessionName name{worker.number, entry.id};
    const OwnerTag owner = OwnerTag::parse(entry.owner);
    if (entry.role == Role::kPublish && !adopt_publisher(turn, entry, name, owner)) {
      turn.delete_at_worker(name);
      continue;
    }
    turn.tables.sessions.add(name, {.class_id = entry.class_id,
                                    .role = entry.role,
                                    .phase = entry.phase,
                                    .party = {owner.person, std::nullopt},
                                    .client = owner.client,
                                    .etag = entry.etag,
                                    .auth_until = owner.auth_until});
    turn.touch(entry.class_id);
    turn.tell(ClassListed{entry.class_id});
  }
}

void listing_goes_on(const PlacementTurn& turn, Worker& worker, bool more) {
  if (more) return;
  worker.is_ready = true;
  // Classes whose legs could not be ordered while this worker was unknown.
  for (const auto& [class_id, publication] : turn.tables.publications) turn.touch(class_id);
  turn.tell(WorkerListed{worker.number});
}

void on(const PlacementTurn& turn, Worker& worker, control::SessionList& list) {
  if (worker.is_ready) return;  // only a continuation of Hello
  adopt_sessions(turn, worker, list.sessions);
  listing_goes_on(turn, worker, list.more);
}

void on(const PlacementTurn& turn, Worker& worker, control::SessionCreated& created) {
  on_session_created(turn, worker, created);
}
void on(const PlacementTurn& turn, Worker& worker, control::SessionRefused& refused) {
  on_session_refused(turn, worker, refused);
}
void on(const PlacementTurn& turn, Worker& worker, control::SessionPatched& patched) {
  on_session_patched(turn, worker, patched);
}
void on(const PlacementTurn& turn, Worker& worker, control::SessionDeleted& deleted) {
  on_session_deleted(turn, worker, deleted);
}

void on(const PlacementTurn& turn, Worker& worker, control::SessionState& state) {
  const SessionName name{worker.number, state.session};
  const Session* session = turn.tables.sessions.find(name);
  if (session == nullptr) return;
  if (state.phase == SessionPhase::kClosed) {
    // A session that was deleted on request is gone on purpose: its page is not told to come back.
    const bool was_asked = state.reason == "deleted" || state.reason == "replaced";
    end_session(turn, name, was_asked ? nullptr : "closed", state.reason == "deleted");
    return;
  }
  turn.touch(session->class_id);
  if (session->role == Role::kPublish)
    if (Publication* publication = turn.tables.find_publication(session->class_id))
      publication->publisher_phase(turn.now(), name, state.phase);
  turn.tables.sessions.set_phase(name, state.phase);
}

void on(const PlacementTurn& turn, Worker& worker, control::SourceState& state) {
  Publication* publication = turn.tables.find_publication(state.class_id);
  if (publication == nullptr) return;
  publication->source_state(turn.now(), {worker.number, state.session}, state.tracks);
  turn.touch(state.class_id);
}

void on(const PlacementTurn& turn, Worker& worker, control::SourceDemand& demand) {
  const SessionName name{worker.number, demand.session};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr || session->role != Role::kPublish) return;
  session->demand = std::move(demand);
  turn.tell(DemandChanged{name});
}

// [P85]
void on(const PlacementTurn& turn, Worker& worker, control::Unusable& news) {
  const SessionName name{worker.number, news.session};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr || session->role != Role::kPublish) return;
  turn.tell(UnusableChanged{name, news});
  std::erase_if(session->unusable,
                [&](const control::Unusable& known) { return known.track == news.track; });
  constexpr size_t kMostTracks = control::kTracks + 1;
  if (!news.reason.empty() && session->unusable.size() < kMostTracks)
    session->unusable.push_back(std::move(news));
}

void on(const PlacementTurn& turn, Worker& worker, control::SessionRung& state) {
  const SessionName name{worker.number, std::move(state.session)};
  Session* session = turn.tables.sessions.find(name);
  if (session == nullptr) return;
  session->rung = Rung{std::move(state.rung), state.fps, std::move(state.reason)};
  turn.tell(RungChanged{name});
}

void on(const PlacementTurn& turn, Worker& worker, control::MediaTimes& times) {
  if (!turn.tables.sessions.has_sessions(times.class_id)) return;
  worker.times[times.class_id] = std::move(times.tracks);
  turn.tell(TimesChanged{std::move(times.class_id), worker.number});
}

void on(const PlacementTurn& turn, Worker& worker, control::Audience& audience) {
  // Nobody would take back what is said of a class whose last session is gone.
  if (audience.rungs.empty() || !turn.tables.sessions.has_sessions(audience.class_id)) {
    worker.rungs.erase(audience.class_id);
    worker.times.erase(audience.class_id);
  } else {
    worker.rungs[audience.class_id] = std::move(audience.rungs);
  }
}

void on(const PlacementTurn& turn, Worker& worker, control::LegRefused& refused) {
  turn.tables.legs.refused(turn.now(), refused.class_id, refused.leg, worker.number,
                           turn.tables.workers, turn.context.events);
}

void tell_clock(const PlacementTurn& turn, WorkerId link) {
  turn.context.events.emplace_back(
      ToWorker{link, control::Clock{.class_time_us = turn.context.class_time.us()}});
}

void on(const PlacementTurn& turn, Worker& worker, control::Load& load) {
  worker.load = std::move(load);
  tell_clock(turn, worker.link);
}

void on(const PlacementTurn& /*turn*/, Worker& /*worker*/, control::Alive& /*alive*/) {}

void on(const PlacementTurn& turn, Worker& worker, control::Draining& /*draining*/) {
  drain_worker(turn, worker.number);
}

// A second Hello on one link.
void on(const PlacementTurn& turn, Worker& worker, control::Hello& /*hello*/) {
  close_link(turn, worker.link, worker.number, "a second hello");
}

// Why whoever says this is not taken; it is told, and does not come back at once.
std::optional<std::string> fault_of(const control::Hello& hello) {
  if (hello.schema != control::kSchema)
    return "It speaks schema " + std::to_string(hello.schema) +
           " of the control messages, this signaling " + std::to_string(control::kSchema) +
           ": run one version of lectern.";
  if (hello.kind != control::kMediaKind)
    return "It is no media worker but `" + hello.kind.substr(0, kMaxKind) + "`.";
  return std::nullopt;
}

void first_hello(const PlacementTurn& turn, WorkerId link, const control::Hello& hello) {
  Placement::Tables& tables = turn.tables;
  if (const auto fault = fault_of(hello)) {
    turn.context.events.emplace_back(ToWorker{link, control::Unwelcome{*fault}});
    return close_link(turn, link, hello.worker, *fault);
  }
  // The same worker on a new link: the old one is dead, only the news of it is slower.
  if (const Worker* older = tables.workers.find(hello.worker))
    close_link(turn, older->link, hello.worker, "the worker has connected again");
  Worker& worker = tables.workers.greeted(link, hello);
  tell_clock(turn, link);
  adopt_sessions(turn, worker, hello.sessions);
  listing_goes_on(turn, worker, hello.more);
}

}  // namespace

void on_worker_message(const PlacementTurn& turn, WorkerId link, control::FromWorker message) {
  Worker* worker = turn.tables.workers.by_link(link);
  if (worker != nullptr) {
    worker->silence.heard();
    return std::visit([&](auto& m) { on(turn, *worker, m); }, message);
  }
  if (const auto* hello = std::get_if<control::Hello>(&message))
    return first_hello(turn, link, *hello);
  close_link(turn, link, std::nullopt, "the first message is hello");
}

void on_worker_gone(const PlacementTurn& turn, WorkerId link) {
  Placement::Tables& tables = turn.tables;
  const auto worker = tables.workers.remove(link);
  if (!worker) return;
  ++tables.totals.workers_lost;
  tables.moves.forget_worker(worker->number);
  tables.legs.worker_gone(worker->number, tables.workers, turn.context.events);
  for (const SessionName& name : tables.sessions.at_worker(worker->number))
    end_session(turn, name, "worker", false);
  for (auto& [class_id, publication] : tables.publications) {
    publication.worker_gone(turn.now(), worker->number);
    turn.touch(class_id);
  }
  move_requests(turn, worker->number);
}

void look_at_workers(const PlacementTurn& turn, Duration passed) {
  Placement::Tables& tables = turn.tables;
  for (const WorkerId link : tables.workers.without_hello(turn.now() - kHelloPatience))
    close_link(turn, link, std::nullopt, "no hello");
  for (const control::WorkerNumber number : tables.workers.look(passed)) {
    ++tables.totals.workers_silent;
    // Should it speak again, it finds its channel closed, and says in a new Hello what it has.
    close_link(turn, tables.workers.find(number)->link, number, "it does not answer");
    tables.workers.note_silent(number);
  }
}

}  // namespace lectern::signaling
