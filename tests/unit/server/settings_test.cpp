#include "server/settings.h"

#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lectern::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SettingsTest : public testing::Test {
 protected:
  SettingsTest()
      : file_(std::filesystem::temp_directory_path() /
              ("settings-" + std::to_string(getpid()) + ".json")) {
    bind(settings_, config_);
    settings_.attach(app_);
  }
  ~SettingsTest() override { std::filesystem::remove(file_); }

  std::vector<std::string> load(std::vector<std::string> flags, const std::string& file = {}) {
    if (!file.empty()) {
      std::ofstream(file_) << file;
      flags.insert(flags.begin(), {"--config", file_.string()});
    }
    std::ranges::reverse(flags);  // as CLI11 wants them
    app_.parse(flags);
    return settings_.load(
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          return found == environment_.end() ? std::nullopt : std::optional(found->second);
        },
        all_keys());
  }

  std::filesystem::path file_;
  ServeConfig config_;
  Settings settings_;
  CLI::App app_;
  std::map<std::string, std::string> environment_;
};

TEST_F(SettingsTest, DefaultsStandWhenNobodySpeaks) {
  EXPECT_THAT(load({}), IsEmpty());
  EXPECT_EQ(config_.web.port, 8080);
  EXPECT_EQ(config_.media.media_port, 9000);
  EXPECT_EQ(config_.web.metrics_port, 9464);
  EXPECT_FALSE(config_.common.dev);
}

TEST_F(SettingsTest, AFlagOutranksTheEnvironmentWhichOutranksTheFile) {
  environment_ = {{"LECTERN_PORT", "2000"}, {"LECTERN_MEDIA_PORT", "2001"}};
  EXPECT_THAT(load({"--port", "3000"},
                   R"({"port": 1000, "media_port": 1001, "metrics_port": 1002, "dev": true})"),
              IsEmpty());
  EXPECT_EQ(config_.web.port, 3000);
  EXPECT_EQ(config_.media.media_port, 2001);
  EXPECT_EQ(config_.web.metrics_port, 1002);
  EXPECT_TRUE(config_.common.dev);
}

TEST_F(SettingsTest, AWordAfterAValueIsNoSecondValue) {
  EXPECT_THROW(load({"--data", "here", "there"}), CLI::ExtrasError);
  EXPECT_THROW(load({"--port", "3000", "3001"}), CLI::ExtrasError);
  EXPECT_THROW(load({"--dev", "true"}), CLI::ExtrasError);
}

TEST_F(SettingsTest, ListsComeFromAllThree) {
  environment_ = {{"LECTERN_CLASSES", "a,b"}};
  EXPECT_THAT(load({"--allowed-origins", "https://x", "https://y"},
                   R"({"announce": ["192.0.2.1", "2001:db8::1"]})"),
              IsEmpty());
  EXPECT_THAT(config_.classes, ElementsAre("a", "b"));
  EXPECT_THAT(config_.web.allowed_origins, ElementsAre("https://x", "https://y"));
  EXPECT_THAT(config_.media.announce, ElementsAre("192.0.2.1", "2001:db8::1"));
}

TEST_F(SettingsTest, AFileMayHaveCommentsAndKeysOfOtherProcesses) {
  EXPECT_THAT(load({}, "{\n  // the first worker\n  \"worker\": 0, /* why not */ \"port\": 81\n}"),
              IsEmpty());
  EXPECT_EQ(config_.web.port, 81);
}

TEST_F(SettingsTest, AllFaultsAreToldAtOnceWithTheirOrigin) {
  environment_ = {{"LECTERN_METRICS_PORT", "many"}, {"LECTERN_DEV", "yes"}};
  const auto faults =
      load({"--port", "0"}, R"({"prot": 1, "media_port": 70000, "data": 3.5, "announce": [1]})");
  EXPECT_EQ(faults.size(), 6U);
  EXPECT_THAT(faults, Contains(AllOf(HasSubstr("--port"), HasSubstr("1 to 65535"))));
  EXPECT_THAT(faults, Contains(AllOf(HasSubstr("LECTERN_METRICS_PORT"), HasSubstr("`many`"))));
  EXPECT_THAT(faults, Contains(HasSubstr("LECTERN_DEV")));
  EXPECT_THAT(faults, Contains(AllOf(HasSubstr("`prot`"), HasSubstr("did you mean `port`?"))));
  EXPECT_THAT(faults, Contains(HasSubstr("`media_port`")));
  EXPECT_THAT(faults, Contains(AllOf(HasSubstr("`announce`"), HasSubstr("wrong type"))));
}

TEST_F(SettingsTest, AFileThatIsNoneIsAFault) {
  EXPECT_THAT(load({}, "port = 80"), ElementsAre(HasSubstr("from its line 1 on")));
  EXPECT_THAT(load({}, "{\n  \"port\": 80,\n}\n"), ElementsAre(HasSubstr("from its line 3 on")));
  EXPECT_THAT(load({}, "{\"port\": 1e999}"), ElementsAre(HasSubstr("too large")));
  EXPECT_THAT(load({}, "[80]"), ElementsAre(HasSubstr("one JSON object")));
}

