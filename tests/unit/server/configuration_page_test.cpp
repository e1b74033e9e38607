#include "server/configuration_page.h"

#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lectern::server {
namespace {

using testing::HasSubstr;

template <typename Config>
class SettingsOf : public testing::Test {
 protected:
  SettingsOf() { bind(settings_, config_); }

  Config config_;
  Settings settings_;
};

using Configs =
    testing::Types<ServeConfig, SignalingConfig, StoreConfig, MediaWorkerConfig, TokenConfig>;
TYPED_TEST_SUITE(SettingsOf, Configs, );

TYPED_TEST(SettingsOf, AllSayWhatTheyDoAndNumbersOfWhat) {
  for (const Setting& setting : this->settings_.declared()) {
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_FALSE(setting.section.empty()) << setting.key;
    if (setting.kind == Setting::Kind::kNumber) {
      EXPECT_FALSE(setting.unit.empty()) << setting.key;
      EXPECT_FALSE(setting.range.empty()) << setting.key;
    }
  }
}

TYPED_TEST(SettingsOf, HaveAKeyEach) {
  EXPECT_EQ(this->settings_.keys().size(), this->settings_.declared().size());
}

TYPED_TEST(SettingsOf, AreOnThePageByAllTheirNames) {
  const std::string page = configuration_page();
  for (const Setting& setting : this->settings_.declared()) {
    EXPECT_THAT(page, HasSubstr("| `" + setting.key + "` | `" + flag_name(setting.key) + "` | `" +
                                environment_name(setting.key) + "` |"));
  }
}

TEST(ConfigurationPage, IsTheOneInDocs) {
  std::ifstream file("docs/configuration.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, configuration_page()) << "write it anew: scripts/write_configuration";
}

TEST(ConfigurationPage, SaysDefaultUnitRangeAndWhatItDoes) {
  EXPECT_THAT(configuration_page(),
              HasSubstr("| `drain_s` | `--drain-s` | `LECTERN_DRAIN_S` | `20` | seconds, 0 to 3600 "
                        "| how long a worker told to stop waits for its pages to move |"));
}

TEST(ConfigurationPage, ShowsASettingOfSeveralProcessesOnce) {
  const std::string page = configuration_page();
  const std::size_t first = page.find("| `max_sessions` |");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(page.find("| `max_sessions` |", first + 1), std::string::npos);
}

}  // namespace
}  // namespace lectern::server
