#include "server/tools/load_test.h"

#include "base/rng.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "server/io/system_rng.h"
#include "server/io/uv_loop.h"
#include "server/tools/arrivals.h"
#include "server/tools/crowd_sockets.h"
#include "server/tools/http_client.h"
#include "server/tools/load_report.h"
#include "server/tools/load_summary.h"
#include "server/tools/load_viewer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::tools {
namespace {

// The crowd's sockets are read at each tick, and who is due to join does; viewers look at their
// own clocks at every tenth.
constexpr Duration kTick = Duration::milliseconds(1);
constexpr uint64_t kViewerTicks = 10;
// One viewer after another asks something of its session so often in the steady part.
constexpr Duration kAskInterval = Duration::milliseconds(50);
constexpr Duration kProgress = Duration::seconds(2);
// How long the last viewers may take to join before the steady part begins without them.
constexpr Duration kJoinPatience = Duration::seconds(15);
constexpr Duration kLeavePatience = Duration::seconds(10);
// What is sent so shortly before or after the steady part may be seen in part only.
constexpr Duration kUnderWay = Duration::milliseconds(500);
constexpr size_t kFullDecryptionUpTo = 500;
constexpr uint32_t kSampling = 16;

class LoadTest {
 public:
  // `crowd`: null where each viewer has a socket of its own.
  LoadTest(io::UvLoop& loop, const LoadOptions& options, CrowdSockets* crowd)
      : loop_(loop),
        options_(options),
        rng_(io::system_rng()),
        context_(dtls::Certificate::generate()),
        http_(loop, !options.is_insecure),
        ground_{.loop = loop,
                .http = http_,
                .context = context_,
                .rng = rng_,
                .batch = batch_,
                .url = options.url,
                .tokens = options.tokens,
                .viewer = viewer_config(options),
                .crowd = crowd},
        timer_(loop, [this] { on_tick(); }),
        interrupt_(loop, SIGINT, [this] { end_early(); }) {}

  void start() {
    started_ = io::monotonic_now();
    start_ = totals_of(viewers_, started_, options_.pids);
    timer_.arm_repeating(kTick);
  }
  // Once the loop has ended.
  [[nodiscard]] const LoadReport& report() const { return report_; }

 private:
  enum class Phase : uint8_t { kJoining, kSettling, kSteady, kLeaving };

  static client::ViewerConfig viewer_config(const LoadOptions& options);
  void on_tick();
  void follow_phase(Instant now);
  void join_due(Instant now);
  [[nodiscard]] bool all_settled() const;
  void show_progress(Instant now);
  void ask(Instant now);
  void end_early();
  void leave();
  [[nodiscard]] LoadReport make_report() const;

