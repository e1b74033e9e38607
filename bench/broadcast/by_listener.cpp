#include "bench/broadcast/options.h"
#include "server/io/web_context.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>

namespace lectern::bench {
namespace {

// Begins to broadcast a second after all readers are there; answers POST as a door to the media
// would, so that the time of an answer beside a broadcast can be measured.
class Broadcaster final : private io::WebHandler {
 public:
  explicit Broadcaster(const BroadcastOptions& options)
      : options_(options),
        web_(std::make_unique<io::WebContext>(loop_)),
        start_(loop_, [this] { start(); }),
        ticker_(loop_, [this] { tick(); }) {}

  int run() {
    auto listener = web_->listen({.address = "127.0.0.1",
                                  .port = options_.port,
                                  .certificate = options_.certificate,
                                  .private_key = options_.private_key,
                                  .rules = {.subprotocol = "lectern.v1"},
                                  .max_clients = 20'000,
                                  .max_clients_per_address = 20'000,
                                  .window = Duration::milliseconds(options_.window_ms)},
                                 *this);
    if (!listener) {
      fmt::print(stderr, "{}\n", listener.error().context);
      return 1;
    }
    listener_ = *listener;
    empty_kb_ = resident_kb();
    fmt::print("{{\"listening\": true}}\n");
    std::fflush(stdout);
    loop_.run();
    return 0;
  }

 private:
  void on_request(io::ExchangeId id, io::WebRequest request) override {
    const bool is_post = request.method == "POST";
    listener_->respond(id, {.status = is_post ? 201 : 404,
                            .body = io::body_of(std::string(is_post ? 3000 : 0, 'a'))});
  }
  void on_request_gone(io::ExchangeId) override {}
  bool admits_socket(const io::WebRequest&) override { return true; }
  void on_socket_open(io::SocketId id, io::WebRequest) override {
    listener_->join(id, 0, "all");
    if (++open_ == options_.readers) start_.arm(Duration::seconds(3));
  }
  void on_socket_text(io::SocketId, std::string_view) override {}
  void on_socket_binary(io::SocketId, std::string_view) override {}
  void on_socket_caught_up(io::SocketId) override {}
  void on_socket_closed(io::SocketId) override { ++closed_; }

  void start() {
    idle_kb_ = resident_kb();
    started_ = io::monotonic_now();
    cpu_before_ = cpu_us();
    ticker_.arm(Duration::zero());
  }

  void tick() {
    const Instant now = io::monotonic_now();
    const auto due = static_cast<std::uint64_t>(static_cast<double>((now - started_).us()) * 1e-6 *
                                                options_.rate);
    for (; sent_ <= due; ++sent_) {
      listener_->send_to("all",
                         {.bytes = std::make_shared<const std::string>(stamped_frame(sent_))});
    }
    if (now - started_ >= Duration::microseconds(static_cast<std::int64_t>(options_.seconds * 1e6)))
      return report();
    const auto next = static_cast<std::int64_t>(static_cast<double>(sent_) * 1e6 / options_.rate);
    ticker_.arm(started_ + Duration::microseconds(next) - now);
  }

  void report() {
    const io::WebCounters& counters = listener_->counters();
    fmt::print(
        "{{\"frames\": {}, \"cpu_us\": {}, \"seconds\": {:.3f}, \"empty_kb\": {}, \"idle_kb\": {}, "
        "\"end_kb\": {}, \"writes\": {}, \"messages\": {}, \"behind\": {}, \"closed\": {}}}\n",
        sent_, cpu_us() - cpu_before_,
        static_cast<double>((io::monotonic_now() - started_).us()) * 1e-6, empty_kb_, idle_kb_,
        resident_kb(), counters.writes_out, counters.messages_out, counters.sockets_behind,
        closed_);
    std::fflush(stdout);
  }

  const BroadcastOptions& options_;
  io::UvLoop loop_;
  std::unique_ptr<io::WebContext> web_;
  io::WebListener* listener_ = nullptr;
  io::UvTimer start_;
  io::UvTimer ticker_;
  Instant started_;
  std::uint64_t sent_ = 0;
  std::uint32_t open_ = 0;
  std::uint32_t closed_ = 0;
  std::int64_t cpu_before_ = 0;
  long empty_kb_ = 0;
  long idle_kb_ = 0;
};

}  // namespace

int serve_by_listener(const BroadcastOptions& options) {
  return Broadcaster(options).run();
}

}  // namespace lectern::bench
