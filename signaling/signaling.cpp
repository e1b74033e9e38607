#include "signaling/signaling.h"

#include "signaling/api_requests.h"
#include "signaling/drains.h"
#include "signaling/media_answers.h"
#include "signaling/media_requests.h"
#include "signaling/pages.h"
#include "signaling/replies.h"
#include "signaling/request_checks.h"
#include "signaling/samples.h"
#include "signaling/settle.h"
#include "signaling/tables.h"
#include "signaling/worker_messages.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {

namespace {

constexpr Duration kTick = Duration::seconds(1);

Problem stopping() {
  return {503, "Service unavailable", "The server restarts. Try again in a moment.", 1};
}

bool changes_something(const std::string& method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

}  // namespace

struct Signaling::Parts {
  Parts(Config config, const TokenAuthority* authority, Rng& rng)
      : tables(std::move(config), authority, rng) {}

  // Works one input off, then draws its consequences.
  template <typename Work>
  void turn(Instant now, Events& events, Work&& work) {
    latest = std::max(latest, now);  // time that goes backwards stands still
    if (!tables.started_at) tables.started_at = latest;
    const std::size_t already = events.size();
    const Turn current{tables, latest, events};
    work(current);
    settle(current);
    count_refusals(events, already);
    if (!needs_ticks(tables)) next_tick = Instant::never();
    if (needs_ticks(tables) && next_tick.is_never()) next_tick = latest + kTick;
    if (tables.workers.links() == 0) next_look = Instant::never();
    if (tables.workers.links() > 0 && next_look.is_never()) {
      looked = latest;
      next_look = latest + kWorkerLook;
    }
  }

  void count_refusals(const Events& events, std::size_t from) {
    for (std::size_t i = from; i < events.size(); ++i)
      if (const auto* response = std::get_if<HttpResponse>(&events[i]))
        count_refusal(response->status);
  }

  void count_refusal(int status) {
    if (status >= 400) ++tables.totals.http_refusals;
    if (status == 429) ++tables.totals.quota_refusals;
  }

  void route(const Turn& current, RequestId request, HttpRequest http) {
    ++tables.totals.http_requests;
    Asker asker{request, {}};
    const bool is_allowed = tables.permissions.is_origin_allowed(http.host, http.origin);
    if (is_allowed) asker.origin = http.origin;
    if (!is_allowed && changes_something(http.method))
      return reply_problem(asker,
                           {403, "Forbidden", "Pages of this origin may not use this server."},
                           current.events);
    if (tables.is_stopping && changes_something(http.method))
      return reply_problem(asker, stopping(), current.events);
    if (http.path.starts_with("/whip/") || http.path.starts_with("/whep/"))
      return handle_media_request(current, asker, std::move(http));
    if (http.path.starts_with("/api/")) return handle_api_request(current, asker, http);
    reply_problem(asker, not_found(), current.events);
  }

  Tables tables;
  Instant latest;
  Instant next_tick = Instant::never();
  Instant next_look = Instant::never();  // at the workers
  Instant looked;
};

Signaling::Signaling(Config config, const TokenAuthority* authority, Rng& rng)
    : parts_(std::make_unique<Parts>(std::move(config), authority, rng)) {}

Signaling::~Signaling() = default;

void Signaling::set_wall_time(Instant now, std::int64_t unix_seconds) {
  parts_->tables.unix_at_zero = unix_seconds - now.us() / 1'000'000;
}

void Signaling::handle_http(Instant now, RequestId request, HttpRequest http, Events& events) {
  parts_->turn(now, events,
               [&](const Turn& turn) { parts_->route(turn, request, std::move(http)); });
}

void Signaling::http_gone(Instant now, RequestId request, Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) { media_request_gone(turn, request); });
}

bool Signaling::is_origin_allowed(std::string_view host, std::string_view origin) const {
  return parts_->tables.permissions.is_origin_allowed(host, origin);
}

void Signaling::ws_opened(Instant now, ConnectionId connection, const WsPeer& peer,
                          Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) { open_page(turn, connection, peer); });
}

void Signaling::ws_text(Instant now, ConnectionId connection, std::string_view text,
                        Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) { handle_page_text(turn, connection, text); });
}

void Signaling::ws_closed(Instant now, ConnectionId connection, Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) { forget_page(turn, connection); });
}

void Signaling::worker_connected(Instant now, WorkerId worker, Events& events) {
  parts_->turn(now, events,
               [&](const Turn& turn) { turn.tables.workers.connected(worker, turn.now); });
}

void Signaling::worker_message(Instant now, WorkerId worker, control::FromWorker message,
                               Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) {
    if (turn.tables.workers.is_open(worker))
      handle_worker_message(turn, worker, std::move(message));
  });
}

void Signaling::worker_gone(Instant now, WorkerId worker, Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) { signaling::worker_gone(turn, worker); });
}

void Signaling::stop(Instant now, Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) {
    turn.tables.is_stopping = true;
    close_all_pages(turn);
  });
}

void Signaling::handle_timeout(Instant now, Events& events) {
  parts_->turn(now, events, [&](const Turn& turn) {
    expire_media_requests(turn);
    carry_out_moves(turn);
    if (turn.now >= parts_->next_look) {
      look_at_workers(turn, turn.now - std::exchange(parts_->looked, turn.now));
      parts_->next_look = turn.now + kWorkerLook;
    }
    if (turn.now < parts_->next_tick) return;
    parts_->next_tick = turn.now + kTick;
    tick_pages(turn);
    end_outlived_sessions(turn);
    tick_classes(turn);
  });
}

Instant Signaling::next_timeout() const {
  return std::min({parts_->tables.pending.next_deadline(), parts_->tables.moves.next(),
                   parts_->next_tick, parts_->next_look});
}

Readiness Signaling::readiness() const {
  Readiness readiness;
  readiness.workers = parts_->tables.workers.ready_count();
  readiness.expected_workers = parts_->tables.config.expected_workers;
  readiness.is_ready = readiness.workers >= readiness.expected_workers;
  readiness.sentence = std::to_string(readiness.workers) + " of " +
                       std::to_string(readiness.expected_workers) + " media workers are ready.";
  const auto silent = parts_->tables.workers.silent();
  for (control::WorkerNumber number = 0; number < readiness.expected_workers; ++number) {
    if (parts_->tables.workers.ready(number) != nullptr) continue;
    const bool is_silent = std::ranges::find(silent, number) != silent.end();
    readiness.sentence +=
        " Worker " + std::to_string(number) + (is_silent ? " does not answer." : " is not there.");
  }
  if (!parts_->tables.is_stopping) return readiness;
  readiness.is_ready = false;
  readiness.sentence = "The server is stopping.";
  return readiness;
}

Signaling::Census Signaling::census() const {
  const Tables& tables = parts_->tables;
  return {.connections = tables.roster.size(),
          .sessions = tables.sessions.size(),
          .workers = tables.workers.links(),
          .legs = tables.legs.size(),
          .audiences = tables.workers.audiences(),
          .pending_requests = tables.pending.size(),
          .tickets = tables.tickets.size(),
          .classes = tables.classes.size(),
          .remembered = tables.quotas.size() + tables.comebacks.size()};
}

std::vector<Sample> Signaling::metrics() const {
  return samples_of(parts_->tables);
}

}  // namespace lectern::signaling
