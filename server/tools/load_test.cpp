#include "server/tools/load_test.h"

#include "base/rng.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "server/io/uv_loop.h"
#include "server/tools/http_client.h"
#include "server/tools/load_report.h"
#include "server/tools/load_viewer.h"
#include "server/tools/process_cpu.h"
#include "server/tools/seed.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lectern::tools {
namespace {

constexpr Duration kTick = Duration::milliseconds(10);
constexpr Duration kProgress = Duration::seconds(2);
// How long the last viewers may take to join before the steady part begins without them.
constexpr Duration kJoinPatience = Duration::seconds(15);
constexpr Duration kLeavePatience = Duration::seconds(10);
constexpr size_t kFullDecryptionUpTo = 500;
constexpr uint32_t kSampling = 16;

struct Totals {
  Instant at;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  std::vector<ProcessCost> server{};
  Duration own_cpu{};
};

double percent(double part, double whole) {
  return whole > 0 ? 100.0 * part / whole : 0;
}

class LoadTest {
 public:
  LoadTest(io::UvLoop& loop, const LoadOptions& options)
      : loop_(loop),
        options_(options),
        rng_(system_rng()),
        context_(dtls::Certificate::generate()),
        http_(loop),
        ground_{.loop = loop,
                .http = http_,
                .context = context_,
                .rng = rng_,
                .batch = batch_,
                .url = options.url,
                .token = options.token,
                .viewer = viewer_config(options)},
        timer_(loop, [this] { on_tick(); }),
        interrupt_(loop, SIGINT, [this] { end_early(); }) {}

  void start() {
    started_ = io::monotonic_now();
    timer_.arm_repeating(kTick);
  }
  // Once the loop has ended.
  [[nodiscard]] const LoadReport& report() const { return report_; }

 private:
  enum class Phase : uint8_t { kJoining, kSettling, kSteady, kLeaving };

