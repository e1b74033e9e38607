#include "server/metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectern::server {
namespace {

using signaling::Sample;
using testing::HasSubstr;

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(MetricsText, SamplesOfOneNameAreOneFamilyWhereverTheyStand) {
  const std::vector<Sample> samples = {
      {.name = "drops_total",
       .help = "dropped",
       .kind = Sample::Kind::kCounter,
       .labels = {{"worker", "0"}, {"reason", "too_old"}},
       .value = 7},
      {.name = "viewers", .help = "there", .kind = Sample::Kind::kGauge, .labels = {}, .value = 3},
      {.name = "drops_total",
       .help = "dropped",
       .kind = Sample::Kind::kCounter,
       .labels = {{"worker", "1"}, {"reason", "a\"b"}},
       .value = 8}};
  const std::string text = metrics_text(samples);
  EXPECT_THAT(text, HasSubstr("# TYPE lectern_drops_total counter\n"
                              "lectern_drops_total{worker=\"0\",reason=\"too_old\"} 7\n"
                              "lectern_drops_total{worker=\"1\",reason=\"a\\\"b\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE lectern_viewers gauge\nlectern_viewers 3\n"));
  EXPECT_EQ(occurrences(text, "# TYPE lectern_drops_total"), 1U);
}

TEST(MetricsText, TheShellTellsItsAnswersByStatus) {
  io::WebCounters web;
  web.responses = {{200, 5}, {404, 1}};
  web.refusals = {{"malformed", 3}};
  web.clients_open = 12;
  std::vector<Sample> samples;
  append_shell_samples(web, {.resident_bytes = 4096, .open_files = 9, .cpu_seconds = 0.5}, samples);
  const std::string text = metrics_text(samples);
  EXPECT_THAT(text, HasSubstr("lectern_http_responses_total{code=\"200\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("lectern_http_responses_total{code=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lectern_web_refusals_total{reason=\"malformed\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("lectern_web_clients 12\n"));
  EXPECT_THAT(text, HasSubstr("lectern_signaling_resident_bytes 4096\n"));
}

}  // namespace
}  // namespace lectern::server
