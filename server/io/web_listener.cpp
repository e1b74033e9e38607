#include "server/io/web_listener.h"

#include "server/io/http_response.h"
#include "server/io/web_client.h"
#include "server/io/web_transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lectern::io {
namespace {

constexpr int kGivenUpAtOnce = 16;   // when no descriptor is left; they are free in the next turn
constexpr int kAcceptedAtOnce = 64;  // then whoever is connected has a turn
// Descriptors that are not for clients: 256 workers at most, the log, files, and kTurnedAway are
// fewer.
constexpr std::size_t kOtherFiles = 384;
// Clients over the bound that are let in to be told 503; beyond them connections just close.
constexpr std::size_t kTurnedAway = 64;
constexpr int kTurnedAwaySeconds = 5;
// A half TLS handshake holds about 40 KB; a school that comes back at once is through in a second.
constexpr std::size_t kMaxHandshakes = 1024;
constexpr Duration kSweep = Duration::seconds(1);
constexpr Duration kStandstill = Duration::seconds(3);
// No connection is accepted for so long when no descriptor is left.
constexpr Duration kPause = Duration::milliseconds(100);
// The time for which audiences are written to before others have a turn.
constexpr Duration kSlice = Duration::milliseconds(5);
constexpr Duration kBetweenComplaints = Duration::seconds(60);

}  // namespace

std::size_t client_bound(std::size_t wanted) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
    return wanted;
  }
  const std::size_t most = files.rlim_cur;
  return std::min(wanted, most > 2 * kOtherFiles ? most - kOtherFiles : most / 2);
}

namespace {

Endpoint endpoint_of(const sockaddr_storage& address) {
  Endpoint peer;
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::memcpy(peer.address.data(), &v6.sin6_addr, peer.address.size());
    peer.port = ntohs(v6.sin6_port);
  } else if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    peer = Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], ntohs(v4.sin_port));
  }
  return peer;
}

// What one customer of a network has: an IPv4 address, or a /64 of IPv6.
std::string key_of(const Endpoint& endpoint) {
  const auto* const bytes = reinterpret_cast<const char*>(endpoint.address.data());
  return endpoint.is_v4() ? std::string(bytes + 12, 4) : std::string(bytes, 8);
}

}  // namespace

WebListener::WebListener(UvLoop& loop, WebOptions options, WebHandler& handler)
    : loop_(loop),
      options_(std::move(options)),
      handler_(&handler),
      sweeper_(loop, [this] { sweep(); }),
      reaper_(loop, [this] { reap(); }),
      resumer_(loop,
               [this] {
                 if (poll_) {
                   poll_->watch(true, false);
                 }
               }),
      max_clients_(client_bound(options_.max_clients)),
      audiences_([this](AudiencePlace& reader, const Flight& flight, std::size_t skip) {
        deliver(*static_cast<WebClient::Reader&>(reader).client, flight, skip);
      }),
      worker_(loop, [this] { work_off(); }) {
  options_.rules.has_tls = !options_.certificate.empty();
  options_.rules.pool = &pool_;
  audiences_.set_window(options_.window);
}

WebListener::~WebListener() = default;

void WebListener::start(Fd listening, std::unique_ptr<WebTransport> transport) {
  listening_ = std::move(listening);
  transport_ = std::move(transport);
  poll_ = std::make_unique<UvPoll>(loop_, listening_.number(),
                                   [this](bool, bool) { accept_clients(); });
  poll_->watch(true, false);
}

// ---- who comes in

