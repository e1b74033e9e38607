// Named settings of a process: each is a key of the configuration file (`media_port`), an
// environment variable (`LECTERN_MEDIA_PORT`) and a flag (`--media-port`). A flag outranks the
// environment, which outranks the file, which outranks the default that the value came with.
//
// All faults are collected, so that an operator reads them at once and not one per start.
#pragma once

#include "base/text.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lectern::server {

// A setting as it was declared, in words.
struct Setting {
  enum class Kind : std::uint8_t { kText, kNumber, kFlag, kList };

  std::string key;
  Kind kind = Kind::kText;
  std::string section{};        // the heading that it stands under
  std::string unit{};           // of one value: `seconds`, `TCP port`, `folder`; empty: none
  std::string range{};          // of a number: `1 to 65535`
  std::string default_value{};  // empty: none
  std::string help{};           // one line

  bool operator==(const Setting&) const = default;
};

template <typename Number>
struct Range {
  Number least;
  Number most;  // still allowed
};

class Settings {
 public:
  using Values = std::vector<std::string>;
  // The value of an environment variable; nullopt when it is not set.
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  // Heads the settings that are declared from here on.
  void section(std::string title) { section_ = std::move(title); }

  // Each declares a setting and binds it to a variable, which holds the default and must outlive
  // this object. `unit` and `help`: as in Setting.
  void text(std::string key, std::string& value, std::string unit, std::string help);
  void list(std::string key, std::vector<std::string>& value, std::string unit, std::string help);
  void flag(std::string key, bool& value, std::string help);
  template <typename Number>
  void number(const std::string& key, Number& value, std::type_identity_t<Range<Number>> range,
              const std::string& unit, const std::string& help);

  // Adds the flags, and `--config FILE`. This object must outlive the app's parsing.
  void attach(CLI::App& app);

  // Fills the variables, after the app has parsed. `known_keys`: keys that a configuration file may
  // hold though they belong to another process. Returns one sentence for each fault.
  [[nodiscard]] std::vector<std::string> load(const Environment& environment,
                                              const std::set<std::string>& known_keys = {});

  // All of them, in the order of their declarations.
  [[nodiscard]] std::vector<Setting> declared() const;
  [[nodiscard]] std::set<std::string> keys() const;

  // The flags that give the process with the settings `child` the values that the variables here
  // have now: of each key that both have, an empty text too, since the child's environment may hold
  // another. A key that only `child` has keeps the value of the child's variable.
  [[nodiscard]] Values flags_for(const Settings& child) const;

  // Whether load() could not read the configuration file: what is missing may be in it.
  [[nodiscard]] bool has_lost_file() const { return has_lost_file_; }

 private:
  // A setting and the variable that it is bound to.
  struct Bound {
    Setting setting;
    // Sets the variable. Returns what is wrong with the values, as the end of a sentence; empty
    // when they were taken.
    std::function<std::string(const Values&)> take;
    std::function<Values()> values;  // the variable's, as take() would read them
    Values from_flags{};

    [[nodiscard]] bool is_list() const { return setting.kind == Setting::Kind::kList; }
  };

  void add(Bound bound);
  void load_file(const std::set<std::string>& known_keys, std::vector<std::string>& faults);
  [[nodiscard]] const Bound* find(std::string_view key) const;

  std::deque<Bound> settings_;  // addresses stay: CLI11 writes into from_flags
  std::string section_;
  std::string config_file_;
  bool has_lost_file_ = false;
};

// The process's own environment.
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

// Names in the environment that look like settings and are none, each as a sentence. `names`: all
// that are set; `known_keys`: all that may be.
[[nodiscard]] std::vector<std::string> unknown_variables(const std::vector<std::string>& names,
                                                         const std::set<std::string>& known_keys);
// The names of the process's own environment.
[[nodiscard]] std::vector<std::string> process_variables();

// `media_port` as LECTERN_MEDIA_PORT and --media-port.
[[nodiscard]] std::string environment_name(std::string_view key);
[[nodiscard]] std::string flag_name(std::string_view key);

template <typename Number>
void Settings::number(const std::string& key, Number& value,
                      std::type_identity_t<Range<Number>> range, const std::string& unit,
                      const std::string& help) {
  const std::string words = std::to_string(range.least) + " to " + std::to_string(range.most);
  add({.setting =
           {.key = key, .kind = Setting::Kind::kNumber, .unit = unit, .range = words, .help = help},
       .take = [&value, range, words](const Values& values) -> std::string {
         const auto number = parse_number<Number>(values.back());
         if (!number || *number < range.least || *number > range.most) {
           return "must be a whole number from " + words;
         }
         value = *number;
         return {};
       },
       .values = [&value] { return Values{std::to_string(value)}; }});
}

}  // namespace lectern::server
