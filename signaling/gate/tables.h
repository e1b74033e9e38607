// What the gate holds, and one input being worked off. Nobody outside this folder includes it:
// gate.h is the room's door.
#pragma once

#include "base/rng.h"
#include "signaling/desk/desk.h"
#include "signaling/gate/comebacks.h"
#include "signaling/gate/connections.h"
#include "signaling/gate/gate.h"
#include "signaling/gate/permissions.h"
#include "signaling/gate/quotas.h"
#include "signaling/gate/reports.h"
#include "signaling/gate/tickets.h"
#include "signaling/gate/ungreeted.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace lectern::signaling {

struct Gate::Tables {
  Tables(const Config& settings, const TokenAuthority* token_authority, Rng& random)
      : config(settings),
        authority(token_authority),
        permissions(config, authority),
        rng(random),
        ungreeted(config.max_ungreeted, config.max_ungreeted_per_network),
        quotas(config.quotas),
        tickets(config.max_tickets) {}

  const Config& config;
  const TokenAuthority* const authority;
  const Permissions permissions;
  Rng& rng;

  std::optional<Instant> started_at;  // the first turn
  bool is_stopping = false;
  Connections connections;
  Ungreeted ungreeted;
  Comebacks comebacks;
  Quotas quotas;
  Reports reports;
  Tickets tickets;
  GateTotals totals;
};

// One input being worked off.
struct GateTurn {
  Gate::Tables& tables;
  const GateContext& context;

  [[nodiscard]] Instant now() const { return of_desk().now(); }
  [[nodiscard]] std::int64_t unix_seconds() const { return of_placement().unix_seconds; }
  [[nodiscard]] Events& events() const { return of_placement().events; }
  [[nodiscard]] Desk& desk() const { return context.desk; }
  [[nodiscard]] const DeskContext& of_desk() const { return context.of_desk; }
  [[nodiscard]] Placement& placement() const { return of_desk().placement; }
  [[nodiscard]] const PlacementContext& of_placement() const { return of_desk().of_placement; }
  [[nodiscard]] Records& records() const { return context.records; }
  [[nodiscard]] const RecordsContext& of_records() const { return context.of_records; }
  // [P51] A class that is not known may exist nevertheless: the store has not told its classes yet,
  // or, just after a start, workers that may know some are still to come.
  [[nodiscard]] bool is_starting() const {
    return !records().is_loaded() ||
           (now() < *tables.started_at + kStartGrace &&
            placement().workers().ready_count() < tables.config.expected_workers);
  }
  void send(ConnectionId page, SharedText text) const { of_desk().send(page, std::move(text)); }
};

}  // namespace lectern::signaling