void WebListener::accept_clients() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    Fd fd(accept4(listening_.number(), reinterpret_cast<sockaddr*>(&address), &size,
                  SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      accept_one(std::move(fd), endpoint_of(address));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log_crowded("no descriptor or memory is left for another connection");
      for (int given_up = 0; given_up < kGivenUpAtOnce && make_room({}); ++given_up) {
      }
      return pause_accepting();
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

// The socket stays readable while nothing can be accepted from it: asked again at once, the loop
// would spin.
void WebListener::pause_accepting() {
  poll_->watch(false, false);
  resumer_.arm(kPause);
}

void WebListener::accept_one(Fd fd, const Endpoint& remote) {
  const int on = 1;
  (void)setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  turning_away_.reset();
  arriving_ = remote;
  arriving_key_ = address_key(remote);
  if (places_.in_handshake() >= kMaxHandshakes) {
    // One of its own first: a flood from one address cuts nobody else off.
    on_refused("handshakes");
    WebTransport::kill(*places_.oldest_in_handshake(arriving_key_));
  }
  if (clients_.size() >= max_clients_ && !make_room({})) {
    log_crowded("all connections are in use");
    turning_away_ = passing_problem(
        RefusalCode::kFull, "The server is full; try again in a few seconds.", kTurnedAwaySeconds);
  } else if (has_its_share(arriving_key_) && !make_room(arriving_key_)) {
    log_crowded("one address has all the connections that it may have");
    turning_away_ =
        passing_problem(RefusalCode::kNetworkFull,
                        "Your network has too many connections; try again in a few seconds.",
                        kTurnedAwaySeconds, options_.max_clients_per_address);
  }
  if (turning_away_ && clients_.size() >= max_clients_ + kTurnedAway) {
    return on_refused("no_room");
  }
  (void)transport_->adopt(std::move(fd));
}

// What a client counts under; empty: under nothing.
std::string WebListener::address_key(const Endpoint& remote) const {
  return options_.is_proxy && options_.is_proxy(remote) ? std::string() : key_of(remote);
}

bool WebListener::has_its_share(const std::string& address_key) const {
  return !address_key.empty() && places_.held_by(address_key) >= options_.max_clients_per_address;
}

WebClient& WebListener::begin(lws* handle) {
  const Instant now = monotonic_now();
  const std::uint64_t id = ++last_id_;
  std::unique_ptr<WebClient> made(
      new WebClient{.listener = this,
                    .handle = handle,
                    .connection = WebConnection(id, options_.rules, *this, arriving_, now),
                    .address_key = arriving_key_});
  WebClient& client = *made;
  for (WebClient::Reader& reader : client.readers) reader.client = &client;
  if (turning_away_) {
    client.connection.turn_away(*std::exchange(turning_away_, {}));
  }
  places_.add(client);
  clients_.emplace(id, std::move(made));
  counters_.clients_open = clients_.size();
  place(client);
  if (clients_.size() == 1) {
    swept_at_ = now;
    sweeper_.arm_repeating(kSweep);
  }
  return client;
}

void WebListener::end(WebClient& client) {
  places_.remove(client);
  for (WebClient::Reader& reader : client.readers) audiences_.leave(reader);
  const std::uint64_t id = client.connection.id();
  const ExchangeId exchange = client.exchange;
  const bool has_socket = client.has_socket;
  exchanges_.erase(exchange);
  clients_.erase(id);
  counters_.clients_open = clients_.size();
  if (clients_.empty()) {
    sweeper_.disarm();
  }
  counters_.sockets_open -= has_socket ? 1 : 0;
  if (handler_ != nullptr && exchange != 0) {
    handler_->on_request_gone(exchange);
  }
  if (handler_ != nullptr && has_socket) {
    handler_->on_socket_closed(id);
  }
}

// ---- who goes when room is short

void WebListener::place(WebClient& client) {
  using enum WebClient::Waiting;
  const WebConnection& connection = client.connection;
  const bool is_in_handshake = !client.is_heard && WebTransport::is_in_handshake(client);
  const WebClient::Waiting waiting = client.is_doomed             ? kNone
                                     : is_in_handshake            ? kHandshake
                                     : connection.is_unfinished() ? kUnfinished
                                     : connection.is_idle()       ? kIdle
                                     : connection.is_reading()    ? kReading
                                                                  : kNone;
  places_.place(client, waiting, connection.waiting_since());
}

bool WebListener::make_room(const std::string& address_key) {
  WebClient* const victim = places_.victim(monotonic_now(), address_key);
  if (victim == nullptr) {
    return false;
  }
  log_crowded("connections that wait are given up for new ones");
  on_refused("given_up");
  WebTransport::kill(*victim);
  return true;
}

void WebListener::log_crowded(std::string_view why) {
  const Instant now = monotonic_now();
  if (handler_ != nullptr && (!crowded_said_ || now - *crowded_said_ >= kBetweenComplaints)) {
    crowded_said_ = now;
    handler_->on_crowded(why);
  }
}

// ---- time

void WebListener::sweep() {
  const Instant now = monotonic_now();
  // This process stood still: what has come meanwhile is read first.
  if (now - std::exchange(swept_at_, now) > kStandstill) {
    return;
  }
  for (const auto& [id, client] : clients_) {
    WebConnection& connection = client->connection;
    if (client->waiting == WebClient::Waiting::kHandshake) {
      if (!WebTransport::is_in_handshake(*client)) {
        connection.handle_opened(now, true);
        place(*client);
      }
    } else if (now >= connection.next_timeout()) {
      connection.handle_timeout(now);
      touch(*client);
    }
  }
}

void WebListener::touch(WebClient& client) {
  if (client.is_in_callback || client.is_doomed) {
    return;  // pump() comes to it
  }
  if (client.connection.is_over() || client.waiting == WebClient::Waiting::kHandshake) {
    doom(client);
  } else {
    WebTransport::wake(client);
    place(client);
  }
}

void WebListener::doom(WebClient& client) {
  client.is_doomed = true;
  place(client);
  doomed_.push_back(client.connection.id());
  reaper_.arm(Duration::zero());
}

void WebListener::reap() {
  for (const std::uint64_t id : std::exchange(doomed_, {})) {
    if (const auto found = clients_.find(id); found != clients_.end()) {
      WebTransport::kill(*found->second);
    }
  }
}

// ---- what connections say

void WebListener::on_request(WebConnection& from, WebRequest request) {
  WebClient& client = *clients_.at(from.id());
  client.exchange = ++last_id_;
  exchanges_.emplace(client.exchange, &client);
  if (handler_ != nullptr) {
    handler_->on_request(client.exchange, std::move(request));
  }
}

bool WebListener::admits_socket(const WebRequest& handshake) {
  return handler_ != nullptr && handler_->admits_socket(handshake);
}

void WebListener::on_socket_open(WebConnection& from, WebRequest handshake) {
  clients_.at(from.id())->has_socket = true;
  ++counters_.sockets_open;
  if (handler_ != nullptr) {
    handler_->on_socket_open(from.id(), std::move(handshake));
  }
}

void WebListener::on_socket_text(WebConnection& from, std::string_view message) {
  ++counters_.messages_in;
  if (handler_ != nullptr) {
    handler_->on_socket_text(from.id(), message);
  }
}

void WebListener::on_socket_binary(WebConnection& from, std::string_view message) {
  ++counters_.messages_in;
  if (handler_ != nullptr) {
    handler_->on_socket_binary(from.id(), message);
  }
}

void WebListener::on_socket_caught_up(WebConnection& from) {
  if (handler_ != nullptr) {
    handler_->on_socket_caught_up(from.id());
  }
}

void WebListener::on_socket_closed(WebConnection& from) {
  clients_.at(from.id())->has_socket = false;
  --counters_.sockets_open;
  if (handler_ != nullptr) {
    handler_->on_socket_closed(from.id());
  }
}

void WebListener::on_refused(std::string_view reason) {
  const auto found = counters_.refusals.find(reason);
  ++(found != counters_.refusals.end() ? found : counters_.refusals.emplace(reason, 0).first)
        ->second;
  counters_.sockets_behind += reason == "socket_behind" ? 1 : 0;
}

void WebListener::on_answered(int status) {
  ++counters_.responses[status];
}

std::string_view WebListener::date() const {
  const std::time_t now = std::time(nullptr);
  if (now != std::exchange(dated_, now)) {
    date_ = http_date(now);
  }
  return date_;
}

// ---- what the handler says

void WebListener::respond(ExchangeId id, WebResponse response) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) {
    return;
  }
  WebClient& client = *found->second;
  exchanges_.erase(found);
  client.exchange = 0;
  client.connection.respond(monotonic_now(), std::move(response));
  touch(client);
}

