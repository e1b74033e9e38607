#include "tests/unit/signaling/school.h"

#include "base/check.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

namespace lectern::signaling {

using control::SessionPhase;
using control::WorkerNumber;
using Json = nlohmann::json;

namespace {

// For scripts/check_openapi.py: each kind of answer that was ever given, as `GET /path 200`.
void note_answer(const std::string& asked, int status) {
  static const char* const kFile = std::getenv("LECTERN_ANSWERS");  // NOLINT(concurrency-mt-unsafe)
  static std::set<std::string> noted;
  const std::string answer = asked + ' ' + std::to_string(status);
  if (kFile != nullptr && noted.insert(answer).second)
    std::ofstream(kFile, std::ios::app) << answer << '\n';
}

}  // namespace

School::School(Config config, const TokenAuthority* authority, std::uint64_t seed)
    : config_(std::move(config)),
      authority_(authority),
      rng_(seed),
      signaling_(std::make_unique<Signaling>(config_, authority_, rng_)) {
  signaling_->set_wall_time(now, 1'800'000'000'000'000);
}

Config School::dev_config() {
  Config config;
  config.dev = true;
  config.classes = {"demo"};
  return config;
}

Endpoint School::leg_endpoint(WorkerNumber number) {
  return Endpoint::v4(127, 0, 0, 1, static_cast<std::uint16_t>(40'000 + number));
}

// ---------------------------------------------------------------------------------------- workers

FakeWorker& School::start_worker(WorkerNumber number, bool is_mute) {
  FakeWorker& worker = workers[number];
  worker.number = number;
  worker.is_mute = is_mute;
  reconnect_worker(number);
  return worker;
}

void School::reconnect_worker(WorkerNumber number) {
  FakeWorker& worker = workers.at(number);
  worker.link = WorkerId(++last_id_);
  worker.opened.clear();
  worker.accepted.clear();
  signaling_->worker_connected(now, worker.link, events_);
  control::Hello hello{.worker = number,
                       .pid = 100 + number,
                       .media_endpoints = {},
                       .leg_endpoint = leg_endpoint(number),
                       .fingerprint = {},
                       .sessions = {}};
  // In two parts, as from a worker with many sessions.
  control::SessionList rest;
  for (const auto& [id, entry] : worker.sessions)
    (hello.sessions.size() < worker.sessions.size() / 2 ? hello.sessions : rest.sessions)
        .push_back(entry);
  hello.more = true;
  tell(number, hello);
  tell(number, rest);
}

void School::kill_worker(WorkerNumber number) {
  const WorkerId link = workers.at(number).link;
  workers.erase(number);
  signaling_->worker_gone(now, link, events_);
  work_off();
}

void School::tell(WorkerNumber number, control::FromWorker message) {
  signaling_->worker_message(now, workers.at(number).link, std::move(message), events_);
  work_off();
}

void School::connect(const SessionName& name) {
  control::SessionEntry& entry = worker(name.worker).sessions.at(name.id);
  entry.phase = SessionPhase::kConnected;
  tell(name.worker, control::SessionState{.session = name.id,
                                          .class_id = entry.class_id,
                                          .role = entry.role,
                                          .phase = SessionPhase::kConnected,
                                          .reason = {}});
  if (entry.role == control::Role::kPublish)
    arrive(name, {.camera = true, .microphone = true, .screen = false});
}

void School::arrive(const SessionName& name, Sources sources) {
  control::SourceState state{.class_id = worker(name.worker).sessions.at(name.id).class_id,
                             .session = name.id,
                             .tracks = {}};
  state.tracks[0].active = sources.microphone;
  state.tracks[1].active = sources.camera;
  state.tracks[2].active = sources.screen;
  tell(name.worker, state);
}

std::string School::fresh_session_id() {
  std::string digits = std::to_string(++last_id_);
  return std::string(32 - digits.size(), 'a') + digits;
}

void School::obey(FakeWorker& worker, const control::ToWorker& order) {
  if (const auto* clock = std::get_if<control::Clock>(&order)) {
    worker.clocks.push_back(clock->class_time_us);
    return;
  }
  worker.orders.push_back(order);
  const WorkerId link = worker.link;
  const auto say = [&](control::FromWorker message) {
    signaling_->worker_message(now, link, std::move(message), events_);
  };
  if (const auto* limit = std::get_if<control::LimitTier>(&order))
    worker.limits[limit->session] = *limit;
  if (const auto* leg = std::get_if<control::OpenLeg>(&order)) {
    std::erase_if(worker.opened, [leg](const auto& item) {
      return item.second.class_id == leg->class_id && item.second.destination == leg->destination;
    });
    worker.opened[leg->leg] = {leg->class_id, leg->destination};
  }
  if (const auto* leg = std::get_if<control::AcceptLeg>(&order))
    worker.accepted[leg->class_id] = {leg->leg, leg->source};
  if (const auto* leg = std::get_if<control::CloseLeg>(&order)) {
    worker.opened.erase(leg->leg);
    std::erase_if(worker.accepted, [leg](const auto& item) { return item.second.leg == leg->leg; });
  }
  if (worker.is_mute) return;
  if (const auto* create = std::get_if<control::CreateSession>(&order)) {
    const std::string id = fresh_session_id();
    worker.sessions[id] = {.id = id,
                           .class_id = create->class_id,
                           .role = create->role,
                           .phase = SessionPhase::kConnecting,
                           .owner = create->owner,
                           .etag = "\"e1\""};
    say(control::SessionCreated{create->request, id, "v=0\r\nanswer", "\"e1\""});
  }
  if (const auto* patch = std::get_if<control::PatchSession>(&order))
    say(control::SessionPatched{patch->request, "", "\"e1\""});
  if (const auto* deletion = std::get_if<control::DeleteSession>(&order)) {
    const auto taken = worker.sessions.extract(deletion->session);
    if (!taken.empty())
      say(control::SessionState{.session = deletion->session,
                                .class_id = taken.mapped().class_id,
                                .role = taken.mapped().role,
                                .phase = SessionPhase::kClosed,
                                .reason = "deleted"});
    if (deletion->request != 0) say(control::SessionDeleted{deletion->request});
  }
}

// ------------------------------------------------------------------------------------------- HTTP

HttpRequest School::request(std::string method, const std::string& path, std::string body) const {
  HttpRequest http;
  http.method = std::move(method);
  const auto question = path.find('?');
  if (question != std::string::npos) http.query = path.substr(question + 1);
  http.path = path.substr(0, question);
  http.host = "localhost:8080";
  http.body = std::move(body);
  http.peer = Endpoint::v4(127, 0, 0, 1, 50'000);
  return http;
}

HttpRequest School::offer(const std::string& path) const {
  HttpRequest http = request("POST", path, "v=0\r\noffer\r\n");
  http.content_type = "application/sdp";
  return http;
}

RequestId School::send(HttpRequest http) {
  const RequestId id(++last_id_);
  asked_[id] = http.method + ' ' + http.path;
  signaling_->handle_http(now, id, std::move(http), events_);
  work_off();
  return id;
}

const HttpResponse* School::answer(RequestId request) const {
  const auto found = answers_.find(request);
  return found == answers_.end() ? nullptr : &found->second;
}

const HttpResponse& School::ask(HttpRequest http) {
  const HttpResponse* response = answer(send(std::move(http)));
  LECTERN_CHECK(response != nullptr);
  return *response;
}

SessionName School::join(std::string_view class_id) {
  const SessionName name = session_of(ask(offer("/whep/" + std::string(class_id))));
  connect(name);
  return name;
}

SessionName School::teach(std::string_view class_id, std::string_view client) {
  std::string path = "/whip/" + std::string(class_id);
  if (!client.empty()) path += "?client=" + std::string(client);
  const SessionName name = session_of(ask(offer(path)));
  connect(name);
  return name;
}

// ------------------------------------------------------------------------------------------ pages

WsPeer School::local_peer() {
  return {Endpoint::v4(127, 0, 0, 1, 50'000), "localhost:8080", "http://localhost:8080"};
}

ConnectionId School::open(const WsPeer& peer) {
  const ConnectionId page(++last_id_);
  signaling_->ws_opened(now, page, peer, events_);
  work_off();
  return page;
}

ConnectionId School::hello(std::string_view class_id, std::string_view role,
                           std::string_view client) {
  const ConnectionId page = open();
  Json hello = {{"type", "hello"}, {"class", class_id}, {"role", role}, {"version", 1}};
  if (!client.empty()) hello["client"] = client;
  say(page, hello.dump());
  return page;
}

void School::say(ConnectionId page, std::string_view text) {
  signaling_->ws_text(now, page, text, events_);
  work_off();
}

void School::say_media(ConnectionId page, const SessionName& name) {
  say(page, Json{{"type", "media"}, {"session", name.to_string()}}.dump());
}

void School::catch_up(ConnectionId page) {
  signaling_->ws_caught_up(now, page, events_);
  work_off();
}

void School::leave(ConnectionId page) {
  for (auto& [audience, pages] : audiences_) pages.erase(page);
  signaling_->ws_closed(now, page, events_);
  work_off();
}

std::vector<Json> School::heard(ConnectionId page, std::string_view type) const {
  std::vector<Json> messages;
  const auto found = heard_.find(page);
  if (found == heard_.end()) return messages;
  for (const Json& message : found->second)
    if (message.at("type") == type) messages.push_back(message);
  return messages;
}

std::optional<std::uint16_t> School::close_code(ConnectionId page) const {
  const auto found = closed_.find(page);
  if (found == closed_.end()) return std::nullopt;
  return found->second;
}

void School::forget() {
  heard_.clear();
  for (auto& [number, worker] : workers) worker.orders.clear();
}

// ------------------------------------------------------------------------------------------- time

void School::advance(Duration span) {
  const Instant end = now + span;
  for (;;) {
    const Instant next = std::min(signaling_->next_timeout(), next_beat_);
    if (next > end) break;
    now = std::max(now, next);
    if (now >= next_beat_) beat();
    if (signaling_->next_timeout() <= now) signaling_->handle_timeout(now, events_);
    work_off();
  }
  now = end;
}

void School::beat() {
  next_beat_ = now + Duration::milliseconds(500);
  for (const auto& [number, worker] : workers)
    if (!worker.is_frozen) signaling_->worker_message(now, worker.link, control::Alive{}, events_);
}

void School::start_store() {
  store_ =
      std::make_unique<store::Service>(now, [this]() -> Result<std::unique_ptr<store::Documents>> {
        if (!store_fault.empty()) return error(store_fault);
        return std::make_unique<store::MemoryDocuments>(disk);
      });
  store_->connected(store::ClientId(1));
  hand_on_answers();
  work_off();
}

void School::kill_store() {
  store_.reset();
  signaling_->store_gone();
}

void School::hand_on_answers() {
  for (const auto& [client, answer] : store_->take_answers())
    signaling_->store_message(now, answer, events_);
}

void School::restart_signaling() {
  events_.clear();
  signaling_ = std::make_unique<Signaling>(config_, authority_, rng_);
  signaling_->set_wall_time(now, 1'800'000'000'000'000);
}

bool School::is_fed(std::string_view class_id, WorkerNumber edge, WorkerNumber origin) const {
  if (edge == origin) return true;
  const auto accepted = workers.at(edge).accepted.find(std::string(class_id));
  if (accepted == workers.at(edge).accepted.end()) return false;
  const auto sent = workers.at(origin).opened.find(accepted->second.leg);
  return sent != workers.at(origin).opened.end() && sent->second.class_id == class_id &&
         sent->second.destination == leg_endpoint(edge) &&
         accepted->second.source == leg_endpoint(origin);
}

void School::work_off() {
  while (!events_.empty()) {
    const Events events = std::exchange(events_, {});
    for (const Event& event : events) carry_out(event);
  }
}

void School::carry_out(const Event& event) {
  if (const auto* response = std::get_if<HttpResponse>(&event)) {
    // [P14] One answer to a request, never two.
    LECTERN_CHECK(answers_.emplace(response->request, *response).second);
    note_answer(asked_.at(response->request), response->status);
  } else if (const auto* message = std::get_if<SendText>(&event)) {
    LECTERN_CHECK(!closed_.contains(message->connection));
    heard_[message->connection].push_back(Json::parse(*message->text));
  } else if (const auto* joined = std::get_if<JoinAudience>(&event)) {
    for (auto& [audience, pages] : audiences_)
      if (audience.part.index() == joined->audience.part.index()) pages.erase(joined->connection);
    audiences_[joined->audience].insert(joined->connection);
  } else if (const auto* said = std::get_if<SendToAudience>(&event)) {
    for (const ConnectionId page : audiences_[said->audience])
      if (!closed_.contains(page)) heard_[page].push_back(Json::parse(*said->bytes));
  } else if (const auto* close = std::get_if<CloseWs>(&event)) {
    closed_[close->connection] = close->code;
  } else if (const auto* order = std::get_if<ToWorker>(&event)) {
    for (auto& [number, worker] : workers)
      if (worker.link == order->worker) obey(worker, order->message);
  } else if (const auto* ask = std::get_if<ToStore>(&event); ask && store_ && !is_store_mute) {
    store_->ask(now, store::ClientId(1), ask->message);
    store_->commit(now);
    hand_on_answers();
  }
}

// -------------------------------------------------------------------------------------------------

SessionName session_of(const HttpResponse& response) {
  const auto name = SessionName::parse(header(response, "Location"));
  LECTERN_CHECK(response.status == 201 && name.has_value());
  return *name;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace lectern::signaling
