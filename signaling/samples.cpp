#include "signaling/samples.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::signaling {
namespace {

using Kind = Sample::Kind;
using Labels = std::vector<std::pair<std::string, std::string>>;

class Samples {
 public:
  void gauge(const char* name, const char* help, Labels labels, auto value) {
    add(name, help, Kind::kGauge, std::move(labels), value);
  }
  void counter(const char* name, const char* help, auto value) {
    add(name, help, Kind::kCounter, {}, value);
  }
  void add(const std::string& name, std::string help, Kind kind, Labels labels, auto value) {
    by_name_[name].push_back(
        {name, std::move(help), kind, std::move(labels), static_cast<double>(value)});
  }
  // Samples of one name side by side.
  [[nodiscard]] std::vector<Sample> take() {
    std::vector<Sample> all;
    for (auto& [name, samples] : by_name_) std::ranges::move(samples, std::back_inserter(all));
    return all;
  }

 private:
  std::map<std::string, std::vector<Sample>> by_name_;
};

// What a worker's counters count, by their names (media/worker/statistics.cpp, media_role.cpp).
std::string_view help_of(std::string_view counter) {
  static constexpr auto kHelp = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"drops_total", "Packets and datagrams that were dropped, by reason."},
      {"sent_packets_total", "Packets sent, by kind."},
      {"sent_bytes_total", "Octets of the datagrams that were sent."},
      {"received_packets_total", "Datagrams received."},
      {"received_bytes_total", "Octets of the datagrams that were received."},
      {"sessions_created_total", "Media sessions made, by role."},
      {"sessions_refused_total", "Media sessions refused by a worker, by HTTP status."},
      {"sessions_closed_total", "Media sessions that ended, by reason."},
      {"unusable_streams_total", "Streams of publishers of which nothing usable came, by reason."},
      {"keyframe_requests_total", "Keyframes asked of publishers."},
      {"classes", "Classes with media at a worker."},
      {"legs", "Legs of a worker to and from others."},
      {"paths", "Addresses (ICE paths) of all sessions of a worker."},
      {"stored_packets", "Packets that a worker keeps for repair."},
      {"resident_bytes", "Memory of a media worker."},
      {"open_files", "Descriptors of a media worker."},
      {"cpu_microseconds_total", "CPU time of a media worker."},
      {"send_calls_total", "System calls that sent datagrams."},
      {"gso_messages_total", "UDP GSO messages sent."},
      {"restarts_total", "Starts of a process after its first one, by reason."},
      {"gcm_engine", "1: encrypts media by AES-GCM with this engine."},
  });
  const auto* const found =
      std::ranges::find(kHelp, counter, &std::pair<std::string_view, std::string_view>::first);
  return found == kHelp.end() ? "Counted by the media workers." : found->second;
}

void add_worker(Samples& samples, control::WorkerNumber number, const Worker& worker) {
  const Labels labels = {{"worker", std::to_string(number)}};
  const control::Load& load = worker.load;
  samples.gauge("worker_draining", "1: the worker was told to stop.", labels,
                worker.is_draining ? 1 : 0);
  samples.gauge("worker_viewers", "Viewer sessions of a worker.", labels, load.viewers);
  samples.gauge("worker_publishers", "Publisher sessions of a worker.", labels, load.publishers);
  samples.gauge("worker_egress_bps", "Bits a second that a worker sends.", labels, load.egress_bps);
  samples.gauge("worker_ingress_bps", "Bits a second that a worker receives.", labels,
                load.ingress_bps);
  samples.gauge("worker_packets_per_second", "Packets a second that a worker sends.", labels,
                load.packets_per_s);
  samples.gauge("worker_loop_delay_seconds_p99", "Delay of a worker's loop, 99th percentile.",
                labels, static_cast<double>(load.loop_delay_us_p99) * 1e-6);
  for (const control::Counter& counter : load.counters) {
    Labels with_own = labels;
    if (!counter.label.empty()) with_own.emplace_back(counter.label, counter.value);
    // Gauges are exported per worker, because signaling has gauges of the same name.
    const bool is_total = counter.name.ends_with("_total");
    samples.add(is_total ? counter.name : "worker_" + counter.name,
                std::string(help_of(counter.name)), is_total ? Kind::kCounter : Kind::kGauge,
                std::move(with_own), counter.count);
  }
}

