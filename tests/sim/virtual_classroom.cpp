#include "tests/sim/virtual_classroom.h"

#include "base/check.h"
#include "tests/sim/virtual_clock.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace lectern::sim {

namespace {

constexpr Duration kControlDelay = Duration::microseconds(100);   // a local socket
constexpr Duration kComeBackLimit = Duration::milliseconds(300);  // [P50]
constexpr Duration kRetryAfter = Duration::milliseconds(500);     // [P50]
constexpr Duration kUnixTimeOfZero = Duration::seconds(1'700'000'000);

Endpoint media_endpoint(uint32_t number) {
  return Endpoint::v4(192, 0, 2, 1, static_cast<uint16_t>(9000 + number));
}
Endpoint leg_endpoint(uint32_t number) {
  return Endpoint::v4(127, 0, 0, 1, static_cast<uint16_t>(7000 + number));
}

std::array<uint8_t, 16> key_from(Rng& rng) {
  std::array<uint8_t, 16> key;
  rng.fill(key);
  return key;
}

// A machine that asks to be woken at once, again and again, would stop virtual time.
class Livelock {
 public:
  void note(Instant now) {
    count_ = now == last_ ? count_ + 1 : 0;
    last_ = now;
    LECTERN_CHECK(count_ < 100'000);
  }

 private:
  Instant last_;
  int count_ = 0;
};

}  // namespace

struct VirtualClassroom::WorkerHost {
  explicit WorkerHost(Rng& seed) : rng(key_from(seed)) {}

  uint32_t number = 0;
  Rng rng;
  HostId media = 0;
  HostId legs = 0;
  std::unique_ptr<worker::Worker> worker;  // null: the process is dead
  uint64_t generation = 0;
  std::optional<signaling::WorkerId> connection;
  Instant wakes_at = Instant::never();
  SendBatch batch;
  Livelock livelock;
};

VirtualClassroom::VirtualClassroom(const Options& options)
    : options_(options),
      rng_(options.seed),
      network_(rng_),
      certificate_(dtls::Certificate::generate()),
      context_(certificate_),
      lesson_(options.lesson) {
  set_virtual_clock(network_.now());
  start_signaling();
  for (uint32_t number = 0; number < options.workers; ++number) {
    workers_.push_back(std::make_unique<WorkerHost>(rng_));
    WorkerHost& host = *workers_.back();
    host.number = number;
    host.media = network_.add_host(
        media_endpoint(number), [this, &host](Instant now, const Path& path, MutableBytes bytes) {
          if (!host.worker) return;
          set_virtual_clock(now);
          host.worker->handle_datagram(now, path, bytes);
          drive_worker(host);
        });
    host.legs = network_.add_host(leg_endpoint(number),
                                  [this, &host](Instant now, const Path& path, MutableBytes bytes) {
                                    if (!host.worker) return;
                                    set_virtual_clock(now);
                                    host.worker->handle_leg_datagram(now, path.remote, bytes);
                                    drive_worker(host);
                                  });
    start_worker(number);
  }
  run_for(Duration::milliseconds(10));
}

VirtualClassroom::~VirtualClassroom() = default;

// ------------------------------------------------------------------------------------- processes

void VirtualClassroom::start_worker(uint32_t number) {
  WorkerHost& host = *workers_[number];
  worker::WorkerConfig config;
  config.number = number;
  config.media_endpoints = {media_endpoint(number)};
  config.leg_endpoint = leg_endpoint(number);
  config.unix_time_of_zero = kUnixTimeOfZero;
  host.worker = std::make_unique<worker::Worker>(config, host.rng);
  ++host.generation;
  if (signaling_) connect_worker(host);
}

void VirtualClassroom::connect_worker(WorkerHost& host) {
  host.connection = signaling::WorkerId(next_id_++);
  signaling::Events events;
  signaling_->worker_connected(now(), *host.connection, events);
  carry_out(events);
  for (const control::FromWorker& message : host.worker->handle_control_connected(now()))
    to_signaling(host, message);
  drive_worker(host);
}

void VirtualClassroom::kill_worker(uint32_t number, Duration down) {
  WorkerHost& host = *workers_[number];
  host.worker.reset();
  ++host.generation;
  host.wakes_at = Instant::never();
  if (host.connection && signaling_) {
    signaling::Events events;
    signaling_->worker_gone(now(), *host.connection, events);
    carry_out(events);
    wake_signaling();
  }
  host.connection.reset();
  network_.at(now() + down, [this, number](Instant) { start_worker(number); });
}

void VirtualClassroom::start_signaling() {
  signaling::Config config;
  config.dev = true;
  config.classes = {"demo"};
  config.expected_workers = options_.workers;
  signaling_ = std::make_unique<signaling::Signaling>(config, nullptr, rng_);
  ++signaling_generation_;
  signaling_->set_wall_time(now(), (kUnixTimeOfZero + (now() - Instant())).us() / 1'000'000);
  for (const auto& host : workers_)
    if (host->worker) connect_worker(*host);
  wake_signaling();
}

void VirtualClassroom::kill_signaling(Duration down) {
  signaling_.reset();
  ++signaling_generation_;
  signaling_wakes_at_ = Instant::never();
  by_connection_.clear();
  posts_.clear();
  for (const auto& host : workers_) host->connection.reset();
  network_.at(now() + down, [this](Instant) {
    start_signaling();
    // The pages notice the closed WebSocket and come back within their jitter.
    for (const auto& page : pages_)
      network_.at(now() + rng_.jitter(kComeBackLimit), [this, p = page.get()](Instant) {
        if (p->host) open_web_socket(*p);
      });
  });
  for (const auto& page : pages_) page->connection.reset();
}

void VirtualClassroom::drive_worker(WorkerHost& host) {
  const auto send_all = [&](HostId from, auto fill) {
    bool more = true;
    while (more) {
      host.batch.clear();
      more = fill();
      for (const SendBatch::Datagram& datagram : host.batch.datagrams())
        network_.send(now(), from, datagram.path.remote, host.batch.bytes(datagram));
    }
  };
  send_all(host.media, [&] { return host.worker->fill(now(), host.batch); });
  send_all(host.legs, [&] { return host.worker->fill_legs(now(), host.batch); });
  for (const control::FromWorker& message : host.worker->take_events()) to_signaling(host, message);

  const Instant next = host.worker->next_timeout();
  if (next >= host.wakes_at) return;
  host.wakes_at = std::max(next, now());
  network_.at(host.wakes_at, [this, &host, generation = host.generation](Instant now) {
    if (host.generation != generation || !host.worker || now < host.wakes_at) return;
    host.livelock.note(now);
    host.wakes_at = Instant::never();
    set_virtual_clock(now);
    host.worker->handle_timeout(now);
    drive_worker(host);
  });
}

// ------------------------------------------------------------------------------------- signaling

void VirtualClassroom::to_signaling(WorkerHost& host, const control::FromWorker& message) {
  if (!host.connection) return;
  // Through the codec, as in life: what does not survive it must not be relied upon.
  const std::string record = control::encode(message);
  network_.at(now() + kControlDelay, [this, &host, record, id = *host.connection](Instant now) {
    if (!signaling_ || host.connection != id) return;
    auto decoded = control::decode_from_worker(record);
    LECTERN_CHECK(decoded.has_value());
    signaling::Events events;
    signaling_->worker_message(now, id, *std::move(decoded), events);
    carry_out(events);
    wake_signaling();
  });
}

void VirtualClassroom::to_worker(const signaling::ToWorker& order) {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const auto& host) {
    return host->connection == order.worker;
  });
  if (found == workers_.end()) return;
  WorkerHost& host = **found;
  const std::string record = control::encode(order.message);
  network_.at(now() + kControlDelay, [this, &host, record, id = order.worker](Instant now) {
    if (!host.worker || host.connection != id) return;
    const auto decoded = control::decode_to_worker(record);
    LECTERN_CHECK(decoded.has_value());
    set_virtual_clock(now);
    host.worker->handle_control(now, *decoded);
    drive_worker(host);
  });
}

