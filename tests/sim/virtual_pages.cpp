#include "tests/sim/virtual_pages.h"

#include "base/check.h"
#include "tests/sim/virtual_clock.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace lectern::sim {

namespace {

constexpr Duration kComeBackLimit = Duration::milliseconds(300);  // [P50]
constexpr Duration kRetryAfter = Duration::milliseconds(500);     // [P50]

// Where HTTP and WebSockets seem to come from.
const Endpoint kBrowser = Endpoint::v4(127, 0, 0, 1, 50'000);
constexpr const char* kHost = "localhost:8080";

}  // namespace

VirtualPages::VirtualPages(VirtualNetwork& network, VirtualSignaling& signaling, Rng& rng,
                           const LessonOptions& lesson)
    : network_(network),
      signaling_(signaling),
      rng_(rng),
      encodings_(lesson.encodings),
      certificate_(dtls::Certificate::generate()),
      context_(certificate_),
      lesson_(lesson) {}

Endpoint VirtualPages::new_address() {
  const uint32_t n = next_address_++;
  return Endpoint::v4(198, 51, static_cast<uint8_t>(100 + (n >> 16)), static_cast<uint8_t>(n >> 8),
                      static_cast<uint16_t>(20'000 + (n & 255)));
}

Page& VirtualPages::open(std::unique_ptr<Page> opened) {
  LECTERN_CHECK(opened->is_teacher == pages_.empty());
  pages_.push_back(std::move(opened));
  Page& page = *pages_.back();
  open_web_socket(page);
  post(page);
  if (page.is_teacher) tick_lesson();
  return page;
}

void VirtualPages::delete_session(const Page& page, const std::string& session) {
  signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
    signaling::HttpRequest request;
    request.method = "DELETE";
    request.path = (page.is_teacher ? "/whip/demo/" : "/whep/demo/") + session;
    request.host = kHost;
    request.peer = kBrowser;
    core.handle_http(now, signaling::RequestId(next_id_++), std::move(request), events);
  });
}

void VirtualPages::close(Page& page) {
  if (page.viewer) page.viewer->close();
  if (page.publisher) page.publisher->close();
  drive(page);
  delete_session(page, page.session);
  signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
    if (page.connection) core.ws_closed(now, *page.connection, events);
  });
  if (page.connection) by_connection_.erase(page.connection->value());
  page.connection.reset();
  ++page.generation;
  // The goodbye is on its way; nothing comes in any more.
  if (page.host) network_.remove_host(*page.host);
  page.host.reset();
  page.viewer.reset();
  page.publisher.reset();
}

// -------------------------------------------------------------------------------------- WebSocket

void VirtualPages::disconnect_all() {
  by_connection_.clear();
  posts_.clear();
  for (const auto& page : pages_) page->connection.reset();
}

void VirtualPages::reconnect_all() {
  for (const auto& page : pages_)
    network_.at(network_.now() + rng_.jitter(kComeBackLimit), [this, p = page.get()](Instant) {
      if (p->host) open_web_socket(*p);
    });
}

void VirtualPages::open_web_socket(Page& page) {
  if (!signaling_.is_running()) return;
  page.connection = signaling::ConnectionId(next_id_++);
  by_connection_[page.connection->value()] = &page;
  signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
    core.ws_opened(now, *page.connection, {kBrowser, kHost, {}}, events);
  });
  say(page, nlohmann::json{{"type", "hello"},
                           {"class", "demo"},
                           {"role", page.is_teacher ? "teacher" : "student"},
                           {"version", 1}}
                .dump());
  if (!page.session.empty())
    say(page, nlohmann::json{{"type", "media"}, {"session", page.session}}.dump());
}

void VirtualPages::say(Page& page, std::string text) {
  if (!page.connection) return;
  network_.at(network_.now() + page.link.up.delay, [this, id = *page.connection,
                                                    said = std::move(text)](Instant) {
    if (!by_connection_.contains(id.value())) return;
    signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
      core.ws_text(now, id, said, events);
    });
  });
}

void VirtualPages::deliver(const signaling::SendText& text) {
  const auto found = by_connection_.find(text.connection.value());
  if (found == by_connection_.end()) return;
  Page* page = found->second;
  network_.at(network_.now() + page->link.down.delay,
              [this, page, id = text.connection, said = text.text](Instant) {
                if (page->connection == id) hear(*page, *said);
              });
}

void VirtualPages::hear(Page& page, const std::string& text) {
  const auto message = nlohmann::json::parse(text);
  if (message.at("type") == "rung" &&
      (page.rungs.empty() || message.at("rung") != page.rungs.back().name))
    page.rungs.push_back({network_.now(), message.at("rung").get<std::string>()});
  if (message.at("type") == "encodings" && message.at("session") == page.session) {  // [P47]
    const auto needed = message.at("camera").get<std::vector<std::string>>();
    for (size_t encoding = 0; encoding < encodings_; ++encoding)
      lesson_.set_active(encoding,
                         std::ranges::find(needed, std::to_string(encoding)) != needed.end());
  }
  if (message.at("type") != "move") return;
  page.moves.push_back(network_.now());
  come_back(page);
}

// ------------------------------------------------------------------------------------------- HTTP

void VirtualPages::come_back(Page& page) {
  ++page.generation;
  post_again(page, rng_.jitter(kComeBackLimit));
}

void VirtualPages::post_again(Page& page, Duration after) {
  network_.at(network_.now() + after, [this, &page, g = page.generation](Instant) {
    if (page.generation == g) post(page);
  });
}

