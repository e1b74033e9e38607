// The parts of a signaling process and how an event gets from one to the other. Calls into the core
// return events, which are carried out at once. A channel to a worker that closes, perhaps while it
// is being written to, is told to the core in a turn of its own (on_timer), never from within.
#pragma once

#include "base/result.h"
#include "server/client_address.h"
#include "server/config.h"
#include "server/io/http_files.h"
#include "server/io/uv_loop.h"
#include "server/io/web_context.h"
#include "server/reloadable_authority.h"
#include "server/store_link.h"
#include "server/supervised.h"
#include "server/worker_links.h"
#include "signaling/signaling.h"

#include <memory>
#include <string>
#include <string_view>

namespace lectern::server {

class SignalingProcess final : private io::WebHandler {
 public:
  // A process that stops waits so long for workers' answers and for clients to close.
  static constexpr Duration kStopLimit = Duration::seconds(2);

  SignalingProcess(const SignalingConfig& config,
                   std::unique_ptr<signaling::TokenAuthority> authority, io::HttpFiles pages,
                   Duration stop_limit = kStopLimit);
  ~SignalingProcess() override;
  SignalingProcess(const SignalingProcess&) = delete;
  SignalingProcess& operator=(const SignalingProcess&) = delete;

  // Listens on all ports. Errors: one sentence that names what is taken and what to change.
  [[nodiscard]] Result<void> listen();
  void run();

 private:
  // Answers on the port of /metrics, and nothing else.
  class MetricsPage;

  void on_request(io::ExchangeId id, io::WebRequest request) override;
  void on_request_gone(io::ExchangeId id) override;
  bool admits_socket(const io::WebRequest& handshake) override;
  void on_socket_open(io::SocketId id, io::WebRequest handshake) override;
  void on_socket_text(io::SocketId id, std::string_view message) override;
  void on_socket_binary(io::SocketId id, std::string_view message) override;
  void on_socket_caught_up(io::SocketId id) override;
  void on_socket_closed(io::SocketId id) override;
  void on_crowded(std::string_view why) override;

  void on_worker_connected(signaling::WorkerId link);
  void on_worker_message(signaling::WorkerId link, control::FromWorker message);

  void on_store_message(const store::FromStore& message);

  void on_timer();

  // SIGTERM: nobody new comes in, pages are sent away, what waits is answered, then the process
  // ends ([P67], [P96]); once more: at once.
  void stop();
  void end_when_quiet();
  // SIGHUP: the token key is read again. What cannot be used is logged, the old one stays.
  void reload();

  // Carries out `events`, then sets the timer.
  void carry_out(signaling::Events events);
  void carry_out(signaling::Event& event);
  void arm_timer(Instant now);
  void report_readiness();
  [[nodiscard]] std::string metrics_page() const;

  io::UvLoop loop_;
  SignalingConfig config_;
  TrustedProxies proxies_;
  ReloadableAuthority authority_;
  io::HttpFiles pages_;
  Rng rng_;
  signaling::Signaling core_;

  std::unique_ptr<MetricsPage> metrics_handler_;
  std::unique_ptr<io::WebContext> web_;
  io::WebListener* listener_ = nullptr;
  io::WebListener* metrics_listener_ = nullptr;

  WorkerLinks workers_;
  StoreLink store_;

  bool is_ready_ = false;
  io::UvSignal hang_up_;  // heard before the first heartbeat, which tells the supervisor so
  Heartbeat heartbeat_;
  io::UvTimer timer_;
  io::UvTimer every_minute_;
  bool is_stopping_ = false;
  Duration stop_limit_;
  Instant stop_ends_;
  io::UvTimer end_;
  io::UvSignal terminate_;
  std::unique_ptr<io::UvSignal> interrupt_;  // where there is no supervisor to hear it
};

}  // namespace lectern::server
