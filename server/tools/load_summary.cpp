#include "server/tools/load_summary.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace lectern::tools {
namespace {

double percent(double part, double whole) {
  return whole > 0 ? 100.0 * part / whole : 0;
}

void add_track(const LoadViewers& viewers, Instant now, sdp::TrackKind kind, TrackReport& report) {
  std::vector<double> gaps;
  Duration concealed;
  Duration played;
  for (const auto& viewer : viewers) {
    const auto stats = viewer->stats(now, kind);
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

// What the same process had cost when `totals` were taken; nothing for one that was not there yet.
ProcessCost earlier(const LoadTotals& totals, const ProcessCost& cost) {
  const auto found = std::ranges::find(totals.server, cost.pid, &ProcessCost::pid);
  return found == totals.server.end() ? ProcessCost() : *found;
}

double megabytes(uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

}  // namespace

LoadTotals totals_of(const LoadViewers& viewers, Instant now, const std::vector<int>& pids) {
  LoadTotals totals{.at = now};
  for (const auto& viewer : viewers) {
    for (const sdp::TrackKind kind : {sdp::TrackKind::kAudio, sdp::TrackKind::kCamera}) {
      const auto stats = viewer->stats(now, kind);
      totals.packets += stats ? stats->packets : 0;
      totals.bytes += stats ? stats->bytes : 0;
    }
  }
  totals.server = processes_of({pids.begin(), pids.end()});
  for (const ProcessCost& own : processes_of({getpid()})) totals.own_cpu += own.cpu();
  return totals;
}

void add_viewers(const LoadViewers& viewers, Instant now, bool has_picture, LoadReport& report) {
  std::vector<double> answers;
  std::vector<double> connects;
  std::vector<double> media;
  const auto note = [](std::optional<Duration> span, std::vector<double>& list) {
    if (span) list.push_back(static_cast<double>(span->us()) / 1000);
  };
  for (const auto& viewer : viewers) {
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
  add_track(viewers, now, sdp::TrackKind::kAudio, report.audio);
  if (has_picture) add_track(viewers, now, sdp::TrackKind::kCamera, report.video);
}

void add_costs(const LoadTotals& start, const LoadTotals& before, const LoadTotals& after,
               LoadReport& report) {
  const double seconds = (after.at - before.at).to_seconds();
  const double packets = static_cast<double>(after.packets - before.packets);
  report.steady_seconds = seconds;
  report.join_packets = before.packets - start.packets;
  report.own_join_cpu_seconds = (before.own_cpu - start.own_cpu).to_seconds();
  if (seconds <= 0) return;
  report.packets_per_second = packets / seconds;
  report.megabits_per_second = static_cast<double>(after.bytes - before.bytes) * 8 / seconds / 1e6;
  report.own_cpu_percent = percent((after.own_cpu - before.own_cpu).to_seconds(), seconds);
  Duration server;
  for (const ProcessCost& cost : after.server) {
    const ProcessCost joined = earlier(before, cost);
    const ProcessCost first = earlier(start, cost);
    server += cost.cpu() - joined.cpu();
    report.processes.push_back(
        {.pid = cost.pid,
         .name = cost.name,
         .user_percent = percent((cost.user - joined.user).to_seconds(), seconds),
         .system_percent = percent((cost.system - joined.system).to_seconds(), seconds),
         .resident_mb = megabytes(cost.resident),
         .grown_mb = megabytes(cost.resident) - megabytes(first.resident),
         .join_cpu_seconds = (joined.cpu() - first.cpu()).to_seconds()});
  }
  if (packets > 0) report.server_us_per_packet = static_cast<double>(server.us()) / packets;
}

}  // namespace lectern::tools
