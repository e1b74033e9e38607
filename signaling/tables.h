// Everything that signaling holds, and the turn in which one input is worked off.
//
// The parts of signaling (media_requests, pages, worker_messages, api_requests) change the tables
// and `touch` the classes they changed; `settle` then draws the consequences once per turn.
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "signaling/classroom.h"
#include "signaling/comebacks.h"
#include "signaling/config.h"
#include "signaling/drains.h"
#include "signaling/events.h"
#include "signaling/legs.h"
#include "signaling/pending_requests.h"
#include "signaling/permissions.h"
#include "signaling/quotas.h"
#include "signaling/roster.h"
#include "signaling/session_directory.h"
#include "signaling/tickets.h"
#include "signaling/ungreeted.h"
#include "signaling/worker_table.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lectern::signaling {

struct ClassEntry {
  explicit ClassEntry(Classroom::Kind kind) : room(kind) {}

  Classroom room;
  ClassView shown;              // what the pages were told last
  SharedText teacher_audience;  // likewise
  std::optional<std::uint32_t> student_audience;
  Instant next_student_audience;
  std::optional<Instant> empty_since;  // neither page nor session
};

// Counters for /metrics.
struct Totals {
  std::uint64_t http_requests = 0;
  std::uint64_t http_refusals = 0;  // answers of 400 and above
  std::uint64_t http_timeouts = 0;
  std::uint64_t quota_refusals = 0;  // answers of 429, pages closed with 4429
  std::uint64_t ws_opened = 0;
  std::uint64_t ws_messages = 0;
  std::uint64_t ws_messages_dropped = 0;
  std::uint64_t moves = 0;
  std::uint64_t takeovers = 0;
  std::uint64_t workers_lost = 0;
  std::uint64_t workers_silent = 0;
  std::uint64_t drains = 0;
};

class Tables {
 public:
  Tables(Config configuration, const TokenAuthority* token_authority, Rng& random);
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;
  ~Tables() = default;

  [[nodiscard]] ClassEntry* find_class(std::string_view class_id);
  // The class, made if need be; null when there are max_classes.
  ClassEntry* ensure_class(std::string_view class_id, Classroom::Kind kind);
  void touch(std::string_view class_id) { touched.emplace(class_id); }

  const Config config;
  const TokenAuthority* const authority;
  const Permissions permissions;
  Rng& rng;

  std::optional<Instant> started_at;  // the first turn
  std::int64_t unix_at_zero = 0;      // wall time at Instant zero, seconds
  std::map<std::string, ClassEntry, std::less<>> classes;
  Roster roster;
  Ungreeted ungreeted;
  Comebacks comebacks;
  Quotas quotas;
  SessionDirectory sessions;
  WorkerTable workers;
  Legs legs;
  Moves moves;
  bool is_stopping = false;
  PendingRequests pending;
  Tickets tickets;
  Totals totals;
  std::set<std::string, std::less<>> touched;
};

// One input being worked off.
struct Turn {
  Tables& tables;
  Instant now;
  Events& events;

  [[nodiscard]] std::int64_t unix_seconds() const {
    return tables.unix_at_zero + now.us() / 1'000'000;
  }
  // [P51] Just started, and workers that may know classes and sessions are still to come.
  [[nodiscard]] bool is_starting() const {
    return now < *tables.started_at + kStartGrace &&
           tables.workers.ready_count() < tables.config.expected_workers;
  }
  void send(ConnectionId page, SharedText text) const {
    events.emplace_back(SendText{page, std::move(text)});
  }
  // Nothing when the worker is not connected.
  void send(control::WorkerNumber worker, control::ToWorker message) const {
    if (const Worker* known = tables.workers.find(worker))
      events.emplace_back(ToWorker{known->link, std::move(message)});
  }
};

}  // namespace lectern::signaling
