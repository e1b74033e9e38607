#include "server/tools/load_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace lectern::tools {
namespace {

using nlohmann::json;

json to_json(const Spread& spread) {
  return {{"count", spread.count},
          {"median", spread.median},
          {"p95", spread.p95},
          {"max", spread.most}};
}

// Nothing where nothing is known: a zero would be a good figure.
json to_json(const DelayReport& delays) {
  if (delays.packets == 0) return nullptr;
  return {{"packets", delays.packets},
          {"median", delays.median},
          {"p99", delays.p99},
          {"max", delays.most}};
}

json to_json(const TrackReport& track) {
  return {{"packets", track.packets},
          {"bytes", track.bytes},
          {"lost", track.lost},
          {"loss_percent", track.loss_percent()},
          {"worst_loss_percent", track.worst_loss_percent},
          {"viewers_with_loss", track.viewers_with_loss},
          {"repaired", track.repaired},
          {"duplicates", track.duplicates},
          {"faults_of_order", track.faults_of_order}};
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("  {:<22}{}\n", name, value);
}

std::string text(const Spread& spread) {
  if (spread.count == 0) return "none";
  return fmt::format("median {:.0f} ms, p95 {:.0f} ms, max {:.0f} ms", spread.median, spread.p95,
                     spread.most);
}

std::string text(const DelayReport& delays) {
  if (delays.packets == 0) return "not known: no stamps (`lectern demo --stamp`)";
  return fmt::format("median {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms", delays.median, delays.p99,
                     delays.most);
}

std::string loss_text(const TrackReport& track) {
  return fmt::format("{} of {} ({:.4f} %), {} viewers, worst {:.3f} %; {} repaired", track.lost,
                     track.packets + track.lost, track.loss_percent(), track.viewers_with_loss,
                     track.worst_loss_percent, track.repaired);
}

}  // namespace

DelayReport delays_of(std::vector<Duration> delays) {
  if (delays.empty()) return {};
  std::ranges::sort(delays);
  const auto at = [&](double part) {
    const double index = std::ceil(part * static_cast<double>(delays.size())) - 1;
    return static_cast<double>(delays[static_cast<size_t>(std::max(0.0, index))].us()) / 1000;
  };
  return {.packets = delays.size(), .median = at(0.5), .p99 = at(0.99), .most = at(1)};
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&](double part) {
    return values[static_cast<size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
  };
  return {values.size(), at(0.5), at(0.95), values.back()};
}

double TrackReport::loss_percent() const {
  const uint64_t sent = packets + lost;
  return sent == 0 ? 0 : 100.0 * static_cast<double>(lost) / static_cast<double>(sent);
}