// Those that should be there, and those that are.
std::map<control::WorkerNumber, bool> workers_up(const Rooms& rooms) {
  std::map<control::WorkerNumber, bool> up;
  for (control::WorkerNumber k = 0; k < rooms.config.expected_workers; ++k) up[k] = false;
  for (const auto& [number, worker] : rooms.placement.workers().all()) up[number] = worker.is_ready;
  return up;
}

}  // namespace

std::vector<Sample> samples_of(const Rooms& rooms) {
  Samples samples;
  const GateTotals& at_gate = rooms.gate.totals();
  const PlacementTotals& at_placement = rooms.placement.totals();
  samples.gauge("websockets", "Connected pages.", {{"role", "student"}},
                rooms.desk.members().count(PageRole::kStudent));
  samples.gauge("websockets", "Connected pages.", {{"role", "teacher"}},
                rooms.desk.members().count(PageRole::kTeacher));
  samples.gauge("websockets_ungreeted", "WebSockets that have not said hello yet.", {},
                rooms.gate.ungreeted());
  samples.gauge("sessions", "Media sessions that signaling knows.", {{"role", "publish"}},
                rooms.placement.sessions().count(control::Role::kPublish));
  samples.gauge("sessions", "Media sessions that signaling knows.", {{"role", "view"}},
                rooms.placement.sessions().count(control::Role::kView));
  samples.gauge("classes", "Classes that exist.", {}, rooms.desk.size());
  samples.gauge("legs", "Legs between workers.", {}, rooms.placement.legs());
  samples.gauge("workers_ready", "Media workers that are ready.", {},
                rooms.placement.workers().ready_count());
  samples.gauge("http_requests_pending", "Requests that wait for a worker.", {},
                rooms.placement.pending_requests());
  samples.counter("http_requests_total", "Requests for /api, /whip and /whep.",
                  at_gate.http_requests);
  samples.counter("http_refusals_total", "Answers of 400 or more to /api, /whip and /whep.",
                  at_gate.http_refusals);
  samples.counter("quota_refusals_total", "Requests and pages refused by a quota (429, 4429).",
                  at_gate.quota_refusals);
  samples.counter("http_timeouts_total", "Requests that a worker did not answer.",
                  at_placement.timeouts);
  samples.counter("websockets_opened_total", "WebSockets opened.", at_gate.ws_opened);
  samples.counter("websocket_messages_total", "Messages from pages.", at_gate.ws_messages);
  samples.counter("websocket_messages_dropped_total", "Messages from pages over their rate.",
                  at_gate.ws_messages_dropped);
  samples.counter("moves_total", "Pages that were asked to make a new session.",
                  rooms.desk.moves());
  samples.counter("takeovers_total", "Publishers that took the place of another.",
                  at_placement.takeovers);
  samples.counter("workers_silent_total", "Workers that were given up because they did not answer.",
                  at_placement.workers_silent);
  samples.counter("drains_total",
                  "Workers that were told to stop and asked for their sessions to move.",
                  at_placement.drains);
  samples.counter("workers_lost_total", "Control channels of workers that closed.",
                  at_placement.workers_lost);
  for (const auto& [number, is_up] : workers_up(rooms))
    samples.gauge("worker_up", "1: the worker is connected, has said all and answers.",
                  {{"worker", std::to_string(number)}}, is_up ? 1 : 0);
  for (const auto& [number, worker] : rooms.placement.workers().all())
    add_worker(samples, number, worker);
  return samples.take();
}

}  // namespace lectern::signaling