void VirtualClassroom::carry_out(signaling::Events& events) {
  for (const signaling::Event& event : events) {
    if (const auto* response = std::get_if<signaling::HttpResponse>(&event)) {
      answer(*response);
    } else if (const auto* order = std::get_if<signaling::ToWorker>(&event)) {
      to_worker(*order);
    } else if (const auto* text = std::get_if<signaling::SendText>(&event)) {
      const auto found = by_connection_.find(text->connection.value());
      if (found == by_connection_.end()) continue;
      Page* page = found->second;
      network_.at(now() + page->link.down.delay,
                  [this, page, id = text->connection, said = text->text](Instant) {
                    if (page->connection == id) hear(*page, *said);
                  });
    }
  }
  events.clear();
}

void VirtualClassroom::wake_signaling() {
  if (!signaling_) return;
  const Instant next = signaling_->next_timeout();
  if (next >= signaling_wakes_at_) return;
  signaling_wakes_at_ = std::max(next, now());
  network_.at(signaling_wakes_at_, [this, generation = signaling_generation_](Instant now) {
    if (signaling_generation_ != generation || now < signaling_wakes_at_) return;
    signaling_wakes_at_ = Instant::never();
    signaling::Events events;
    signaling_->handle_timeout(now, events);
    carry_out(events);
    wake_signaling();
  });
}

