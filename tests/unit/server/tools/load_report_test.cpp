#include "server/tools/load_report.h"

#include "server/tools/process_cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <numeric>

namespace lectern::tools {
namespace {

using ::testing::HasSubstr;

TEST(Spread, FindsMedianAndTail) {
  std::vector<double> values(101);
  std::iota(values.rbegin(), values.rend(), 0.0);
  const Spread spread = spread_of(values);
  EXPECT_EQ(spread.count, 101U);
  EXPECT_EQ(spread.median, 50);
  EXPECT_EQ(spread.p95, 95);
  EXPECT_EQ(spread.most, 100);
  EXPECT_EQ(spread_of({}).count, 0U);
  EXPECT_EQ(spread_of({7}).p95, 7);
}

TEST(Delays, AreMedianAndTail) {
  std::vector<Duration> delays;
  for (int ms = 200; ms > 0; --ms) delays.push_back(Duration::milliseconds(ms));
  const DelayReport report = delays_of(delays);
  EXPECT_EQ(report.packets, 200U);
  EXPECT_EQ(report.median, 100);
  EXPECT_EQ(report.p99, 198);
  EXPECT_EQ(report.most, 200);
  EXPECT_EQ(delays_of({}).packets, 0U);
}

LoadReport report() {
  LoadReport report;
  report.url = "http://localhost/whep/demo";
  report.viewers = 2;
  report.failures["HTTP 503"] = 1;
  report.video.packets = 900;
  report.video.lost = 100;
  report.processes.push_back({.pid = 7, .name = "lectern media", .user_percent = 12});
  report.server_us_per_packet = 1.5;
  report.asked_again = 3;
  report.repair_ms = delays_of({Duration::milliseconds(2), Duration::milliseconds(4)});
  return report;
}

TEST(LoadReport, IsReadableByPeopleAndPrograms) {
  EXPECT_EQ(report().video.loss_percent(), 10);
  EXPECT_EQ(report().audio.loss_percent(), 0);
  const std::string table = to_table(report());
  EXPECT_THAT(table, HasSubstr("1 x HTTP 503"));
  EXPECT_THAT(table, HasSubstr("100 of 1000 (10.0000 %)"));
  EXPECT_THAT(table, HasSubstr("1.50 us of CPU"));
  EXPECT_THAT(table, HasSubstr("p99 4.0 ms, max 4.0 ms; 2 of 3 answered"));
  const auto json = nlohmann::json::parse(to_json(report()));
  EXPECT_EQ(json.at("video").at("loss_percent"), 10.0);
  EXPECT_EQ(json.at("failures").at("HTTP 503"), 1);
  EXPECT_EQ(json.at("processes").at(0).at("pid"), 7);
}

TEST(ProcessCost, OfThisProcessIsFound) {
  const auto costs = processes_of({getpid()});
  ASSERT_FALSE(costs.empty());
  EXPECT_EQ(costs.front().pid, getpid());
  EXPECT_GT(costs.front().resident, 1'000'000U);
  EXPECT_TRUE(processes_of({-1}).empty());
}

}  // namespace
}  // namespace lectern::tools
