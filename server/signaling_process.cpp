#include "server/signaling_process.h"

#include "base/overloaded.h"
#include "server/certificate.h"
#include "server/client_address.h"
#include "server/core_config.h"
#include "server/io/http_response.h"
#include "server/io/system_rng.h"
#include "server/log.h"
#include "server/metrics_text.h"
#include "server/paths.h"
#include "server/system.h"
#include "server/token_key.h"
#include "server/version.h"

#include <signal.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace lectern::server {
namespace {

constexpr std::string_view kSubprotocol = "lectern.v1";

constexpr std::size_t kMetricsClients = 64;
constexpr Duration kStopLook = Duration::milliseconds(20);

signaling::HttpRequest core_request(io::WebRequest&& request, const TrustedProxies& proxies) {
  const bool is_from_proxy = is_forwarded(request);
  const Endpoint client = proxies.client_of(request);
  return {.method = request.method,
          .path = request.path,
          .query = request.query,
          .host = std::string(request.header("host")),
          .origin = std::string(request.header("origin")),
          .authorization = std::string(request.header("authorization")),
          .content_type = std::string(request.header("content-type")),
          .accept = std::string(request.header("accept")),
          .if_match = std::string(request.header("if-match")),
          .if_none_match = std::string(request.header("if-none-match")),
          .body = std::move(request.body),
          .peer = client,
          .is_forwarded = is_from_proxy};
}

io::WebResponse text_answer(int status, std::string type, std::string text) {
  return {.status = status,
          .headers = {{"content-type", std::move(type)}, {"cache-control", "no-store"}},
          .body = io::body_of(std::move(text))};
}

io::WebResponse not_ready(std::string_view sentence) {
  return io::passing_problem(RefusalCode::kStarting, sentence, 1);
}

bool is_read(const io::WebRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

io::WebResponse only_read() {
  io::WebResponse refusal =
      io::problem(RefusalCode::kWrongMethod, "Only GET and HEAD are answered here.");
  refusal.headers.emplace_back("allow", "GET, HEAD");
  return refusal;
}

// RFC 9110 section 9.3.7: `OPTIONS *` asks what the server can do at all.
io::WebResponse all_methods() {
  return {.status = 204, .headers = {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}};
}

std::string name_of(const signaling::Audience& audience) {
  if (const auto* worker = std::get_if<control::WorkerNumber>(&audience.part))
    return audience.class_id + "/w" + std::to_string(*worker);
  const auto role = std::get<signaling::PageRole>(audience.part);
  return audience.class_id + (role == signaling::PageRole::kTeacher ? "/t" : "/s");
}

bool is_under(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

}  // namespace

class SignalingProcess::MetricsPage final : public io::WebHandler {
 public:
  explicit MetricsPage(SignalingProcess& process) : process_(process) {}

  void on_request(io::ExchangeId id, io::WebRequest request) override {
    process_.metrics_listener_->respond(
        id, request.path != "/metrics"
                ? io::problem(RefusalCode::kNotFound, "The figures are at /metrics.")
            : !is_read(request) ? only_read()
                                : text_answer(200, "text/plain; version=0.0.4; charset=utf-8",
                                              process_.metrics_page()));
  }
  void on_request_gone(io::ExchangeId) override {}
  bool admits_socket(const io::WebRequest&) override { return false; }
  void on_socket_open(io::SocketId, io::WebRequest) override {}
  void on_socket_text(io::SocketId, std::string_view) override {}
  void on_socket_binary(io::SocketId, std::string_view) override {}
  void on_socket_caught_up(io::SocketId) override {}
  void on_socket_closed(io::SocketId) override {}

 private:
  SignalingProcess& process_;
};

SignalingProcess::SignalingProcess(const SignalingConfig& config,
                                   std::unique_ptr<signaling::TokenAuthority> authority,
                                   io::HttpFiles pages, Duration stop_limit)
    : config_(config),
      proxies_(config.web.trusted_proxies),
      authority_(std::move(authority)),
      pages_(std::move(pages)),
      rng_(io::system_rng()),
      core_(core_config(config), &authority_, rng_),
      metrics_handler_(std::make_unique<MetricsPage>(*this)),
      web_(std::make_unique<io::WebContext>(loop_)),
      workers_(loop_, config.common.data,
               {.on_connected = [this](signaling::WorkerId link) { on_worker_connected(link); },
                .on_message =
                    [this](signaling::WorkerId link, control::FromWorker message) {
                      on_worker_message(link, std::move(message));
                    },
                .on_closed = [this] { arm_timer(io::monotonic_now()); }}),
      store_(loop_, store_socket(config.common.data),
             {.on_message = [this](const store::FromStore& message) { on_store_message(message); },
              .on_gone = [this] { core_.store_gone(); }}),
      hang_up_(loop_, SIGHUP, [this] { reload(); }),
      heartbeat_(loop_),
      timer_(loop_, [this] { on_timer(); }),
      every_minute_(loop_,
                    [this] { core_.set_wall_time(io::monotonic_now(), unix_microseconds()); }),
      stop_limit_(stop_limit),
      end_(loop_, [this] { end_when_quiet(); }),
      terminate_(loop_, SIGTERM, [this] { stop(); }) {
  if (!own_restarts()) {
    interrupt_ = std::make_unique<io::UvSignal>(loop_, SIGINT, [this] { stop(); });
  }
  pages_.set_public_path(config_.web.public_path);
  core_.set_wall_time(io::monotonic_now(), unix_microseconds());
}

SignalingProcess::~SignalingProcess() = default;

Result<void> SignalingProcess::listen() {
  const WebConfig& web = config_.web;
  const std::size_t clients = io::client_bound(web.max_clients);
  const std::size_t share = std::max<std::size_t>(clients / 2, 1);  // one address is not all
  if (clients < web.max_clients) {
    log::warn("web.few_descriptors", {{"max_clients", clients}, {"wanted", web.max_clients}});
  }
  io::WebOptions options{
      .address = web.listen,
      .port = web.port,
      .certificate = web.tls_cert,
      .private_key = web.tls_key,
      .rules = {.subprotocol = std::string(kSubprotocol),
                .public_path = web.public_path,
                .max_body = signaling::kMaxHttpBody,
                .max_message = signaling::kMaxFirstFrame},
      .max_clients = clients,
      .max_clients_per_address = std::min<std::size_t>(web.max_clients_per_address, share),
      .is_proxy = [this](const Endpoint& peer) { return proxies_.contains(peer); },
      .window = Duration::milliseconds(web.page_window_ms)};
  auto listener = web_->listen(std::move(options), *this);
  if (!listener) {
    return error(listener.error().context + "; choose another with --port");
  }
  listener_ = *listener;
  if (web.metrics_port != 0) {
    auto metrics = web_->listen(
        {.address = web.metrics_listen, .port = web.metrics_port, .max_clients = kMetricsClients},
        *metrics_handler_);
    if (!metrics) {
      return error(metrics.error().context + "; choose another with --metrics-port");
    }
    metrics_listener_ = *metrics;
  }
  if (auto workers = workers_.listen(); !workers) {
    return workers;
  }
  log::info("signaling.listening", {{"port", web.port}, {"metrics_port", web.metrics_port}});
  return {};
}

void SignalingProcess::run() {
  every_minute_.arm_repeating(Duration::seconds(60));
  if (config_.has_store) {
    store_.connect();
  }
  carry_out({});
  loop_.run();
}

void SignalingProcess::on_request(io::ExchangeId id, io::WebRequest request) {
  const std::string& path = request.path;
  if (is_under(path, "/api") || is_under(path, "/whip") || is_under(path, "/whep")) {
    log::debug("http.asked", {{"request", id}, {"method", request.method}, {"path", path}});
    signaling::Events events;
    core_.handle_http(io::monotonic_now(), signaling::RequestId(id),
                      core_request(std::move(request), proxies_), events);
    carry_out(std::move(events));
  } else if (path == "*") {
    listener_->respond(id, all_methods());
  } else if ((path == "/healthz" || path == "/readyz" || path == "/version") && !is_read(request)) {
    listener_->respond(id, only_read());
  } else if (path == "/healthz") {
    listener_->respond(id, text_answer(200, "text/plain", "ok\n"));
  } else if (path == "/readyz") {
    const signaling::Readiness readiness = core_.readiness();
    listener_->respond(id, readiness.is_ready
                               ? text_answer(200, "text/plain", readiness.sentence + '\n')
                               : not_ready(readiness.sentence));
  } else if (path == "/version") {
    listener_->respond(id, text_answer(200, "application/json", version_json()));
  } else {
    listener_->respond(id, pages_.answer(request));
  }
}

void SignalingProcess::on_request_gone(io::ExchangeId id) {
  log::debug("http.gone", {{"request", id}});
  signaling::Events events;
  core_.http_gone(io::monotonic_now(), signaling::RequestId(id), events);
  carry_out(std::move(events));
}

bool SignalingProcess::admits_socket(const io::WebRequest& handshake) {
  return core_.is_origin_allowed(handshake.header("host"), handshake.header("origin"));
}

void SignalingProcess::on_socket_open(io::SocketId id, io::WebRequest handshake) {
  log::debug("socket.opened", {{"socket", id}, {"from", log::truncated(handshake.remote)}});
  signaling::Events events;
  core_.ws_opened(io::monotonic_now(), signaling::ConnectionId(id),
                  {.address = proxies_.client_of(handshake),
                   .host = std::string(handshake.header("host")),
                   .origin = std::string(handshake.header("origin")),
                   .is_forwarded = is_forwarded(handshake)},
                  events);
  carry_out(std::move(events));
}

void SignalingProcess::on_socket_text(io::SocketId id, std::string_view message) {
  signaling::Events events;
  core_.ws_text(io::monotonic_now(), signaling::ConnectionId(id), message, events);
  carry_out(std::move(events));
}

void SignalingProcess::on_socket_binary(io::SocketId id, std::string_view message) {
  signaling::Events events;
  core_.ws_binary(io::monotonic_now(), signaling::ConnectionId(id), message, events);
  carry_out(std::move(events));
}

void SignalingProcess::on_socket_caught_up(io::SocketId id) {
  signaling::Events events;
  core_.ws_caught_up(io::monotonic_now(), signaling::ConnectionId(id), events);
  carry_out(std::move(events));
}

void SignalingProcess::on_socket_closed(io::SocketId id) {
  signaling::Events events;
  core_.ws_closed(io::monotonic_now(), signaling::ConnectionId(id), events);
  carry_out(std::move(events));
}

void SignalingProcess::on_crowded(std::string_view why) {
  log::warn("web.crowded", {{"why", why}});
}

void SignalingProcess::on_worker_connected(signaling::WorkerId link) {
  signaling::Events events;
  core_.worker_connected(io::monotonic_now(), link, events);
  carry_out(std::move(events));
}

void SignalingProcess::on_worker_message(signaling::WorkerId link, control::FromWorker message) {
  signaling::Events events;
  core_.worker_message(io::monotonic_now(), link, std::move(message), events);
  carry_out(std::move(events));
}

void SignalingProcess::on_store_message(const store::FromStore& message) {
  signaling::Events events;
  core_.store_message(io::monotonic_now(), message, events);
  carry_out(std::move(events));
}

void SignalingProcess::on_timer() {
  const Instant now = io::monotonic_now();
  signaling::Events events;
  for (const signaling::WorkerId link : workers_.take_closed()) {
    core_.worker_gone(now, link, events);
  }
  if (core_.next_timeout() <= now) {
    core_.handle_timeout(now, events);
  }
  carry_out(std::move(events));
}

void SignalingProcess::stop() {
  if (std::exchange(is_stopping_, true)) {
    return loop_.stop();
  }
  const Instant now = io::monotonic_now();
  log::info("signaling.stopping", {{"pages", listener_->counters().sockets_open}});
  stop_ends_ = now + stop_limit_;
  listener_->stop_accepting();
  signaling::Events events;
  core_.stop(now, events);
  carry_out(std::move(events));
  end_.arm_repeating(kStopLook);
}

void SignalingProcess::end_when_quiet() {
  // All exchanges are over too: what the core has not answered keeps its client.
  if (listener_->is_empty() || io::monotonic_now() >= stop_ends_) {
    log::info("signaling.stopped", {{"clients_left", listener_->counters().clients_open}});
    loop_.stop();
  }
}

void SignalingProcess::reload() {
  const auto tell = [](std::string_view what, const auto& result) {
    if (result) {
      log::info("reload.done", {{"what", what}});
    } else {
      log::error("reload.refused", {{"what", what}, {"reason", result.error().context}});
    }
  };
  if (!config_.web.tls_cert.empty()) {
    const auto usable = check_certificate(config_.web.tls_cert, config_.web.tls_key);
    tell("certificate", usable ? listener_->reload_certificate() : usable);
  }
  auto authority = load_token_authority(config_.key_file, config_.common.data, config_.common.dev);
  tell("token key", authority);
  if (authority) {
    authority_.replace(*std::move(authority));
  }
}

void SignalingProcess::carry_out(signaling::Events events) {
  for (signaling::Event& event : events) {
    carry_out(event);
  }
  report_readiness();
  arm_timer(io::monotonic_now());
}

void SignalingProcess::carry_out(signaling::Event& event) {
  std::visit(
      Overloaded{
          [&](signaling::HttpResponse& response) {
            log::debug("http.answered",
                       {{"request", response.request.value()}, {"status", response.status}});
            const bool has_body = !response.body.empty();
            listener_->respond(response.request.value(),
                               {.status = response.status,
                                .headers = std::move(response.headers),
                                .body = has_body ? io::body_of(std::move(response.body)) : nullptr,
                                .closes = response.closes});
          },
          [&](signaling::SendText& message) {
            listener_->send(message.connection.value(),
                            io::Frame::of(io::WsOpcode::kText, *message.text, Lane::kMustArrive));
          },
          [&](signaling::JoinAudience& join) {
            static_assert(std::variant_size_v<decltype(signaling::Audience::part)> ==
                          io::kAudiencesPerSocket);
            listener_->join(join.connection.value(), join.audience.part.index(),
                            name_of(join.audience));
          },
          [&](signaling::SendToAudience& message) {
            const auto opcode = message.is_binary ? io::WsOpcode::kBinary : io::WsOpcode::kText;
            listener_->send_to(
                name_of(message.audience),
                io::Frame::of(opcode, *message.bytes, message.lane, std::move(message.key)));
          },
          [&](signaling::CloseWs& close) {
            listener_->close(close.connection.value(), close.code, close.reason);
          },
          [&](signaling::AllowFrames& allowed) {
            listener_->allow_messages(allowed.connection.value(), allowed.max_bytes);
          },
          [&](signaling::ToWorker& order) { workers_.send(order.worker, order.message); },
          [&](signaling::ToStore& ask) { store_.send(ask.message); },
          [&](signaling::CloseWorker& close) {
            const auto& number = close.number;
            log::warn("worker.closed", {{"worker", number ? std::to_string(*number) : "unknown"},
                                        {"reason", close.reason}});
            workers_.close(close.worker);
          }},
      event);
}

void SignalingProcess::arm_timer(Instant now) {
  const Instant next = workers_.has_closed() ? now : core_.next_timeout();
  if (next.is_never()) {
    timer_.disarm();
  } else {
    timer_.arm(std::max(Duration::zero(), next - now));
  }
}

void SignalingProcess::report_readiness() {
  if (is_ready_ || !core_.readiness().is_ready) {
    return;
  }
  is_ready_ = true;
  log::info("signaling.ready");
  heartbeat_.report_ready();
}

std::string SignalingProcess::metrics_page() const {
  std::vector<signaling::Sample> samples = core_.metrics();
  append_shell_samples(listener_->counters(), process_facts(), samples);
  append_restarts(own_restarts(), samples);
  return metrics_text(samples);
}

}  // namespace lectern::server
