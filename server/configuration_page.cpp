#include "server/configuration_page.h"

#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace lectern::server {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Configuration

<!-- scripts/write_configuration writes this file from server/config.h and config.cpp: change the settings there. -->

What an operator may set. Each setting has three names: a key of the configuration file, a flag, an environment variable. A flag
outranks the environment, which outranks the file, which outranks the default. `lectern check` says whether a configuration would work
on this machine; all its faults are told at once.

The **file** is named by `--config FILE` or `LECTERN_CONFIG`: one JSON object, comments allowed;
[deploy/config.example.json](../deploy/config.example.json) is one with every default in it. One file may serve all processes of the
server. A key that is no setting is a fault there; a variable `LECTERN_...` that is none is only warned of.

**Several values** are an array in the file (`["a", "b"]`), words after the flag (`--classes a b`, or the flag again for each), and
separated by commas in the environment (`a,b`). **Yes or no** is `true` or `false` in the file and the environment; the flag stands alone
and means `true`.

Bounds that are no settings, and what the refused one is told: [limits.md](limits.md). `lectern demo` and `lectern load-test`
have options of their own (`--help`), and take a token from `LECTERN_TOKEN` too.
)";

struct Part {
  std::string_view title;
  std::string_view introduction;
  std::vector<Setting> settings;
};

template <typename Config>
std::vector<Setting> settings_of() {
  Config config;
  Settings settings;
  bind(settings, config);
  return settings.declared();
}

// What the values are: `seconds, 0 to 3600`, `several addresses`.
std::string kind_of(const Setting& setting) {
  if (setting.kind == Setting::Kind::kFlag) {
    return "yes or no";
  }
  if (setting.kind == Setting::Kind::kList) {
    return "several " + setting.unit;
  }
  return setting.unit + (setting.range.empty() ? "" : ", ") + setting.range;
}

std::string row(const Setting& setting) {
  const std::string& value = setting.default_value;
  return fmt::format("| `{}` | `{}` | `{}` | {} | {} | {} |\n", setting.key, flag_name(setting.key),
                     environment_name(setting.key), value.empty() ? "none" : '`' + value + '`',
                     kind_of(setting), setting.help);
}

std::string tables(const std::vector<Setting>& settings) {
  std::string text;
  std::string_view section;
  for (const Setting& setting : settings) {
    if (setting.section != section) {
      section = setting.section;
      text += fmt::format(
          "\n### {}\n\n| key | flag | variable | default | unit, range | what it does |\n"
          "|---|---|---|---|---|---|\n",
          section);
    }
    text += row(setting);
  }
  return text;
}

// A setting that an earlier part has shown is named alone. Adds the others to `shown`.
std::string text_of(const Part& part, std::vector<Setting>& shown) {
  std::vector<Setting> own;
  std::string known;
  for (const Setting& setting : part.settings) {
    if (std::ranges::find(shown, setting) == shown.end()) {
      own.push_back(setting);
    } else {
      known += fmt::format("{}`{}`", known.empty() ? "" : ", ", setting.key);
    }
  }
  std::string text = fmt::format("\n## {}\n\n{}\n", part.title, part.introduction);
  if (!known.empty()) {
    text += fmt::format("The same settings as above: {}.\n", known);
  }
  shown.insert(shown.end(), own.begin(), own.end());
  return text + tables(own);
}

}  // namespace

std::string configuration_page() {
  const std::array parts = {
      Part{.title = "`lectern serve`, `lectern check`",
           .introduction = "The whole server on one machine.",
           .settings = settings_of<ServeConfig>()},
      Part{.title = "`lectern signaling`",
           .introduction = "`serve` starts one and hands its own settings on to it, as flags.",
           .settings = settings_of<SignalingConfig>()},
      Part{.title = "`lectern store`",
           .introduction = "Keeps what must outlive every process. `serve` starts one and hands "
                           "its own settings "
                           "on to it, as flags.",
           .settings = settings_of<StoreConfig>()},
      Part{.title = "`lectern media`",
           .introduction =
               "`serve` starts one a worker and hands its own settings on to it, as flags.",
           .settings = settings_of<MediaWorkerConfig>()},
      Part{
          .title = "`lectern token`",
          .introduction =
              "Prints a token. It may read the server's file, in which what this command alone has "
              "is a fault.",
          .settings = settings_of<TokenConfig>()}};
  std::string page(kIntroduction);
  std::vector<Setting> shown;
  for (const Part& part : parts) {
    page += text_of(part, shown);
  }
  return page;
}

}  // namespace lectern::server