void WebListener::send(SocketId id, const Frame& frame) {
  const auto found = clients_.find(id);
  if (found == clients_.end() || !found->second->connection.is_socket()) {
    return;
  }
  ++counters_.messages_out;
  found->second->connection.send(monotonic_now(), frame);
  touch(*found->second);
}

void WebListener::join(SocketId id, std::size_t place, const std::string& audience) {
  if (const auto found = clients_.find(id);
      found != clients_.end() && found->second->connection.is_socket()) {
    audiences_.join(found->second->readers[place], audience);
  }
}

void WebListener::send_to(std::string_view audience, Frame frame) {
  audiences_.send(monotonic_now(), audience, std::move(frame));
  arm_worker();
}

// ---- what audiences are told

void WebListener::arm_worker() {
  const Instant next = audiences_.next();
  if (next.is_never()) {
    worker_.disarm();
  } else {
    worker_.arm(std::max(Duration::zero(), next - monotonic_now()));
  }
}

void WebListener::work_off() {
  audiences_.work_off(kSlice, monotonic_now);
  arm_worker();
}

void WebListener::deliver(WebClient& client, const Flight& flight, std::size_t skip) {
  WebConnection& connection = client.connection;
  if (!connection.is_socket() || client.is_doomed) {
    return;
  }
  counters_.messages_out += flight.frames.size() - skip;
  if (skip == 0 && connection.takes_at_once()) {
    ++counters_.writes_out;
    const std::size_t written = WebTransport::write_now(client, *flight.joined);
    if (written == flight.joined->size()) {
      return;
    }
    connection.send_rest(monotonic_now(), flight.joined, written);
  } else {
    const Instant now = monotonic_now();
    for (std::size_t i = skip; i < flight.frames.size(); ++i) {
      if (flight.frames[i].bytes) {
        connection.send(now, flight.frames[i]);
      }
    }
  }
  touch(client);
}

void WebListener::close(SocketId id, std::uint16_t code, std::string_view reason) {
  if (const auto found = clients_.find(id); found != clients_.end()) {
    found->second->connection.close(monotonic_now(), code, reason);
    touch(*found->second);
  }
}

void WebListener::allow_messages(SocketId id, std::size_t max_bytes) {
  if (const auto found = clients_.find(id); found != clients_.end()) {
    found->second->connection.allow_messages(max_bytes);
  }
}

Result<void> WebListener::reload_certificate() {
  return transport_->load_certificate(options_);
}

void WebListener::stop_accepting() {
  poll_.reset();
  listening_.reset();
  for (const auto& [id, client] : clients_) {
    client->connection.drain(monotonic_now());
    touch(*client);
  }
}

}  // namespace lectern::io
