#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lectern::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

ServeConfig dev_config() {
  ServeConfig config;
  config.common.dev = true;
  return config;
}

TEST(Config, EachBadClassOriginProxyAndPathIsNamedInASentence) {
  ServeConfig config = dev_config();
  config.classes = {"physics", "Kelas 7", "demo"};
  config.web.allowed_origins = {"https://school.example", "*", "https://portal.example/"};
  config.web.trusted_proxies = {"10.0.0.5", "proxy.example"};
  config.web.public_path = "/kelas/";
  EXPECT_THAT(faults_of(config),
              ElementsAre(HasSubstr("`https://portal.example/`"), HasSubstr("`proxy.example`"),
                          HasSubstr("`/kelas/`"), HasSubstr("`Kelas 7`")));
  SignalingConfig signaling;
  signaling.classes = {"Kelas 7"};
  EXPECT_THAT(faults_of(signaling), ElementsAre(HasSubstr("`Kelas 7`")));
}

TEST(Config, AWatchdogLeavesTimeToReportAndToStart) {
  ServeConfig config = dev_config();
  for (const std::uint32_t seconds : {0U, 2U, 3U}) {
    config.watchdog_s = seconds;
    EXPECT_TRUE(faults_of(config).empty()) << seconds;
  }
  config.watchdog_s = 1;
  EXPECT_THAT(faults_of(config), ElementsAre(HasSubstr("at least 2")));
}

TEST(Config, AnOriginIsASchemeAHostAndMaybeAPort) {
  const auto is_good = [](const char* origin) {
    ServeConfig config = dev_config();
    config.web.allowed_origins = {origin};
    return faults_of(config).empty();
  };
  for (const char* origin : {"https://a.example", "http://a.example:8080", "https://[2001:db8::1]",
                             "HTTPS://A.example"}) {
    EXPECT_TRUE(is_good(origin)) << origin;
  }
  for (const char* origin :
       {"a.example", "//a.example", "https://a.example/", "ftp://a.example", "https://a.example/x",
        "https://", "https://a.example:x", "null", ""}) {
    EXPECT_FALSE(is_good(origin)) << origin;
  }
}

TEST(Config, P68APublicPathHasASlashBeforeEachSegmentAndNoneAtTheEnd) {
  const auto is_good = [](const char* path) {
    ServeConfig config = dev_config();
    config.web.public_path = path;
    return faults_of(config).empty();
  };
  for (const char* path : {"", "/kelas", "/a/b-c/d.e"}) {
    EXPECT_TRUE(is_good(path)) << path;
  }
  for (const char* path :
       {"/", "kelas", "/kelas/", "//kelas", "/a//b", "/a b", "/a?b", "/a%20b", "/a/../b", "/."}) {
    EXPECT_FALSE(is_good(path)) << path;
  }
}

TEST(Config, AddressesThatNoBrowserCanReachAreNotAnnounced) {
  const auto is_good = [](const char* address) {
    ServeConfig config = dev_config();
    config.media.announce = {address};
    return faults_of(config).empty();
  };
  for (const char* address : {"192.0.2.1", "127.0.0.1", "2001:db8::1"}) {
    EXPECT_TRUE(is_good(address)) << address;
  }
  for (const char* address : {"0.0.0.0", "::", "224.0.0.1", "239.255.255.255", "ff02::1", "name"}) {
    EXPECT_FALSE(is_good(address)) << address;
  }
}

TEST(Config, AFilmThatIsNotThereIsSaid) {
  ServeConfig config = dev_config();
  config.demo_film = "/nowhere/film.mp4";
  EXPECT_THAT(faults_of(config), testing::ElementsAre(testing::HasSubstr("/nowhere/film.mp4")));
}

TEST(Config, BoundsAreHandedOnToSignaling) {
  ServeConfig config = dev_config();
  config.quotas.max_sessions_per_subject = 30;
  config.quotas.max_sessions_per_address = 0;
  config.web.public_path = "/kelas";
  EXPECT_THAT(signaling_flags(config),
              IsSupersetOf({"--max-sessions-per-subject", "30", "--max-sessions-per-address", "0",
                            "--public-path", "/kelas"}));
}

// A process, as its command line leaves it.
template <typename Config>
class Process {
 public:
  Process() {
    bind(settings, config);
    settings.attach(app_);
  }

  void start(std::vector<std::string> flags) {
    std::ranges::reverse(flags);  // as CLI11 wants them
    app_.parse(flags);
    EXPECT_THAT(settings.load([](const std::string&) { return std::nullopt; }), IsEmpty());
  }

  Config config;
  Settings settings;

 private:
  CLI::App app_;
};

// Words that give a setting another value than its default.
std::vector<std::string> other_value(const Setting& setting) {
  const std::string flag = flag_name(setting.key);
  switch (setting.kind) {
    case Setting::Kind::kFlag:
      return {flag};
    case Setting::Kind::kList:
      return {flag, "one", flag, "two"};
    case Setting::Kind::kNumber:
      return {flag, std::to_string(std::stoul(setting.default_value) + 1)};
    case Setting::Kind::kText:
      break;
  }
  return {flag, setting.default_value.empty() ? "another" : ""};
}

// A `serve` in which no setting has its default.
class HandingOn : public testing::Test {
 protected:
  HandingOn() {
    for (const Setting& setting : serve_.settings.declared()) {
      std::ranges::copy(other_value(setting), std::back_inserter(flags_));
    }
    serve_.start(flags_);
  }

  // Starts a child by this command line and holds its settings to those of `serve`.
  template <typename Config>
  void expect_the_same(Process<Config>& child, std::vector<std::string> line) {
    line.erase(line.begin());  // the role
    child.start(line);
    EXPECT_EQ(child.settings.flags_for(child.settings), serve_.settings.flags_for(child.settings));
  }

  std::vector<std::string> flags_;
  Process<ServeConfig> serve_;
};

TEST_F(HandingOn, FlagsSayWhatWasReadFromFlags) {
  EXPECT_EQ(serve_.settings.flags_for(serve_.settings), flags_);
}

TEST_F(HandingOn, SignalingHasAllSettingsFromServe) {
  Process<SignalingConfig> child;
  expect_the_same(child, signaling_flags(serve_.config));
  EXPECT_THAT(serve_.settings.keys(), IsSupersetOf(child.settings.keys()));
}

TEST_F(HandingOn, AMediaWorkerHasAllSettingsFromServeButItsNumber) {
  Process<MediaWorkerConfig> child;
  expect_the_same(child, media_flags(serve_.config, 3));
  EXPECT_EQ(child.config.worker, 3U);
  std::set<std::string> keys = child.settings.keys();
  keys.erase("worker");
  EXPECT_THAT(serve_.settings.keys(), IsSupersetOf(keys));
}

TEST_F(HandingOn, WhatNoChildIsToldConcernsServeAlone) {
  std::set<std::string> rest = serve_.settings.keys();
  for (const std::string& key : Process<SignalingConfig>().settings.keys()) rest.erase(key);
  for (const std::string& key : Process<MediaWorkerConfig>().settings.keys()) rest.erase(key);
  EXPECT_THAT(rest, ElementsAre("demo_film", "watchdog_s"));
}

}  // namespace
}  // namespace lectern::server
