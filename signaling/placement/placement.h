// Where media sessions are: the workers, the sessions at each, the legs between them, who publishes
// in a class, and the requests that wait for a worker's answer.
//
// Placement knows classes by name alone and no pages: what others must hear it says as News, which
// the caller routes. It decides nothing about rights either; who calls has checked them.
#pragma once

#include "base/class_time.h"
#include "base/rng.h"
#include "base/time.h"
#include "signaling/placement/news.h"
#include "signaling/placement/pending_requests.h"
#include "signaling/placement/publication.h"
#include "signaling/placement/session_directory.h"
#include "signaling/placement/worker_table.h"
#include "signaling/terms/config.h"
#include "signaling/terms/events.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lectern::signaling {

// What placement is handed with one input.
struct PlacementContext {
  Instant now;
  std::int64_t unix_seconds = 0;
  ClassTime class_time;
  Events& events;  // orders to workers
  News& news;
  std::set<std::string, std::less<>>& touched;  // classes whose state may have changed
};

// Counters for /metrics.
struct PlacementTotals {
  std::uint64_t timeouts = 0;  // requests that a worker did not answer
  std::uint64_t takeovers = 0;
  std::uint64_t workers_lost = 0;
  std::uint64_t workers_silent = 0;
  std::uint64_t drains = 0;
};

class Placement {
 public:
  // `config` and `rng` outlive this object.
  Placement(const Config& config, Rng& rng);
  ~Placement();
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  // ------------------------------------------------------------------ requests for sessions
  // Each is answered by one Answered with this asker, in this call or within 10 s.

  // A new session. False, and no answer, when the class is being taught by somebody else ([P16]).
  [[nodiscard]] bool create(const PlacementContext& context, const Asker& asker,
                            PendingCreate request);
  // `name` must exist. `if_match`: an entity tag, `*` or nothing.
  void patch(const PlacementContext& context, const Asker& asker, const SessionName& name,
             std::string fragment, std::string if_match);
  void remove(const PlacementContext& context, const Asker& asker, const SessionName& name);
  // Nobody waits for the answer any more: what a worker still makes is undone, and no Answered
  // follows.
  void request_gone(const PlacementContext& context, RequestId request);

  // ------------------------------------------------------------------------- of one session
  void limit(const PlacementContext& context, const SessionName& name, control::LimitTier limit);
  // What its page has switched on ([P38]).
  void set_wanted(const PlacementContext& context, const SessionName& name, const Sources& wanted);
  // Its owner has shown a token that ends then (nothing: never); the later end holds ([P72]).
  void prolong(const SessionName& name, std::optional<std::int64_t> auth_until);
  // Says SessionShouldMove in time if its worker is being drained.
  void move_if_draining(const PlacementContext& context, const SessionName& name);

  // --------------------------------------------------------------------------- of one class
  // Ends every session of the class, and answers who waits for one.
  void end_class(const PlacementContext& context, std::string_view class_id);

  // -------------------------------------------------------------------------------- workers
  void worker_connected(const PlacementContext& context, WorkerId link);
  void worker_message(const PlacementContext& context, WorkerId link, control::FromWorker message);
  void worker_gone(const PlacementContext& context, WorkerId link);

  // ----------------------------------------------------------------------------------- time
  // Brings publishers and legs of the touched classes up to date; to be called after each input,
  // until it says no more news.
  void settle(const PlacementContext& context);
  void handle_timeout(const PlacementContext& context);
  // To be called each second while needs_ticks().
  void tick(const PlacementContext& context);
  [[nodiscard]] bool needs_ticks() const;
  [[nodiscard]] Instant next_timeout() const;

  // -------------------------------------------------------------------------------- readers
  [[nodiscard]] const WorkerTable& workers() const;
  [[nodiscard]] const SessionDirectory& sessions() const;
  [[nodiscard]] const PlacementTotals& totals() const;
  [[nodiscard]] std::size_t legs() const;
  [[nodiscard]] std::size_t pending_requests() const;
  // What students see of the class ([P40]).
  [[nodiscard]] ClassView view(Instant now, std::string_view class_id) const;
  // Whether the class has sessions, or one is being made.
  [[nodiscard]] bool is_used(Instant now, std::string_view class_id) const;

  struct Tables;

 private:
  std::unique_ptr<Tables> tables_;
};

}  // namespace lectern::signaling
