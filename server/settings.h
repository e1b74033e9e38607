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
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

class Settings {
 public:
  using Values = std::vector<std::string>;
  // The value of an environment variable; nullopt when it is not set.
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  // Each binds a key to a variable, which holds the default and must outlive load(). `help` is one
  // line, with the unit.
  void text(std::string key, std::string& value, std::string help);
  void list(std::string key, std::vector<std::string>& value, std::string help);
  void flag(std::string key, bool& value, std::string help);
  template <typename Number>
  void number(const std::string& key, Number& value, Number least, Number most,
              const std::string& help);

  // Adds the flags, and `--config FILE`. This object must outlive the app's parsing.
  void attach(CLI::App& app);

  // Fills the variables, after the app has parsed. `known_keys`: keys that a configuration file may
  // hold though they belong to another process. Returns one sentence for each fault.
  [[nodiscard]] std::vector<std::string> load(const Environment& environment,
                                              const std::set<std::string>& known_keys = {});

  [[nodiscard]] std::set<std::string> keys() const;
  // Whether load() could not read the configuration file: what is missing may be in it.
  [[nodiscard]] bool has_lost_file() const { return has_lost_file_; }

 private:
  struct Setting {
    std::string key;
    std::string help{};
    std::string shown_default{};
    bool is_flag = false;
    bool is_list = false;
    Values from_flags{};
    // What is wrong with the values, as the end of a sentence; empty when they were taken.
    std::function<std::string(const Values&)> take;
  };

  void add(Setting setting);
  void load_file(const std::set<std::string>& known_keys, std::vector<std::string>& faults);
  Setting* find(std::string_view key);

  std::deque<Setting> settings_;  // addresses stay: CLI11 writes into from_flags
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
void Settings::number(const std::string& key, Number& value, Number least, Number most,
                      const std::string& help) {
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  add({.key = key,
       .help = help,
       .shown_default = std::to_string(value),
       .take = [&value, least, most, range](const Values& values) -> std::string {
         const auto number = parse_number<Number>(values.back());
         if (!number || *number < least || *number > most) {
           return "must be a whole number from " + range;
         }
         value = *number;
         return {};
       }});
}

}  // namespace lectern::server
