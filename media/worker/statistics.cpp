#include "media/worker/statistics.h"

#include <algorithm>
#include <numeric>

namespace lectern::worker {
namespace {

constexpr std::array<std::string_view, kSentKinds> kSentNames = {"media", "retransmission", "rtcp",
                                                                 "transport", "leg"};

}  // namespace

control::Load Statistics::report(Instant now, const Gauges& gauges, const DropCounters& drops) {
  const uint64_t packets = std::accumulate(packets_out_.begin(), packets_out_.end(), uint64_t{0});
  const auto passed = static_cast<uint64_t>(std::max<int64_t>((now - reported_at_).us(), 1));
  const auto per_second = [passed](uint64_t count) { return count * 1'000'000 / passed; };
  control::Load load;
  load.viewers = static_cast<uint32_t>(gauges.viewers);
  load.publishers = static_cast<uint32_t>(gauges.publishers);
  load.egress_bps = per_second((bytes_out_ - reported_out_) * 8);
  load.ingress_bps = per_second((bytes_in_ - reported_in_) * 8);
  load.packets_per_s = per_second(packets - reported_packets_);
  load.loop_delay_us_p99 = static_cast<uint64_t>(loop_delay_.us());
  reported_at_ = now;
  reported_in_ = bytes_in_;
  reported_out_ = bytes_out_;
  reported_packets_ = packets;

  const auto add = [&load](std::string_view name, std::string_view label, std::string_view value,
                           uint64_t count) {
    load.counters.push_back({.name = std::string(name),
                             .label = std::string(label),
                             .value = std::string(value),
                             .count = count});
  };
  for (size_t reason = 0; reason < kDropReasonCount; ++reason)
    add("drops_total", "reason", kDropReasonNames[reason], drops.all()[reason]);
  for (size_t kind = 0; kind < kSentKinds; ++kind)
    add("sent_packets_total", "kind", kSentNames[kind], packets_out_[kind]);
  add("sent_bytes_total", "", "", bytes_out_);
  add("received_packets_total", "", "", packets_in_);
  add("received_bytes_total", "", "", bytes_in_);
  add("sessions_created_total", "role", "publish", created_[0]);
  add("sessions_created_total", "role", "view", created_[1]);
  for (const auto& [status, count] : refused_)
    add("sessions_refused_total", "status", std::to_string(status), count);
  for (const auto& [reason, count] : closed_) add("sessions_closed_total", "reason", reason, count);
  for (const auto& [reason, count] : unusable_)
    add("unusable_streams_total", "reason", reason, count);
  add("keyframe_requests_total", "", "", keyframe_requests_);
  add("classes", "", "", gauges.classes);
  add("legs", "", "", gauges.legs);
  add("paths", "", "", gauges.paths);
  add("stored_packets", "", "", gauges.packets);
  return load;
}

}  // namespace lectern::worker
