#include "server/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>

namespace lectern::server {
namespace {

using signaling::Sample;

prometheus::ClientMetric to_metric(const Sample& sample) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({name, value});
  }
  metric.counter.value = sample.value;
  metric.gauge.value = sample.value;
  return metric;
}

Sample sample(std::string name, std::string help, Sample::Kind kind, double value) {
  return {
      .name = std::move(name), .help = std::move(help), .kind = kind, .labels = {}, .value = value};
}

}  // namespace

std::string metrics_text(const std::vector<Sample>& samples) {
  std::map<std::string, prometheus::MetricFamily> by_name;
  for (const Sample& item : samples) {
    prometheus::MetricFamily& family = by_name[item.name];
    family.name = "lectern_" + item.name;
    family.help = item.help;
    family.type = item.kind == Sample::Kind::kCounter ? prometheus::MetricType::Counter
                                                      : prometheus::MetricType::Gauge;
    family.metric.push_back(to_metric(item));
  }
  std::vector<prometheus::MetricFamily> families;
  families.reserve(by_name.size());
  for (auto& [name, family] : by_name) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

void append_shell_samples(const io::WebCounters& web, const ProcessFacts& process,
                          std::vector<Sample>& samples) {
  const auto add = [&](std::string name, std::string help, Sample::Kind kind, auto value) {
    samples.push_back(sample(std::move(name), std::move(help), kind, static_cast<double>(value)));
  };
  using enum Sample::Kind;
  for (const auto& [status, count] : web.responses) {
    Sample answers = sample("http_responses_total", "HTTP answers by status", kCounter,
                            static_cast<double>(count));
    answers.labels = {{"code", std::to_string(status)}};
    samples.push_back(std::move(answers));
  }
  for (const auto& [reason, count] : web.refusals) {
    Sample refusals =
        sample("web_refusals_total", "clients that were refused, given up or cut off, by reason",
               kCounter, static_cast<double>(count));
    refusals.labels = {{"reason", reason}};
    samples.push_back(std::move(refusals));
  }
  add("web_clients", "connections to the web port", kGauge, web.clients_open);
  add("websockets_behind_total",
      "Times that a WebSocket did not keep up, and was told anew how things are", kCounter,
      web.sockets_behind);
  add("web_messages_in_total", "messages from pages", kCounter, web.messages_in);
  add("web_messages_out_total", "messages to pages", kCounter, web.messages_out);
  add("signaling_resident_bytes", "memory of the signaling process", kGauge,
      process.resident_bytes);
  add("signaling_open_files", "descriptors of the signaling process", kGauge, process.open_files);
  add("signaling_cpu_seconds_total", "CPU time of the signaling process", kCounter,
      process.cpu_seconds);
}

void append_restarts(const std::optional<Restarts>& restarts, std::vector<Sample>& samples) {
  if (!restarts) {
    return;
  }
  for (const auto& [reason, count] : {std::pair{"died", restarts->died},
                                      {"silent", restarts->silent},
                                      {"asked", restarts->asked}}) {
    Sample restarted =
        sample("restarts_total", "Starts of a process after its first one, by reason.",
               Sample::Kind::kCounter, static_cast<double>(count));
    restarted.labels = {{"process", "signaling"}, {"reason", reason}};
    samples.push_back(std::move(restarted));
  }
}

}  // namespace lectern::server
