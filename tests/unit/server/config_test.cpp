#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lectern::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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

}  // namespace
}  // namespace lectern::server
