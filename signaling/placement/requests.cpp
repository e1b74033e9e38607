#include "signaling/placement/requests.h"

#include "signaling/placement/choose_worker.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lectern::signaling {

using control::Role;
using control::WorkerNumber;

namespace {

std::optional<WorkerNumber> worker_for(const PlacementTurn& turn, const PendingCreate& create) {
  const Placement::Tables& tables = turn.tables;
  std::vector<WorkerLoad> loads;
  for (const auto& [number, worker] : tables.workers.all())
    loads.push_back({.worker = number,
                     .viewers = tables.sessions.viewers_at(number),
                     .publishers = tables.sessions.publishers_at(number),
                     .viewers_of_class = tables.sessions.viewers(create.class_id, number),
                     .takes_sessions =
                         worker.is_ready && !worker.is_draining && !create.full.contains(number)});
  const Publication* publication = turn.tables.find_publication(create.class_id);
  return choose_worker({.role = create.role,
                        .workers = loads,
                        .origin = publication != nullptr ? publication->origin() : std::nullopt,
                        .max_viewers = tables.config.max_viewers_per_worker,
                        .max_publishers = tables.config.max_publishers_per_worker});
}

// The session will not come to be: its maker is not counted for it any more, and a publisher's
// claim is given up.
void give_up(const PlacementTurn& turn, const PendingCreate& create) {
  turn.touch(create.class_id);
  turn.tables.sessions.unhold(create.party);
  if (create.role != Role::kPublish) return;
  if (Publication* publication = turn.tables.find_publication(create.class_id))
    publication->publisher_refused(create.claim);
}

// Why no worker takes the session now.
Problem no_worker(const PlacementTurn& turn, const PendingCreate& create) {
  if (turn.tables.workers.ready_count() == 0) return server_starting();
  return create.busy.value_or(
      Problem{RefusalCode::kFull, "This server is full. Try again in a few seconds.", 5});
}

}  // namespace

void ask_for_session(const PlacementTurn& turn, const Asker& asker, PendingCreate create,
                     Instant deadline) {
  Placement::Tables& tables = turn.tables;
  const auto worker = worker_for(turn, create);
  if (!worker) {
    give_up(turn, create);
    return turn.answer(asker, no_worker(turn, create));
  }
  if (create.role == Role::kView) tables.sessions.reserve(create.class_id, *worker);
  turn.touch(create.class_id);
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

void try_elsewhere(const PlacementTurn& turn, Pending pending) {
  auto& create = std::get<PendingCreate>(pending.what);
  if (create.role == Role::kView) turn.tables.sessions.release(create.class_id, pending.worker);
  create.full.insert(pending.worker);
  ask_for_session(turn, pending.asker, std::move(create), pending.deadline);
}

void release_places(const PlacementTurn& turn, const Pending& pending) {
  const auto* create = std::get_if<PendingCreate>(&pending.what);
  if (create == nullptr) return;
  give_up(turn, *create);
  if (create->role == Role::kView) turn.tables.sessions.release(create->class_id, pending.worker);
}

void expire_requests(const PlacementTurn& turn) {
  for (const Pending& pending : turn.tables.pending.take_overdue(turn.now())) {
    release_places(turn, pending);
    ++turn.tables.totals.timeouts;
    turn.answer(pending.asker,
                {RefusalCode::kWorkerSilent, "The media worker did not answer. Try again."});
  }
}

void move_requests(const PlacementTurn& turn, WorkerNumber dead) {
  for (Pending& pending : turn.tables.pending.take_worker(dead)) {
    if (std::holds_alternative<PendingCreate>(pending.what)) {
      try_elsewhere(turn, std::move(pending));
    } else if (std::holds_alternative<PendingDelete>(pending.what)) {
      turn.tell(Answered{pending.asker, Answered::Deleted{}});
    } else {
      turn.answer(pending.asker, {RefusalCode::kUnknownSession,
                                  "The session has ended: its media worker was lost."});
    }
  }
}

void cancel_requests(const PlacementTurn& turn, std::string_view class_id) {
  for (const Pending& pending : turn.tables.pending.take_class(class_id)) {
    release_places(turn, pending);
    turn.answer(pending.asker, unknown_class());
  }
}

}  // namespace lectern::signaling
