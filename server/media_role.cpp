#include "server/media_role.h"

#include "media/control/codec.h"
#include "media/srtp/engine.h"
#include "media/worker/worker.h"
#include "server/addresses.h"
#include "server/io/drive.h"
#include "server/io/system_rng.h"
#include "server/io/udp_socket.h"
#include "server/io/unix_channel.h"
#include "server/io/uv_loop.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/supervised.h"
#include "server/supervisor.h"
#include "server/system.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace lectern::server {
namespace {

constexpr std::size_t kMediaSocket = 0;  // the other one is the legs'
constexpr Duration kReconnectPeriod = Duration::milliseconds(100);
// After a signaling has said that it does not take this worker: one of the two must be replaced.
constexpr Duration kUnwelcomePause = Duration::seconds(30);
constexpr std::uint64_t kAttemptsALine = 50;
constexpr Duration kEndLook = Duration::milliseconds(50);  // while it stops: whether it may end
// 3,000 goodbyes are on their way in a tenth of that.
constexpr Duration kLeaveLimit = Duration::seconds(1);

enum class Stopping : std::uint8_t { kNo, kDraining, kLeaving };

worker::WorkerConfig worker_config(const MediaWorkerConfig& config, std::uint16_t port,
                                   const Endpoint& leg_endpoint) {
  worker::WorkerConfig result;
  result.number = config.worker;
  result.pid = getpid();
  result.media_endpoints = media_endpoints(config.media.announce, port, config.common.dev);
  result.leg_endpoint = leg_endpoint;
  result.limits.sessions = config.media.max_sessions;
  return result;
}

class MediaProcess {
 public:
  MediaProcess(const MediaWorkerConfig& config, io::UdpSocket media, io::UdpSocket legs)
      : control_path_(control_socket(config.common.data)),
        media_(std::move(media)),
        legs_(std::move(legs)),
        rng_(io::system_rng()),
        worker_(worker_config(config, media_.local().port, legs_.local()), rng_),
        drive_(loop_, *this, {&media_, &legs_}),
        heartbeat_(loop_),
        reconnect_(loop_, [this] { connect(); }),
        every_second_(loop_, [this] { report_shell_figures(); }),
        drain_limit_(Duration::seconds(config.media.drain_s)),
        end_(loop_, [this] { on_end_timer(); }),
        terminate_(loop_, SIGTERM, [this] { stop(); }) {
    if (!own_restarts()) {
      interrupt_ = std::make_unique<io::UvSignal>(loop_, SIGINT, [this] { stop(); });
    }
  }

  void run() {
    every_second_.arm_repeating(Duration::seconds(1));
    connect();
    drive_.turn();
    loop_.run();
  }

  // What Drive asks of a machine.
  void deliver(std::size_t socket, Instant now, const Path& path, MutableBytes datagram) {
    if (socket == kMediaSocket) {
      worker_.handle_datagram(now, path, datagram);
    } else {
      worker_.handle_leg_datagram(now, path.remote, datagram);
    }
  }
  bool fill(std::size_t socket, Instant now, SendBatch& batch) {
    return socket == kMediaSocket ? worker_.fill(now, batch) : worker_.fill_legs(now, batch);
  }
  void handle_timeout(Instant now) { worker_.handle_timeout(now); }
  [[nodiscard]] Instant next_timeout() const { return worker_.next_timeout(); }
  void after_turn(Instant) {
    // Taken also while nobody listens: the Hello of a new channel says all that they would.
    for (control::FromWorker& event : worker_.take_events()) {
      if (auto* load = std::get_if<control::Load>(&event)) {
        add_shell_figures(*load);
      }
      if (const auto* unusable = std::get_if<control::Unusable>(&event)) log_unusable(*unusable);
      send(event);
    }
  }

 private:
  void send(const control::FromWorker& message) {
    if (control_ && control_->is_open()) {
      control_->send(control::encode(message));
    }
  }

  // An encoder without a page has nobody else to tell.
  static void log_unusable(const control::Unusable& news) {
    const std::string track = news.track.empty() ? "unknown" : news.track;
    if (news.reason.empty())
      return log::info("publisher.usable",
                       {{"class", news.class_id}, {"session", news.session}, {"track", track}});
    log::warn("publisher.unusable", {{"class", news.class_id},
                                     {"session", news.session},
                                     {"track", track},
                                     {"reason", news.reason},
                                     {"advice", advice_for(news.reason)}});
  }

