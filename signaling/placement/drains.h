// Workers that were told to stop: who is on them is asked to move, the publishers first, then the
// viewers one after another, so that a full worker does not fall upon the others in one moment
// ([P95]).
#pragma once

#include "base/time.h"
#include "media/control/messages.h"
#include "signaling/terms/names.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

namespace lectern::signaling {

struct PlacementTurn;

// Sessions whose pages are to be asked to move, by when.
class Moves {
 public:
  void add(Instant at, SessionName session) { by_time_.emplace(at, std::move(session)); }
  [[nodiscard]] std::vector<SessionName> take_due(Instant now);
  [[nodiscard]] Instant next() const {
    return by_time_.empty() ? Instant::never() : by_time_.begin()->first;
  }
  void forget_worker(control::WorkerNumber worker) {
    std::erase_if(by_time_, [&](const auto& move) { return move.second.worker == worker; });
  }

 private:
  std::multimap<Instant, SessionName> by_time_;
};

void drain_worker(const PlacementTurn& turn, control::WorkerNumber number);
// Asks those whose time has come.
void carry_out_moves(const PlacementTurn& turn);
// A page has said that it has this session: it moves too when the worker is being drained.
void move_if_draining(const PlacementTurn& turn, const SessionName& session);

}  // namespace lectern::signaling