// ----------------------------------------------------------------------------------------- pages

Endpoint VirtualClassroom::new_address() {
  const uint32_t n = next_address_++;
  return Endpoint::v4(198, 51, static_cast<uint8_t>(100 + (n >> 16)), static_cast<uint8_t>(n >> 8),
                      static_cast<uint16_t>(20'000 + (n & 255)));
}

void VirtualClassroom::add_teacher(const AccessLink& link) {
  LECTERN_CHECK(pages_.empty());
  auto page = std::make_unique<Page>();
  page->is_teacher = true;
  page->link = link;
  open_page(std::move(page));
  tick_lesson();
}

size_t VirtualClassroom::add_student(const AccessLink& link, const client::ViewerConfig& config) {
  LECTERN_CHECK(!pages_.empty());
  auto page = std::make_unique<Page>();
  page->link = link;
  page->viewer_config = config;
  open_page(std::move(page));
  return pages_.size() - 2;
}

void VirtualClassroom::open_page(std::unique_ptr<Page> page) {
  pages_.push_back(std::move(page));
  open_web_socket(*pages_.back());
  post(*pages_.back());
}

void VirtualClassroom::remove_student(size_t number) {
  Page& page = student(number);
  if (page.viewer) page.viewer->close();
  drive_page(page);
  if (signaling_) {
    signaling::Events events;
    signaling::HttpRequest request;
    request.method = "DELETE";
    request.path = "/whep/demo/" + page.session;
    request.host = "localhost:8080";
    request.peer = Endpoint::v4(127, 0, 0, 1, 50'000);
    signaling_->handle_http(now(), signaling::RequestId(next_id_++), std::move(request), events);
    if (page.connection) signaling_->ws_closed(now(), *page.connection, events);
    carry_out(events);
    wake_signaling();
  }
  if (page.connection) by_connection_.erase(page.connection->value());
  page.connection.reset();
  ++page.generation;
  // The goodbye is on its way; nothing comes in any more.
  if (page.host) network_.remove_host(*page.host);
  page.host.reset();
  page.viewer.reset();
}

void VirtualClassroom::open_web_socket(Page& page) {
  if (!signaling_) return;
  page.connection = signaling::ConnectionId(next_id_++);
  by_connection_[page.connection->value()] = &page;
  signaling::Events events;
  signaling_->ws_opened(now(), *page.connection,
                        {Endpoint::v4(127, 0, 0, 1, 50'000), "localhost:8080", {}}, events);
  carry_out(events);
  say(page, nlohmann::json{{"type", "hello"},
                           {"class", "demo"},
                           {"role", page.is_teacher ? "teacher" : "student"},
                           {"version", 1}}
                .dump());
  if (!page.session.empty())
    say(page, nlohmann::json{{"type", "media"}, {"session", page.session}}.dump());
}

void VirtualClassroom::say(Page& page, std::string text) {
  if (!page.connection) return;
  network_.at(now() + page.link.up.delay,
              [this, id = *page.connection, said = std::move(text)](Instant now) {
                if (!signaling_ || !by_connection_.contains(id.value())) return;
                signaling::Events events;
                signaling_->ws_text(now, id, said, events);
                carry_out(events);
                wake_signaling();
              });
}

void VirtualClassroom::hear(Page& page, const std::string& text) {
  const auto message = nlohmann::json::parse(text);
  if (message.at("type") == "rung" &&
      (page.rungs.empty() || message.at("rung") != page.rungs.back().name))
    page.rungs.push_back({now(), message.at("rung").get<std::string>()});
  if (message.at("type") != "move") return;
  page.moves.push_back(now());
  come_back(page);
}

void VirtualClassroom::come_back(Page& page) {
  ++page.generation;
  network_.at(now() + rng_.jitter(kComeBackLimit), [this, &page, g = page.generation](Instant) {
    if (page.generation == g) post(page);
  });
}

void VirtualClassroom::post(Page& page) {
  ++page.generation;
  ++page.attempts;
  if (page.host) network_.remove_host(*page.host);
  page.endpoint = new_address();
  page.host = network_.add_host(page.endpoint,
                                [this, &page](Instant now, const Path& path, MutableBytes bytes) {
                                  set_virtual_clock(now);
                                  client::Events events;
                                  // Behind a NAT the page knows only its own address.
                                  const Path inside{path.remote, page.endpoint};
                                  if (page.viewer)
                                    page.viewer->handle_datagram(now, inside, bytes, events);
                                  if (page.publisher)
                                    page.publisher->handle_datagram(now, inside, bytes, events);
                                  handle_events(page, events);
                                  drive_page(page);
                                });
  network_.set_profile(*page.host, page.link.up, page.link.down);
  page.wakes_at = Instant::never();
  if (page.is_teacher) {
    client::PublisherConfig config;
    config.videos[0].encodings = options_.lesson.encodings;
    config.wall_clock_offset = kUnixTimeOfZero;
    page.publisher = std::make_unique<client::Publisher>(context_, rng_, config);
    lesson_.want_all_keyframes();
  } else {
    page.viewer = std::make_unique<client::Viewer>(context_, rng_, page.viewer_config);
  }

  signaling::HttpRequest request;
  request.method = "POST";
  request.path = page.is_teacher ? "/whip/demo" : "/whep/demo";
  request.query = page.is_teacher ? "client=teacher" : "";
  request.host = "localhost:8080";
  request.content_type = "application/sdp";
  request.body = page.is_teacher ? page.publisher->offer() : page.viewer->offer();
  request.peer = Endpoint::v4(127, 0, 0, 1, 50'000);
  const uint64_t id = next_id_++;
  posts_[id] = {&page, page.generation};
  network_.at(now() + page.link.up.delay, [this, id, &page, sent = std::move(request),
                                           g = page.generation](Instant now) {
    if (!signaling_) {
      // Connection refused: the page tries again.
      network_.at(now + kRetryAfter + rng_.jitter(kComeBackLimit), [this, &page, g](Instant) {
        if (page.generation == g) post(page);
      });
      return;
    }
    signaling::Events events;
    signaling_->handle_http(now, signaling::RequestId(id), sent, events);
    carry_out(events);
    wake_signaling();
  });
}

void VirtualClassroom::answer(const signaling::HttpResponse& response) {
  const auto found = posts_.find(response.request.value());
  if (found == posts_.end()) return;
  const PendingPost pending = found->second;
  posts_.erase(found);
  network_.at(now() + pending.page->link.down.delay, [this, pending, response](Instant) {
    if (pending.page->generation == pending.generation) on_created(*pending.page, response);
  });
}

void VirtualClassroom::on_created(Page& page, const signaling::HttpResponse& response) {
  if (response.status != 201) {
    ++page.refused;
    network_.at(now() + kRetryAfter + rng_.jitter(kComeBackLimit),
                [this, &page, g = page.generation](Instant) {
                  if (page.generation == g) post(page);
                });
    return;
  }
  for (const auto& [name, value] : response.headers)
    if (name == "Location") page.session = value.substr(value.rfind('/') + 1);
  set_virtual_clock(now());
  const auto accepted = page.is_teacher
                            ? page.publisher->accept(now(), response.body, page.endpoint)
                            : page.viewer->accept(now(), response.body, page.endpoint);
  LECTERN_CHECK(accepted.has_value());
  say(page, nlohmann::json{{"type", "media"}, {"session", page.session}}.dump());
  drive_page(page);
}

void VirtualClassroom::handle_events(Page& page, const client::Events& events) {
  for (const client::Event& event : events) {
    if (event.kind == client::Event::Kind::kKeyframeWanted) lesson_.want_keyframe(event.encoding);
    if (event.kind == client::Event::Kind::kClosed) come_back(page);
  }
}

void VirtualClassroom::drive_page(Page& page) {
  if (!page.host) return;
  SendBatch batch;
  bool more = true;
  while (more) {
    batch.clear();
    more = page.is_teacher ? page.publisher->fill(now(), batch) : page.viewer->fill(now(), batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams())
      network_.send(now(), *page.host, datagram.path.remote, batch.bytes(datagram));
  }
  const Instant next =
      page.is_teacher ? page.publisher->next_timeout() : page.viewer->next_timeout();
  if (next >= page.wakes_at) return;
  page.wakes_at = std::max(next, now());
  network_.at(page.wakes_at, [this, &page, host = *page.host](Instant now) {
    if (page.host != host || now < page.wakes_at) return;
    page.wakes_at = Instant::never();
    set_virtual_clock(now);
    client::Events events;
    if (page.viewer) page.viewer->handle_timeout(now, events);
    if (page.publisher) page.publisher->handle_timeout(now, events);
    handle_events(page, events);
    drive_page(page);
  });
}

void VirtualClassroom::tick_lesson() {
  set_virtual_clock(now());
  lesson_.tick(now(), *teacher().publisher);
  drive_page(teacher());
  network_.at(now() + Lesson::kTick, [this](Instant) { tick_lesson(); });
}

// --------------------------------------------------------------------------------------- weather

void VirtualClassroom::run_for(Duration duration) {
  network_.run_until(now() + duration);
}

void VirtualClassroom::rebind(Page& page) {
  network_.rebind(*page.host, new_address());
}

void VirtualClassroom::set_outage(const Page& page, Duration duration) {
  network_.set_outage(*page.host, now(), now() + duration);
}

void VirtualClassroom::set_link(Page& page, const AccessLink& link) {
  page.link = link;
  network_.set_profile(*page.host, link.up, link.down);
}

void VirtualClassroom::set_leg_loss(double loss) {
  LinkProfile profile;
  profile.delay = Duration::microseconds(50);
  profile.loss = loss;
  for (const auto& host : workers_) network_.set_profile(host->legs, profile, profile);
}

client::TrackStats VirtualClassroom::sound(size_t number) {
  const auto& viewer = student(number).viewer;
  return viewer ? viewer->stats(now(), sdp::TrackKind::kAudio).value_or(client::TrackStats())
                : client::TrackStats();
}

client::TrackStats VirtualClassroom::picture(size_t number) {
  const auto& viewer = student(number).viewer;
  return viewer ? viewer->stats(now(), sdp::TrackKind::kCamera).value_or(client::TrackStats())
                : client::TrackStats();
}

std::optional<uint32_t> VirtualClassroom::worker_of(const Page& page) const {
  // [P2] `w{worker}-{id}`
  const size_t dash = page.session.find('-');
  if (dash == std::string::npos || page.session[0] != 'w') return std::nullopt;
  return static_cast<uint32_t>(std::stoul(page.session.substr(1, dash - 1)));
}

worker::Worker& VirtualClassroom::worker(uint32_t number) {
  return *workers_.at(number)->worker;
}

}  // namespace lectern::sim
