// What a load test has found, as numbers, as a table for people and as JSON for programs.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lectern::tools {

// The spread of one figure over the viewers.
struct Spread {
  size_t count = 0;
  double median = 0;
  double p95 = 0;
  double most = 0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);

struct TrackReport {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t lost = 0;
  uint64_t repaired = 0;
  uint64_t duplicates = 0;
  size_t viewers_with_loss = 0;
  double worst_loss_percent = 0;
  // Picture.
  uint64_t frames = 0;
  uint64_t freezes = 0;
  size_t viewers_with_freezes = 0;
  size_t viewers_without_picture = 0;
  Spread longest_gap_ms;
  uint64_t faults_of_order = 0;  // timestamps that go back, picture ids that jump
  // Sound.
  double concealed_percent = 0;

  [[nodiscard]] double loss_percent() const;
};

struct ProcessReport {
  int pid = 0;
  std::string name;
  double user_percent = 0;  // of one core, in the steady part
  double system_percent = 0;
  double resident_mb = 0;
  double grown_mb = 0;          // since before the first viewer
  double join_cpu_seconds = 0;  // from the first POST to the start of the steady part

  [[nodiscard]] double cpu_percent() const { return user_percent + system_percent; }
};

// How late packets (or answers) were; without packets, not known.
struct DelayReport {
  uint64_t packets = 0;
  double median = 0;
  double p99 = 0;
  double most = 0;
};

[[nodiscard]] DelayReport delays_of(std::vector<Duration> delays);

struct LoadReport {
  std::string url;
  size_t viewers = 0;
  size_t connected = 0;
  size_t with_media = 0;
  std::map<std::string, size_t> failures;  // by reason
  double join_seconds = 0;                 // from the first POST to the last
  double settle_seconds = 0;               // from the first POST to the last viewer's media
  double steady_seconds = 0;
  Spread answer_ms;   // POST to answer
  Spread connect_ms;  // POST to DTLS done
  Spread media_ms;    // POST to first media packet
  TrackReport audio;
  TrackReport video;
  double packets_per_second = 0;  // steady part, all viewers
  double megabits_per_second = 0;
  std::vector<ProcessReport> processes;
  double server_us_per_packet = 0;  // 0: no pid was given
  double own_cpu_percent = 0;
  double own_join_cpu_seconds = 0;
  uint64_t join_packets = 0;  // of media, received before the steady part
  bool shares_sockets = false;
  bool takes_gro = true;
  uint64_t own_drops = 0;  // datagrams that this tool was too slow for; 0 where it cannot know
  // Steady part.
  DelayReport transit_ms;             // from the publisher to each viewer
  DelayReport last_viewer_ms;         // from the publisher to the last viewer
  DelayReport last_viewer_of_key_ms;  // the same, of keyframes alone
  DelayReport spread_ms;              // from the first viewer to the last
  DelayReport check_ms;               // ICE check to its answer
  DelayReport repair_ms;              // NACK to RTX, of packets that had come already
  uint64_t asked_again = 0;           // so many of them
  DelayReport request_ms;             // HTTP request of a session, through its worker
};

[[nodiscard]] std::string to_table(const LoadReport& report);
[[nodiscard]] std::string to_json(const LoadReport& report);

}  // namespace lectern::tools