  io::UvLoop& loop_;
  const LoadOptions& options_;
  Rng rng_;
  dtls::Context context_;
  HttpClient http_;
  SendBatch batch_;
  LoadGround ground_;
  std::vector<std::unique_ptr<LoadViewer>> viewers_;
  io::UvTimer timer_;
  io::UvSignal interrupt_;
  Phase phase_ = Phase::kJoining;
  Instant started_;
  Instant joined_;
  Instant next_progress_;
  Instant next_ask_;
  Instant left_;
  size_t gone_ = 0;
  LoadTotals start_;
  LoadTotals before_;
  LoadTotals after_;
  uint64_t ticks_ = 0;
  Arrivals arrivals_;
  AnswerTimes answers_;
  size_t asked_ = 0;
  LoadReport report_;
};

client::ViewerConfig LoadTest::viewer_config(const LoadOptions& options) {
  client::ViewerConfig config;
  config.wants_camera = options.has_picture;
  config.remb = DataRate::kbps(options.remb_kbps);
  config.decrypt_one_of = options.decrypt_one_of;
  if (options.decrypt_one_of == 0) {
    config.decrypt_one_of = options.viewers > kFullDecryptionUpTo ? kSampling : 1;
  }
  return config;
}

void LoadTest::on_tick() {
  const Instant now = io::monotonic_now();
  if (ground_.crowd != nullptr) {
    ground_.crowd->receive(
        [&](Instant arrived, size_t viewer, const Path& path, MutableBytes datagram) {
          if (viewer < viewers_.size())
            viewers_[viewer]->handle_datagram(now, arrived, path, datagram);
        });
  }
  if (phase_ == Phase::kJoining) join_due(now);
  if (++ticks_ % kViewerTicks != 0) return;
  for (const auto& viewer : viewers_) viewer->tick(now);
  follow_phase(now);
  if (now >= next_progress_ && phase_ != Phase::kLeaving) show_progress(now);
}

void LoadTest::follow_phase(Instant now) {
  switch (phase_) {
    case Phase::kJoining:
      break;
    case Phase::kSettling:
      if (!all_settled() && now - joined_ < kJoinPatience) break;
      before_ = totals_of(viewers_, now, options_.pids);
      ground_.arrivals = &arrivals_;
      ground_.answers = &answers_;
      phase_ = Phase::kSteady;
      break;
    case Phase::kSteady:
      if ((now - before_.at).to_seconds() >= options_.duration) return leave();
      ask(now);
      break;
    case Phase::kLeaving:
      if (now - left_ > kLeavePatience) loop_.stop();
      break;
  }
}

void LoadTest::join_due(Instant now) {
  const double due = (now - started_).to_seconds() * options_.join_rate + 1;
  while (viewers_.size() < options_.viewers && static_cast<double>(viewers_.size()) < due) {
    viewers_.push_back(std::make_unique<LoadViewer>(ground_, viewers_.size()));
    viewers_.back()->join();
  }
  if (viewers_.size() < options_.viewers) return;
  joined_ = now;
  phase_ = Phase::kSettling;
}

bool LoadTest::all_settled() const {
  return std::ranges::all_of(viewers_, [](const auto& viewer) {
    return viewer->has_failed() || viewer->media_after().has_value();
  });
}

void LoadTest::show_progress(Instant now) {
  next_progress_ = now + kProgress;
  size_t with_media = 0;
  size_t failed = 0;
  for (const auto& viewer : viewers_) {
    with_media += viewer->media_after() ? 1U : 0U;
    failed += viewer->has_failed() ? 1U : 0U;
  }
  std::fprintf(stderr, "%5.1f s  %zu of %zu have asked, %zu with media, %zu failed\n",
               (now - started_).to_seconds(), viewers_.size(), options_.viewers, with_media,
               failed);
}

void LoadTest::ask(Instant now) {
  if (now < next_ask_) return;
  next_ask_ = now + kAskInterval;
  viewers_[asked_++ % viewers_.size()]->ask(
      [this, now] { answers_.requests.push_back(io::monotonic_now() - now); });
  viewers_[asked_ % viewers_.size()]->ask_again(now);
}

void LoadTest::end_early() {
  if (phase_ == Phase::kLeaving) return loop_.stop();
  if (phase_ != Phase::kSteady) before_ = start_;
  leave();
}

void LoadTest::leave() {
  phase_ = Phase::kLeaving;
  left_ = io::monotonic_now();
  after_ = totals_of(viewers_, left_, options_.pids);
  ground_.arrivals = nullptr;
  ground_.answers = nullptr;
  report_ = make_report();
  for (const auto& viewer : viewers_) {
    viewer->leave([this] {
      if (++gone_ == viewers_.size()) loop_.stop();
    });
  }
  if (viewers_.empty()) loop_.stop();
}

DelayReport delay_report(const Arrivals::Delays& delays) {
  const auto ms = [](Duration delay) { return static_cast<double>(delay.us()) / 1000; };
  return {.packets = delays.packets,
          .median = ms(delays.median),
          .p99 = ms(delays.p99),
          .most = ms(delays.most)};
}

LoadReport LoadTest::make_report() const {
  LoadReport report;
  report.url = options_.url;
  report.viewers = options_.viewers;
  report.join_seconds = (joined_ - started_).to_seconds();
  for (const auto& viewer : viewers_) {
    if (const auto at = viewer->media_at())
      report.settle_seconds = std::max(report.settle_seconds, (*at - started_).to_seconds());
  }
  add_viewers(viewers_, after_.at, options_.has_picture, report);
  add_costs(start_, before_, after_, report);
  report.shares_sockets = ground_.crowd != nullptr;
  report.takes_gro = options_.takes_gro;
  report.own_drops = ground_.crowd != nullptr ? ground_.crowd->dropped() : 0;
  const auto arrivals = arrivals_.summary(before_.at + kUnderWay, after_.at - kUnderWay);
  report.transit_ms = delay_report(arrivals.transit);
  report.last_viewer_ms = delay_report(arrivals.last_viewer);
  report.last_viewer_of_key_ms = delay_report(arrivals.last_viewer_of_key);
  report.spread_ms = delay_report(arrivals.spread);
  report.check_ms = delays_of(answers_.checks);
  report.repair_ms = delays_of(answers_.repairs);
  report.asked_again = answers_.asked_again;
  report.request_ms = delays_of(answers_.requests);
  return report;
}

// The viewers' sockets, and some for the rest of the process.
bool raise_descriptor_limit(size_t sockets) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
  return limit.rlim_cur > sockets + 200;
}