void VirtualPages::post(Page& page) {
  ++page.generation;
  ++page.attempts;
  open_peer_connection(page);
  request_session(page);
}

void VirtualPages::open_peer_connection(Page& page) {
  if (page.host) network_.remove_host(*page.host);
  page.endpoint = new_address();
  page.host = network_.add_host(page.endpoint,
                                [this, &page](Instant now, const Path& path, MutableBytes bytes) {
                                  receive(now, page, path, bytes);
                                });
  network_.set_profile(*page.host, page.link.up, page.link.down);
  page.wakes_at = Instant::never();
  if (page.is_teacher) {
    client::PublisherConfig config;
    config.videos[0].encodings = encodings_;
    config.wall_clock_offset = kUnixTimeOfZero;
    page.publisher = std::make_unique<client::Publisher>(context_, rng_, config);
    lesson_.start();
  } else {
    page.viewer = std::make_unique<client::Viewer>(context_, rng_, page.viewer_config);
  }
}

void VirtualPages::request_session(Page& page) {
  signaling::HttpRequest request;
  request.method = "POST";
  request.path = page.is_teacher ? "/whip/demo" : "/whep/demo";
  request.query = page.is_teacher ? "client=teacher" : "";
  request.host = kHost;
  request.content_type = "application/sdp";
  request.body = page.is_teacher ? page.publisher->offer() : page.viewer->offer();
  request.peer = kBrowser;
  const uint64_t id = next_id_++;
  posts_[id] = {&page, page.generation};
  network_.at(network_.now() + page.link.up.delay, [this, id, &page, sent = std::move(request),
                                                    g = page.generation](Instant) {
    if (!signaling_.is_running()) {
      // Connection refused: the page tries again.
      if (page.generation == g) post_again(page, kRetryAfter + rng_.jitter(kComeBackLimit));
      return;
    }
    signaling_.hear([&](signaling::Signaling& core, Instant now, signaling::Events& events) {
      core.handle_http(now, signaling::RequestId(id), sent, events);
    });
  });
}

void VirtualPages::answer(const signaling::HttpResponse& response) {
  const auto found = posts_.find(response.request.value());
  if (found == posts_.end()) return;
  const PendingPost pending = found->second;
  posts_.erase(found);
  network_.at(network_.now() + pending.page->link.down.delay, [this, pending, response](Instant) {
    if (pending.page->generation == pending.generation) on_created(*pending.page, response);
  });
}

void VirtualPages::on_created(Page& page, const signaling::HttpResponse& response) {
  if (response.status != 201) {
    ++page.refused;
    post_again(page, kRetryAfter + rng_.jitter(kComeBackLimit));
    return;
  }
  const std::string older = page.session;
  for (const auto& [name, value] : response.headers)
    if (name == "Location") page.session = value.substr(value.rfind('/') + 1);
  if (!older.empty()) delete_session(page, older);
  const Instant now = network_.now();
  set_virtual_clock(now);
  const auto accepted = page.is_teacher ? page.publisher->accept(now, response.body, page.endpoint)
                                        : page.viewer->accept(now, response.body, page.endpoint);
  LECTERN_CHECK(accepted.has_value());
  say(page, nlohmann::json{{"type", "media"}, {"session", page.session}}.dump());
  drive(page);
}

// ------------------------------------------------------------------------------------------ media

void VirtualPages::receive(Instant now, Page& page, const Path& path, MutableBytes bytes) {
  set_virtual_clock(now);
  client::Events events;
  // Behind a NAT the page knows only its own address.
  const Path inside{path.remote, page.endpoint};
  if (page.viewer) page.viewer->handle_datagram(now, inside, bytes, events);
  if (page.publisher) page.publisher->handle_datagram(now, inside, bytes, events);
  handle_events(page, events);
  drive(page);
}

void VirtualPages::handle_events(Page& page, const client::Events& events) {
  for (const client::Event& event : events) {
    if (event.kind == client::Event::Kind::kKeyframeWanted) lesson_.want_keyframe(event.encoding);
    if (event.kind == client::Event::Kind::kClosed) come_back(page);
  }
}

void VirtualPages::drive(Page& page) {
  if (!page.host) return;
  const Instant now = network_.now();
  SendBatch batch;
  bool more = true;
  while (more) {
    batch.clear();
    more = page.is_teacher ? page.publisher->fill(now, batch) : page.viewer->fill(now, batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams())
      network_.send(now, *page.host, datagram.path.remote, batch.bytes(datagram));
  }
  const Instant next =
      page.is_teacher ? page.publisher->next_timeout() : page.viewer->next_timeout();
  if (next >= page.wakes_at) return;
  page.wakes_at = std::max(next, now);
  network_.at(page.wakes_at, [this, &page, host = *page.host](Instant at) {
    if (page.host != host || at < page.wakes_at) return;
    page.wakes_at = Instant::never();
    set_virtual_clock(at);
    client::Events events;
    if (page.viewer) page.viewer->handle_timeout(at, events);
    if (page.publisher) page.publisher->handle_timeout(at, events);
    handle_events(page, events);
    drive(page);
  });
}

void VirtualPages::tick_lesson() {
  const Instant now = network_.now();
  set_virtual_clock(now);
  if (!at(0).publisher) return;
  lesson_.tick(now, *at(0).publisher);
  drive(at(0));
  network_.at(now + Lesson::kTick, [this](Instant) { tick_lesson(); });
}

void VirtualPages::rebind(Page& page) {
  network_.rebind(*page.host, new_address());
}

}  // namespace lectern::sim