  static client::ViewerConfig viewer_config(const LoadOptions& options);
  void on_tick();
  void join_due(Instant now);
  [[nodiscard]] bool all_settled() const;
  [[nodiscard]] Totals totals(Instant now) const;
  void show_progress(Instant now);
  void end_early();
  void leave();
  [[nodiscard]] LoadReport make_report() const;
  void add_track(sdp::TrackKind kind, TrackReport& report) const;
  void add_costs(LoadReport& report) const;

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
  Instant left_;
  size_t gone_ = 0;
  Totals before_;
  Totals after_;
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
  for (const auto& viewer : viewers_) viewer->tick(now);
  switch (phase_) {
    case Phase::kJoining:
      join_due(now);
      break;
    case Phase::kSettling:
      if (!all_settled() && now - joined_ < kJoinPatience) break;
      before_ = totals(now);
      phase_ = Phase::kSteady;
      break;
    case Phase::kSteady:
      if ((now - before_.at).to_seconds() >= options_.duration) leave();
      break;
    case Phase::kLeaving:
      if (now - left_ > kLeavePatience) loop_.stop();
      break;
  }
  if (now >= next_progress_ && phase_ != Phase::kLeaving) show_progress(now);
}

void LoadTest::join_due(Instant now) {
  const double due = (now - started_).to_seconds() * options_.join_rate + 1;
  while (viewers_.size() < options_.viewers && static_cast<double>(viewers_.size()) < due) {
    viewers_.push_back(std::make_unique<LoadViewer>(ground_));
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

Totals LoadTest::totals(Instant now) const {
  Totals totals{.at = now};
  for (const auto& viewer : viewers_) {
    for (const sdp::TrackKind kind : {sdp::TrackKind::kAudio, sdp::TrackKind::kCamera}) {
      const auto stats = viewer->stats(now, kind);
      totals.packets += stats ? stats->packets : 0;
      totals.bytes += stats ? stats->bytes : 0;
    }
  }
  std::vector<pid_t> pids(options_.pids.begin(), options_.pids.end());
  totals.server = processes_of(pids);
  for (const ProcessCost& own : processes_of({getpid()})) totals.own_cpu += own.cpu;
  return totals;
}

void LoadTest::show_progress(Instant now) {
  next_progress_ = now + kProgress;
  size_t with_media = 0;
  size_t failed = 0;
  for (const auto& viewer : viewers_) {
    with_media += viewer->media_after() ? 1U : 0U;
    failed += viewer->has_failed() ? 1U : 0U;
  }
  std::fprintf(stderr, "%5.1f s  %zu of %zu joined, %zu with media, %zu failed\n",
               (now - started_).to_seconds(), viewers_.size(), options_.viewers, with_media,
               failed);
}

void LoadTest::end_early() {
  if (phase_ == Phase::kLeaving) return loop_.stop();
  if (phase_ != Phase::kSteady) before_ = Totals{.at = started_};
  leave();
}

void LoadTest::leave() {
  phase_ = Phase::kLeaving;
  left_ = io::monotonic_now();
  after_ = totals(left_);
  report_ = make_report();
  for (const auto& viewer : viewers_) {
    viewer->leave([this] {
      if (++gone_ == viewers_.size()) loop_.stop();
    });
  }
  if (viewers_.empty()) loop_.stop();
}

void LoadTest::add_track(sdp::TrackKind kind, TrackReport& report) const {
  std::vector<double> gaps;
  Duration concealed;
  Duration played;
  for (const auto& viewer : viewers_) {
    const auto stats = viewer->stats(after_.at, kind);
    if (!stats) continue;
    TrackReport own;
    own.packets = stats->packets;
    own.lost = stats->lost;
    report.packets += stats->packets;
    report.bytes += stats->bytes;
    report.lost += stats->lost;
    report.repaired += stats->repaired;
    report.duplicates += stats->duplicates;
    report.viewers_with_loss += stats->lost > 0 ? 1U : 0U;
    report.worst_loss_percent = std::max(report.worst_loss_percent, own.loss_percent());
    report.frames += stats->frames;
    report.freezes += stats->freezes;
    report.viewers_with_freezes += stats->freezes > 0 ? 1U : 0U;
    report.viewers_without_picture += stats->frames == 0 ? 1U : 0U;
    report.faults_of_order += stats->timestamp_regressions + stats->picture_id_jumps;
    if (stats->frames > 0) gaps.push_back(static_cast<double>(stats->longest_gap.ms()));
    concealed += stats->concealed;
    played += stats->played;
  }
  report.longest_gap_ms = spread_of(std::move(gaps));
  report.concealed_percent = percent(concealed.to_seconds(), played.to_seconds());
}

void LoadTest::add_costs(LoadReport& report) const {
  const double seconds = (after_.at - before_.at).to_seconds();
  const double packets = static_cast<double>(after_.packets - before_.packets);
  report.steady_seconds = seconds;
  if (seconds <= 0) return;
  report.packets_per_second = packets / seconds;
  report.megabits_per_second =
      static_cast<double>(after_.bytes - before_.bytes) * 8 / seconds / 1e6;
  report.own_cpu_percent = percent((after_.own_cpu - before_.own_cpu).to_seconds(), seconds);
  Duration server;
  for (const ProcessCost& cost : after_.server) {
    const auto earlier = std::ranges::find(before_.server, cost.pid, &ProcessCost::pid);
    const Duration spent = earlier == before_.server.end() ? cost.cpu : cost.cpu - earlier->cpu;
    server += spent;
    report.processes.push_back({.pid = cost.pid,
                                .name = cost.name,
                                .cpu_percent = percent(spent.to_seconds(), seconds),
                                .resident_mb = static_cast<double>(cost.resident) / 1e6});
  }
  if (packets > 0) report.server_us_per_packet = static_cast<double>(server.us()) / packets;
}

LoadReport LoadTest::make_report() const {
  LoadReport report;
  report.url = options_.url;
  report.viewers = options_.viewers;
  report.join_seconds = (joined_ - started_).to_seconds();
  std::vector<double> answers;
  std::vector<double> connects;
  std::vector<double> media;
  const auto note = [](std::optional<Duration> span, std::vector<double>& list) {
    if (span) list.push_back(static_cast<double>(span->us()) / 1000);
  };
  for (const auto& viewer : viewers_) {
    note(viewer->answered_after(), answers);
    note(viewer->connected_after(), connects);
    note(viewer->media_after(), media);
    if (viewer->has_failed()) ++report.failures[viewer->failure()];
  }
  report.connected = connects.size();
  report.with_media = media.size();
  report.answer_ms = spread_of(std::move(answers));
  report.connect_ms = spread_of(std::move(connects));
  report.media_ms = spread_of(std::move(media));
  add_track(sdp::TrackKind::kAudio, report.audio);
  if (options_.has_picture) add_track(sdp::TrackKind::kCamera, report.video);
  add_costs(report);
  return report;
}

// One socket a viewer, and some for the rest of the process.
bool raise_descriptor_limit(size_t viewers) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
  return limit.rlim_cur > viewers + 200;
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
  if (!raise_descriptor_limit(options.viewers)) {
    std::fprintf(stderr, "lectern load-test: too many viewers for this process's open files\n");
    return 2;
  }
  io::UvLoop loop;
  LoadReport report;
  {
    LoadTest test(loop, options);
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
  command->add_option("--token", options->token, "bearer token, where the server wants one")
      ->envname("LECTERN_TOKEN");
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
                   "decrypt one packet in N (0: all up to 500 viewers, else one in 16)")
      ->capture_default_str();
  command->add_option("--remb", options->remb_kbps, "kbit/s that each viewer says it can take")
      ->capture_default_str();
  command->callback([options, &status] { status = run_load_test(*options); });
}

}  // namespace lectern::tools
