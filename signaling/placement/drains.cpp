#include "signaling/placement/drains.h"

#include "signaling/placement/tables.h"

#include <utility>

namespace lectern::signaling {
namespace {

// Between two viewers of one worker. A join costs a worker some 2 ms of handshake
// (docs/decisions/0007), so the others take them in beside their own work.
constexpr Duration kMovePace = Duration::milliseconds(10);
// However many they are, they have been asked by then: half of what a worker waits by default.
constexpr Duration kLongestMoves = Duration::seconds(10);

bool has_refuge(const WorkerTable& workers, control::WorkerNumber number) {
  return std::ranges::any_of(workers.all(), [&](const auto& entry) {
    const Worker& other = entry.second;
    return other.number != number && other.is_ready && !other.is_draining;
  });
}

}  // namespace

std::vector<SessionName> Moves::take_due(Instant now) {
  std::vector<SessionName> due;
  while (!by_time_.empty() && by_time_.begin()->first <= now)
    due.push_back(std::move(by_time_.extract(by_time_.begin()).mapped()));
  return due;
}

void drain_worker(const PlacementTurn& turn, control::WorkerNumber number) {
  Placement::Tables& tables = turn.tables;
  Worker* worker = tables.workers.find(number);
  if (worker == nullptr || worker->is_draining) return;
  ++tables.totals.drains;
  worker->is_draining = true;
  worker->has_refuge = has_refuge(tables.workers, number);
  turn.send(number, control::Drain{.has_refuge = worker->has_refuge});
  if (!worker->has_refuge) return;
  std::vector<SessionName> viewers;
  for (const SessionName& name : tables.sessions.at_worker(number)) {
    // A class without its teacher is nothing, and a teacher needs the most time.
    if (tables.sessions.find(name)->role == control::Role::kPublish) {
      tables.moves.add(turn.now(), name);
    } else {
      viewers.push_back(name);
    }
  }
  const auto count = static_cast<std::int64_t>(viewers.size());
  const Duration pace = std::min(kMovePace, kLongestMoves / std::max<std::int64_t>(count, 1));
  for (std::size_t i = 0; i < viewers.size(); ++i)
    tables.moves.add(turn.now() + pace * static_cast<std::int64_t>(i), viewers[i]);
}

void carry_out_moves(const PlacementTurn& turn) {
  for (const SessionName& name : turn.tables.moves.take_due(turn.now())) {
    // The session goes on until its page has made another. Who has no page (an encoder, a player)
    // cannot be asked: it loses its session when the worker ends, and comes back by itself.
    if (turn.tables.sessions.find(name) != nullptr) turn.tell(SessionShouldMove{name});
  }
}

void move_if_draining(const PlacementTurn& turn, const SessionName& session) {
  const Worker* worker = turn.tables.workers.find(session.worker);
  if (worker != nullptr && worker->is_draining && worker->has_refuge)
    turn.tables.moves.add(turn.now(), session);
}

}  // namespace lectern::signaling