std::string to_table(const LoadReport& report) {
  std::string out = fmt::format("\n{}: {} viewers, {:.1f} s\n", report.url, report.viewers,
                                report.steady_seconds);
  out += row("joined", fmt::format("{} connected, {} with media, in {:.1f} s", report.connected,
                                   report.with_media, report.join_seconds));
  for (const auto& [reason, count] : report.failures) {
    out += row("failed", fmt::format("{} x {}", count, reason));
  }
  out += row("POST to answer", text(report.answer_ms));
  out += row("POST to connected", text(report.connect_ms));
  out += row("POST to first media", text(report.media_ms));
  out += row("delivered", fmt::format("{:.0f} packets/s, {:.1f} Mbit/s", report.packets_per_second,
                                      report.megabits_per_second));
  out += row("sound lost", loss_text(report.audio));
  out += row("sound concealed", fmt::format("{:.3f} %", report.audio.concealed_percent));
  out += row("picture lost", loss_text(report.video));
  out += row("pictures", fmt::format("{} whole; {} viewers never saw one", report.video.frames,
                                     report.video.viewers_without_picture));
  out += row("freezes > 500 ms",
             fmt::format("{} at {} viewers; longest gap {}", report.video.freezes,
                         report.video.viewers_with_freezes, text(report.video.longest_gap_ms)));
  out += row("faults of order",
             std::to_string(report.audio.faults_of_order + report.video.faults_of_order));
  for (const ProcessReport& process : report.processes) {
    out += row(fmt::format("pid {}", process.pid),
               fmt::format("{:.1f} % of a core ({:.1f} + {:.1f} system), {:.1f} MB  {}",
                           process.cpu_percent(), process.user_percent, process.system_percent,
                           process.resident_mb, process.name));
  }
  if (report.server_us_per_packet > 0) {
    out += row("server",
               fmt::format("{:.2f} us of CPU per delivered packet", report.server_us_per_packet));
  }
  out += row("publisher to viewer", text(report.transit_ms));
  out += row("to the last viewer", text(report.last_viewer_ms));
  out += row("keyframes to the last", text(report.last_viewer_of_key_ms));
  out += row("first to last viewer", text(report.spread_ms));
  out += row("ICE check to answer", text(report.check_ms));
  if (report.asked_again > 0)
    out += row("NACK to repair", fmt::format("{}; {} of {} answered", text(report.repair_ms),
                                             report.repair_ms.packets, report.asked_again));
  out += row("PATCH to answer", text(report.request_ms));
  out += row("this tool", fmt::format("{:.1f} % of a core, {} sockets, {} datagrams missed",
                                      report.own_cpu_percent,
                                      report.shares_sockets ? "shared" : "own", report.own_drops));
  return out;
}

std::string to_json(const LoadReport& report) {
  json processes = json::array();
  for (const ProcessReport& process : report.processes) {
    processes.push_back({{"pid", process.pid},
                         {"name", process.name},
                         {"cpu_percent", process.cpu_percent()},
                         {"user_percent", process.user_percent},
                         {"system_percent", process.system_percent},
                         {"resident_mb", process.resident_mb},
                         {"grown_mb", process.grown_mb},
                         {"join_cpu_seconds", process.join_cpu_seconds}});
  }
  json video = to_json(report.video);
  video["frames"] = report.video.frames;
  video["freezes"] = report.video.freezes;
  video["viewers_with_freezes"] = report.video.viewers_with_freezes;
  video["viewers_without_picture"] = report.video.viewers_without_picture;
  video["longest_gap_ms"] = to_json(report.video.longest_gap_ms);
  json audio = to_json(report.audio);
  audio["concealed_percent"] = report.audio.concealed_percent;
  const json whole = {{"url", report.url},
                      {"viewers", report.viewers},
                      {"connected", report.connected},
                      {"with_media", report.with_media},
                      {"failures", report.failures},
                      {"join_seconds", report.join_seconds},
                      {"settle_seconds", report.settle_seconds},
                      {"steady_seconds", report.steady_seconds},
                      {"answer_ms", to_json(report.answer_ms)},
                      {"connect_ms", to_json(report.connect_ms)},
                      {"media_ms", to_json(report.media_ms)},
                      {"audio", audio},
                      {"video", video},
                      {"packets_per_second", report.packets_per_second},
                      {"megabits_per_second", report.megabits_per_second},
                      {"processes", processes},
                      {"server_us_per_packet", report.server_us_per_packet},
                      {"own_cpu_percent", report.own_cpu_percent},
                      {"own_join_cpu_seconds", report.own_join_cpu_seconds},
                      {"join_packets", report.join_packets},
                      {"shares_sockets", report.shares_sockets},
                      {"takes_gro", report.takes_gro},
                      {"own_drops", report.own_drops},
                      {"transit_ms", to_json(report.transit_ms)},
                      {"last_viewer_ms", to_json(report.last_viewer_ms)},
                      {"last_viewer_of_key_ms", to_json(report.last_viewer_of_key_ms)},
                      {"spread_ms", to_json(report.spread_ms)},
                      {"check_ms", to_json(report.check_ms)},
                      {"repair_ms", to_json(report.repair_ms)},
                      {"asked_again", report.asked_again},
                      {"request_ms", to_json(report.request_ms)}};
  return whole.dump(2) + "\n";
}

}  // namespace lectern::tools
