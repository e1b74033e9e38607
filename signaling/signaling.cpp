#include "signaling/signaling.h"

#include "signaling/desk/desk.h"
#include "signaling/gate/gate.h"
#include "signaling/placement/placement.h"
#include "signaling/records/records.h"
#include "signaling/samples.h"

#include <algorithm>
#include <set>
#include <utility>

namespace lectern::signaling {

namespace {

constexpr Duration kTick = Duration::seconds(1);

}  // namespace

struct Signaling::Parts {
  Parts(Config settings, const TokenAuthority* authority, Rng& rng)
      : config(std::move(settings)),
        records(config.has_store),
        placement(config, rng),
        desk(config),
        gate(config, authority, rng) {}

  // The contexts of the three rooms for one input.
  struct Turn {
    Turn(Parts& parts, Instant now, Events& events)
        : of_placement{.now = now,
                       .unix_seconds = (parts.unix_us_at_zero + now.us()) / 1'000'000,
                       .class_time = ClassTime::from_us(parts.class_us_at_zero + now.us()),
                       .events = events,
                       .news = news,
                       .touched = touched},
          of_records{now, events, records_news},
          of_desk{parts.placement, of_placement},
          of_gate{parts.records, of_records, parts.desk, of_desk} {}

    News news;
    RecordsNews records_news;
    std::set<std::string, std::less<>> touched;
    PlacementContext of_placement;
    RecordsContext of_records;
    DeskContext of_desk;
    GateContext of_gate;
  };

  // Works one input off, then draws its consequences.
  template <typename Work>
  void turn(Instant now, Events& events, Work&& work) {
    latest = std::max(latest, now);  // time that goes backwards stands still
    gate.begin(latest);
    Turn current(*this, latest, events);
    work(current);
    hand_on_news(current);
    placement.settle(current.of_placement);
    hand_on_news(current);
    for (const std::string& class_id : current.touched) desk.show(current.of_desk, class_id);
    if (!needs_ticks()) next_tick = Instant::never();
    if (needs_ticks() && next_tick.is_never()) next_tick = latest + kTick;
  }

  // Ends: what news brings about are endings and answers, and each thing ends once.
  void hand_on_news(Turn& current) {
    while (!current.news.empty() || !current.records_news.empty()) {
      for (const RecordsItem& item : std::exchange(current.records_news, {})) {
        if (const auto* found = std::get_if<ClassFound>(&item))
          if (desk.ensure_class(found->class_id, ClassKind::kCreated))
            desk.make_lasting(found->class_id);
        gate.on_records(current.of_gate, item);
      }
      for (const NewsItem& item : std::exchange(current.news, {})) {
        if (const auto* listed = std::get_if<ClassListed>(&item))
          if (!desk.ensure_class(listed->class_id, ClassKind::kTaught))
            placement.end_class(current.of_placement, listed->class_id);
        desk.on_news(current.of_desk, item);
        gate.on_news(current.of_gate, item);
      }
    }
  }

  [[nodiscard]] bool needs_ticks() const {
    return placement.needs_ticks() || desk.needs_ticks() || gate.needs_ticks();
  }

  const Config config;
  Records records;
  Placement placement;
  Desk desk;
  Gate gate;
  std::int64_t unix_us_at_zero = 0;   // wall time at Instant zero
  std::int64_t class_us_at_zero = 0;  // the same as it was shown first
  bool is_clock_set = false;
  Instant latest;
  Instant next_tick = Instant::never();
};

Signaling::Signaling(Config config, const TokenAuthority* authority, Rng& rng)
    : parts_(std::make_unique<Parts>(std::move(config), authority, rng)) {}

Signaling::~Signaling() = default;

void Signaling::set_wall_time(Instant now, std::int64_t unix_us) {
  parts_->unix_us_at_zero = unix_us - now.us();
  if (!std::exchange(parts_->is_clock_set, true))
    parts_->class_us_at_zero = parts_->unix_us_at_zero;
}

void Signaling::handle_http(Instant now, RequestId request, HttpRequest http, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->gate.on_http(turn.of_gate, request, std::move(http));
  });
}

void Signaling::http_gone(Instant now, RequestId request, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->placement.request_gone(turn.of_placement, request);
  });
}

bool Signaling::is_origin_allowed(std::string_view host, std::string_view origin) const {
  return parts_->gate.is_origin_allowed(host, origin);
}

