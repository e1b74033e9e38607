// What placement holds, and one input being worked off. Nobody outside this folder includes it:
// placement.h is the room's door.
#pragma once

#include "base/rng.h"
#include "signaling/placement/drains.h"
#include "signaling/placement/legs.h"
#include "signaling/placement/pending_requests.h"
#include "signaling/placement/placement.h"
#include "signaling/placement/publication.h"
#include "signaling/placement/session_directory.h"
#include "signaling/placement/worker_table.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::signaling {

struct Placement::Tables {
  Tables(const Config& settings, Rng& random) : config(settings), rng(random), pending(random) {}

  // Null: nobody has published in the class lately.
  [[nodiscard]] Publication* find_publication(std::string_view class_id) {
    const auto found = publications.find(class_id);
    return found == publications.end() ? nullptr : &found->second;
  }

  const Config& config;
  Rng& rng;
  WorkerTable workers;
  SessionDirectory sessions;
  std::map<std::string, Publication, std::less<>> publications;  // by class
  Legs legs;
  Moves moves;
  PendingRequests pending;
  PlacementTotals totals;
  Instant next_look = Instant::never();  // at the workers
  Instant looked;
};

// One input being worked off.
struct PlacementTurn {
  Placement::Tables& tables;
  const PlacementContext& context;

  [[nodiscard]] Instant now() const { return context.now; }
  void tell(NewsItem item) const { context.news.push_back(std::move(item)); }
  void answer(const Asker& asker, Problem problem) const {
    tell(Answered{asker, std::move(problem)});
  }
  void touch(std::string_view class_id) const { context.touched.emplace(class_id); }
  // Nothing when the worker is not connected.
  void send(control::WorkerNumber worker, control::ToWorker message) const {
    if (const Worker* known = tables.workers.find(worker))
      context.events.emplace_back(ToWorker{known->link, std::move(message)});
  }
  // The worker need not answer.
  void delete_at_worker(const SessionName& name) const {
    send(name.worker, control::DeleteSession{.request = 0, .session = name.id});
  }
};

}  // namespace lectern::signaling