  static std::string advice_for(std::string_view reason) {
    if (reason == "unknown-stream")
      return "send the SSRCs that the offer names, or the mid and rid header extensions";
    if (reason == "payload-type") return "send the payload types of the answer";
    if (reason == "no-keyframe")
      return "answer PLI with a keyframe (for H.264 an IDR picture), or send one every few seconds";
    return "send what the codec of the answer looks like in RTP";
  }

  void connect() {
    auto socket = io::UnixChannel::connect(control_path_);
    if (!socket) {
      // Soon after a start that is how it goes; later it is worth a line.
      if (++attempts_ % kAttemptsALine == 0) {
        log::warn("control.unreachable",
                  {{"path", control_path_.string()}, {"reason", socket.error().code.message()}});
      }
      reconnect_.arm(kReconnectPeriod);
      return;
    }
    attempts_ = 0;
    control_ = std::make_unique<io::UnixChannel>(
        loop_, *std::move(socket), control::kMaxRecord,
        io::UnixChannel::Handlers{.on_record = [this](std::string_view record) { hear(record); },
                                  .on_closed = [this] { lose_control(); }});
    log::info("control.connected", {{"path", control_path_.string()}});
    for (const control::FromWorker& message :
         worker_.handle_control_connected(io::monotonic_now())) {
      send(message);
    }
    drive_.turn();
  }

  void lose_control() {
    log::warn("control.lost");
    if (stopping_ == Stopping::kNo) {
      return reconnect_.arm(std::exchange(is_unwelcome_, false) ? kUnwelcomePause
                                                                : kReconnectPeriod);
    }
    if (stopping_ == Stopping::kDraining) {
      // The whole server stops, or nobody could be moved. At the next look: this may be in a turn.
      leave_reason_ = "signaling is gone";
      drain_ends_ = io::monotonic_now();
    }
  }

  void hear(std::string_view record) {
    const auto message = control::decode_to_worker(record);
    if (!message) {
      worker_.count_drop(DropReason::kControlMalformed);
      // A newer signaling may say more than this worker knows.
      if (message.error() != ParseError::kUnsupported) control_->close();
      return;
    }
    if (const auto* unwelcome = std::get_if<control::Unwelcome>(&*message)) {
      log::error("control.unwelcome", {{"reason", unwelcome->reason}});
      is_unwelcome_ = true;
      return;
    }
    worker_.handle_control(io::monotonic_now(), *message);
    drive_.turn();
    const auto* drain = std::get_if<control::Drain>(&*message);
    if (drain != nullptr && !drain->has_refuge && stopping_ == Stopping::kDraining) {
      take_leave("no other worker takes its sessions");
    }
  }

  // SIGTERM: the sessions move to other workers, then this one ends ([P95]). Once more: it says
  // goodbye to those who are left, for which a second is enough; and at once with the third.
  void stop() {
    if (stopping_ == Stopping::kDraining) {
      return take_leave("told again");
    }
    if (stopping_ == Stopping::kLeaving) {
      if (std::exchange(is_told_to_hurry_, true)) loop_.stop();
      return;
    }
    stopping_ = Stopping::kDraining;
    if (!control_ || !control_->is_open()) {
      return take_leave("signaling is not there");
    }
    log::info("media.draining",
              {{"sessions", worker_.census().sessions}, {"limit_s", drain_limit_.to_seconds()}});
    drain_ends_ = io::monotonic_now() + drain_limit_;
    send(control::Draining{});
    end_.arm_repeating(kEndLook);
  }

  void on_end_timer() {
    const Instant now = io::monotonic_now();
    const bool is_empty = worker_.census().sessions == 0;
    if (stopping_ == Stopping::kDraining && !is_empty && now >= drain_ends_) {
      return take_leave(leave_reason_);
    }
    if (is_empty || (stopping_ == Stopping::kLeaving && now >= leave_ends_)) {
      log::info("media.stopped", {{"left_behind", worker_.census().sessions}});
      loop_.stop();
    }
  }