TEST_F(SettingsTest, AKeyThatIsThereTwiceOrAListForATextIsAFault) {
  EXPECT_THAT(load({}, R"({"port": 80, "port": 81})"), ElementsAre(HasSubstr("`port` is in")));
  EXPECT_THAT(load({}, R"({"data": ["/x"]})"), ElementsAre(HasSubstr("has the wrong type")));
}

TEST_F(SettingsTest, AMissingFileIsAFault) {
  EXPECT_THAT(load({"--config", "/nonexistent"}), ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(SettingsTest, TheExampleFileShowsEverySettingWithItsDefault) {
  const std::string example = "deploy/config.example.json";
  ASSERT_THAT(load({"--config", example}), IsEmpty());
  const ServeConfig defaults;
  EXPECT_EQ(signaling_flags(config_), signaling_flags(defaults));
  EXPECT_EQ(media_flags(config_, 0), media_flags(defaults, 0));
  std::ifstream file(example);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const std::string& key : settings_.keys()) {
    EXPECT_THAT(text, HasSubstr("\"" + key + "\":"));
  }
}

TEST(Config, FaultsThatNoSingleValueShows) {
  ServeConfig config;
  config.common.dev = true;
  EXPECT_THAT(faults_of(config), IsEmpty());
  config.common.dev = false;
  config.common.log_level = "loud";
  config.web.tls_cert = "cert.pem";
  config.web.metrics_port = config.web.port;
  config.media.announce = {"school.example"};
  config.media.media_port = 65535;
  config.media_workers = 2;
  EXPECT_THAT(faults_of(config), ElementsAre(HasSubstr("log_level"), HasSubstr("tls_key"),
                                             HasSubstr("metrics_port"), HasSubstr("media_port"),
                                             HasSubstr("school.example"), HasSubstr("key_file")));
}

TEST(Config, WhoEncryptsIsOneOfThree) {
  ServeConfig config;
  config.common.dev = true;
  config.media.gcm = "openssl";
  EXPECT_THAT(faults_of(config), IsEmpty());
  config.media.gcm = "nss";
  EXPECT_THAT(faults_of(config), ElementsAre("gcm must be auto, ipsec-mb or openssl, not `nss`"));
  EXPECT_EQ(engine_wanted("auto"), std::nullopt);
  EXPECT_EQ(engine_wanted("ipsec-mb"), srtp::Engine::kIpsecMb);
  EXPECT_EQ(engine_wanted("openssl"), srtp::Engine::kEvp);
}

TEST(Config, ForcedGcmSaysWhyItCannotBe) {
  EXPECT_EQ(fault_of_gcm("ipsec-mb", ""), "");
  EXPECT_EQ(fault_of_gcm("ipsec-mb", "the processor is too old"),
            "gcm cannot be ipsec-mb on this machine: the processor is too old");
  EXPECT_EQ(fault_of_gcm("auto", "the processor is too old"), "");
  EXPECT_EQ(fault_of_gcm("openssl", "the processor is too old"), "");
  ServeConfig config;
  config.common.dev = true;
  config.media.gcm = "ipsec-mb";
  EXPECT_EQ(faults_of(config).empty(), srtp::ipsec_mb_works());
}

TEST(Config, AChildReadsBackWhatItsParentWasTold) {
  ServeConfig parent;
  parent.common = {.data = "/var/lib/lectern", .log_level = "warn", .dev = true};
  parent.media = {.media_port = 9100,
                  .announce = {"192.0.2.1", "192.0.2.3"},
                  .max_sessions = 7,
                  .gcm = "openssl"};
  MediaWorkerConfig child;
  Settings settings;
  bind(settings, child);
  CLI::App app;
  settings.attach(app);
  auto flags = media_flags(parent, 3);
  EXPECT_EQ(flags.front(), "media");
  flags.erase(flags.begin());
  std::ranges::reverse(flags);
  app.parse(flags);
  EXPECT_THAT(settings.load([](const std::string&) { return std::nullopt; }), IsEmpty());
  EXPECT_EQ(child.worker, 3U);
  EXPECT_EQ(child.common.data, parent.common.data);
  EXPECT_EQ(child.common.log_level, "warn");
  EXPECT_TRUE(child.common.dev);
  EXPECT_EQ(child.media.media_port, 9100);
  EXPECT_EQ(child.media.announce, parent.media.announce);
  EXPECT_EQ(child.media.max_sessions, 7U);
  EXPECT_EQ(child.media.gcm, "openssl");
}

TEST(Environment, NamesOfNoSettingAreToldWithTheNearestThatIs) {
  const std::set<std::string> keys = {"port", "media_port", "data"};
  EXPECT_THAT(unknown_variables({"PATH", "LECTERN_PORT", "LECTERN_CONFIG"}, keys), IsEmpty());
  EXPECT_THAT(unknown_variables({"LECTERN_MEDIA_PROT"}, keys),
              ElementsAre(AllOf(HasSubstr("LECTERN_MEDIA_PROT is not a setting"),
                                HasSubstr("did you mean LECTERN_MEDIA_PORT?"))));
}

}  // namespace
}  // namespace lectern::server