void Signaling::ws_opened(Instant now, ConnectionId connection, const WsPeer& peer,
                          Events& events) {
  parts_->turn(now, events,
               [&](Parts::Turn& turn) { parts_->gate.on_open(turn.of_gate, connection, peer); });
}

void Signaling::ws_text(Instant now, ConnectionId connection, std::string_view text,
                        Events& events) {
  parts_->turn(now, events,
               [&](Parts::Turn& turn) { parts_->gate.on_text(turn.of_gate, connection, text); });
}

void Signaling::ws_binary(Instant now, ConnectionId connection, std::string_view message,
                          Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->gate.on_binary(turn.of_gate, connection, message);
  });
}

void Signaling::ws_caught_up(Instant now, ConnectionId connection, Events& events) {
  parts_->turn(now, events,
               [&](Parts::Turn& turn) { parts_->gate.on_caught_up(turn.of_gate, connection); });
}

void Signaling::ws_closed(Instant now, ConnectionId connection, Events& events) {
  parts_->turn(now, events,
               [&](Parts::Turn& turn) { parts_->gate.on_close(turn.of_gate, connection); });
}

void Signaling::worker_connected(Instant now, WorkerId worker, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->placement.worker_connected(turn.of_placement, worker);
  });
}

void Signaling::worker_message(Instant now, WorkerId worker, control::FromWorker message,
                               Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->placement.worker_message(turn.of_placement, worker, std::move(message));
  });
}

void Signaling::worker_gone(Instant now, WorkerId worker, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->placement.worker_gone(turn.of_placement, worker);
  });
}

void Signaling::store_message(Instant now, const store::FromStore& message, Events& events) {
  parts_->turn(now, events,
               [&](Parts::Turn& turn) { parts_->records.on_message(turn.of_records, message); });
}

void Signaling::store_gone() {
  parts_->records.on_gone();
}

void Signaling::stop(Instant now, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) { parts_->gate.stop(turn.of_gate); });
}

void Signaling::handle_timeout(Instant now, Events& events) {
  parts_->turn(now, events, [&](Parts::Turn& turn) {
    parts_->records.handle_timeout(turn.of_records);
    parts_->placement.handle_timeout(turn.of_placement);
    if (parts_->latest < parts_->next_tick) return;
    parts_->next_tick = parts_->latest + kTick;
    parts_->gate.tick(turn.of_gate);
    parts_->placement.tick(turn.of_placement);
    parts_->hand_on_news(turn);
    parts_->desk.tick(turn.of_desk);
  });
}

Instant Signaling::next_timeout() const {
  return std::min(
      {parts_->records.next_timeout(), parts_->placement.next_timeout(), parts_->next_tick});
}

Readiness Signaling::readiness() const {
  const WorkerTable& workers = parts_->placement.workers();
  Readiness readiness;
  readiness.workers = workers.ready_count();
  readiness.expected_workers = parts_->config.expected_workers;
  readiness.is_ready = readiness.workers >= readiness.expected_workers;
  readiness.sentence = std::to_string(readiness.workers) + " of " +
                       std::to_string(readiness.expected_workers) + " media workers are ready.";
  const auto& silent = workers.silent();
  for (control::WorkerNumber number = 0; number < readiness.expected_workers; ++number) {
    if (workers.ready(number) != nullptr) continue;
    readiness.sentence += " Worker " + std::to_string(number) +
                          (silent.contains(number) ? " does not answer." : " is not there.");
  }
  // Lessons go on without a store, so once its classes are known it is worth a sentence only.
  readiness.is_ready = readiness.is_ready && parts_->records.is_loaded();
  if (const std::string trouble = parts_->records.trouble(); !trouble.empty())
    readiness.sentence += ' ' + trouble;
  if (!parts_->gate.is_stopping()) return readiness;
  readiness.is_ready = false;
  readiness.sentence = "The server is stopping.";
  return readiness;
}

Signaling::Census Signaling::census() const {
  const Placement& placement = parts_->placement;
  return {.connections = parts_->gate.connections(),
          .sessions = placement.sessions().size(),
          .workers = placement.workers().links(),
          .legs = placement.legs(),
          .audiences = placement.workers().audiences(),
          .pending_requests = placement.pending_requests() + parts_->records.waiting(),
          .tickets = parts_->gate.tickets(),
          .classes = parts_->desk.size(),
          .remembered = parts_->gate.remembered()};
}

std::vector<Sample> Signaling::metrics() const {
  return samples_of({parts_->config, parts_->placement, parts_->desk, parts_->gate});
}

}  // namespace lectern::signaling