  // Whoever is still here hears of the end by DTLS (close_notify) and needs no time-out.
  void take_leave(std::string_view reason) {
    if (stopping_ == Stopping::kLeaving) {
      return;
    }
    stopping_ = Stopping::kLeaving;
    reconnect_.disarm();
    log::info("media.leaving", {{"sessions", worker_.census().sessions}, {"reason", reason}});
    const Instant now = io::monotonic_now();
    leave_ends_ = now + kLeaveLimit;
    worker_.take_leave(now);
    drive_.turn();
    end_.arm_repeating(kEndLook);
    on_end_timer();
  }

  // What the operating system knows of this worker, once a second.
  void add_shell_figures(control::Load& load) const {
    const ProcessFacts facts = process_facts();
    const auto add = [&load](std::string name, std::uint64_t count) {
      load.counters.push_back({.name = std::move(name), .label = {}, .value = {}, .count = count});
    };
    add("resident_bytes", facts.resident_bytes);
    add("open_files", facts.open_files);
    add("cpu_microseconds_total", static_cast<std::uint64_t>(facts.cpu_seconds * 1e6));
    add("send_calls_total", media_.counters().send_calls);
    add("gso_messages_total", media_.counters().gso_messages);
    if (const auto& restarts = own_restarts()) {
      for (const auto& [reason, count] : {std::pair{"died", restarts->died},
                                          {"silent", restarts->silent},
                                          {"asked", restarts->asked}}) {
        load.counters.push_back(
            {.name = "restarts_total", .label = "reason", .value = reason, .count = count});
      }
    }
    load.counters.push_back({.name = "gcm_engine",
                             .label = "engine",
                             .value = std::string(srtp::name_of(srtp::engine_in_use())),
                             .count = 1});
  }

  void report_shell_figures() {
    worker_.set_loop_delay(drive_.turn_times().take_p99());
    for (std::size_t i = 0; i < kDropReasonCount; ++i) {
      const auto reason = static_cast<DropReason>(i);
      const std::uint64_t total =
          media_.counters().drops.get(reason) + legs_.counters().drops.get(reason);
      worker_.count_drop(reason, total - std::exchange(reported_drops_[i], total));
    }
  }

  io::UvLoop loop_;
  std::filesystem::path control_path_;
  io::UdpSocket media_;
  io::UdpSocket legs_;
  Rng rng_;
  worker::Worker worker_;
  io::Drive<MediaProcess> drive_;
  std::unique_ptr<io::UnixChannel> control_;
  std::array<std::uint64_t, kDropReasonCount> reported_drops_{};
  Heartbeat heartbeat_;
  io::UvTimer reconnect_;
  std::uint64_t attempts_ = 0;  // to connect, since it was connected
  bool is_unwelcome_ = false;   // to the signaling of the present channel
  io::UvTimer every_second_;
  Stopping stopping_ = Stopping::kNo;
  bool is_told_to_hurry_ = false;
  Duration drain_limit_;
  Instant drain_ends_;
  std::string_view leave_reason_ = "its time is up";
  Instant leave_ends_;
  io::UvTimer end_;
  io::UvSignal terminate_;
  std::unique_ptr<io::UvSignal> interrupt_;  // where there is no supervisor to hear it
};

}  // namespace

int run_media(const MediaWorkerConfig& config) {
  name_process("lectern media");
  (void)signal(SIGHUP, SIG_IGN);  // a terminal that closes ends no class
  take_precedence();
  log::set_up("media " + std::to_string(config.worker), config.common.log_level);
  if (const auto engine = engine_wanted(config.media.gcm)) {
    srtp::use_engine(*engine);
  }
  const auto port = static_cast<std::uint16_t>(config.media.media_port + config.worker);
  auto media = io::UdpSocket::open_any(port);
  if (!media) {
    std::fprintf(stderr, "lectern: %s; choose another with --media-port\n",
                 media.error().context.c_str());
    return kExitSetup;
  }
  auto legs = io::UdpSocket::open_loopback();
  if (!legs) {
    std::fprintf(stderr, "lectern: %s\n", legs.error().context.c_str());
    return kExitSetup;
  }
  log::info(
      "media.listening",
      {{"port", port}, {"gso", media->uses_gso()}, {"gcm", srtp::name_of(srtp::engine_in_use())}});
  MediaProcess(config, *std::move(media), *std::move(legs)).run();
  return 0;
}

}  // namespace lectern::server