// A server that the URL names by a loopback address or name.
bool is_this_machine(const std::string& url) {
  const size_t scheme = url.find("://");
  const std::string_view rest = std::string_view(url).substr(scheme == url.npos ? 0 : scheme + 3);
  return rest.starts_with("127.") || rest.starts_with("localhost") || rest.starts_with("[::1]");
}

bool write_json(const LoadReport& report, const std::string& path) {
  const std::string text = to_json(report);
  if (path == "-") return std::fputs(text.c_str(), stdout) >= 0;
  std::ofstream file(path);
  file << text;
  return file.good();
}

}  // namespace

int run_load_test(const LoadOptions& options) {
  const bool is_shared =
      options.sockets == "shared" || (options.sockets == "auto" && is_this_machine(options.url));
  if (!raise_descriptor_limit(is_shared ? 0 : options.viewers)) {
    std::fprintf(stderr, "lectern load-test: too many viewers for this process's open files\n");
    return 2;
  }
  std::optional<CrowdSockets> crowd;
  if (is_shared) {
    auto opened = CrowdSockets::open(options.takes_gro);
    if (!opened) {
      std::fprintf(stderr, "lectern load-test: %s\n", opened.error().context.c_str());
      return 2;
    }
    crowd.emplace(std::move(*opened));
  }
  io::UvLoop loop;
  LoadReport report;
  {
    LoadTest test(loop, options, crowd ? &*crowd : nullptr);
    test.start();
    loop.run();
    report = test.report();
  }
  std::fputs(to_table(report).c_str(), options.json == "-" ? stderr : stdout);
  if (!options.json.empty() && !write_json(report, options.json)) {
    std::fprintf(stderr, "lectern load-test: cannot write %s\n", options.json.c_str());
    return 2;
  }
  const bool is_lossy = report.audio.loss_percent() > options.max_loss ||
                        report.video.loss_percent() > options.max_loss;
  return is_lossy || report.with_media < options.viewers ? 1 : 0;
}

void add_load_test(CLI::App& app, int& status) {
  const auto options = std::make_shared<LoadOptions>();
  CLI::App* command = app.add_subcommand("load-test", "many viewers at once, and what they got");
  command->add_option("--url", options->url, "WHEP endpoint, http://host:8080/whep/CLASS")
      ->required();
  command
      ->add_option("--token", options->tokens,
                   "bearer token, where the server wants one; of several each viewer has the next "
                   "(one person may have 24 sessions)")
      ->envname("LECTERN_TOKEN");
  command->add_flag("--insecure", options->is_insecure,
                    "take any certificate: for a server on this very machine");
  command->add_option("--viewers", options->viewers, "how many")
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  command->add_option("--duration", options->duration, "seconds, after the last has joined")
      ->capture_default_str();
  command->add_option("--join-rate", options->join_rate, "viewers per second")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--pid", options->pids,
                      "server processes whose CPU is measured, with all their children");
  command->add_option("--json", options->json, "write the figures to this file, - for stdout");
  command->add_option("--max-loss", options->max_loss, "percent; more makes the exit status 1")
      ->capture_default_str();
  command->add_flag("!--audio-only", options->has_picture, "do not ask for the picture");
  command
      ->add_option("--decrypt-one-of", options->decrypt_one_of,
                   "decrypt one packet in N (0: all up to 500 viewers, else one in 16); the others "
                   "are counted by their clear headers")
      ->capture_default_str();
  command
      ->add_option("--sockets", options->sockets,
                   "own: one a viewer; shared: a few behind which viewers have addresses of 127/8, "
                   "which costs the least and needs a server on this machine; auto: shared for a "
                   "URL at localhost")
      ->check(CLI::IsMember({"auto", "own", "shared"}))
      ->capture_default_str();
  command->add_flag("!--no-gro", options->takes_gro,
                    "shared sockets: have the server's send call cut GSO messages apart");
  command->add_option("--remb", options->remb_kbps, "kbit/s that each viewer says it can take")
      ->capture_default_str();
  command->callback([options, &status] { status = run_load_test(*options); });
}

}  // namespace lectern::tools
