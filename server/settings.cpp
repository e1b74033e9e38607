#include "server/settings.h"

#include "server/system.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <expected>
#include <numeric>
#include <string_view>
#include <utility>

namespace lectern::server {
namespace {

using Json = nlohmann::json;

// A member of the file as the texts that a flag would bring; nullopt for objects and null.
std::optional<Settings::Values> values_of(const Json& member) {
  if (member.is_string()) {
    return Settings::Values{member.get<std::string>()};
  }
  if (member.is_boolean() || member.is_number()) {
    return Settings::Values{member.dump()};
  }
  if (!member.is_array()) {
    return std::nullopt;
  }
  Settings::Values values;
  for (const Json& item : member) {
    if (!item.is_string()) {
      return std::nullopt;
    }
    values.push_back(item.get<std::string>());
  }
  return values;
}

Settings::Values split_at_commas(const std::string& text) {
  Settings::Values values;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) {
      values.push_back(text.substr(start, end - start));
    }
    start = end + 1;
  }
  return values;
}

// How many letters must be changed, added or left out (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// `known` is not empty.
std::string nearest(const std::set<std::string>& known, std::string_view name) {
  return *std::ranges::min_element(
      known, {}, [name](const std::string& other) { return distance(name, other); });
}

// What --help says of it.
std::string help_of(const Setting& setting) {
  const std::string unit = setting.unit.empty() ? "" : " (" + setting.unit + ")";
  return setting.help + unit + " [" + environment_name(setting.key) + "]";
}

std::ptrdiff_t line_of(std::string_view text, std::size_t offset) {
  return 1 + std::ranges::count(text.substr(0, offset), '\n');
}

// Adds a sentence for each key that is there twice. Error: why the file is no object, as a
// sentence.
std::expected<Json, std::string> read_object(const std::string& path,
                                             std::vector<std::string>& faults) {
  const auto text = read_file(path);
  if (!text) {
    return std::unexpected(text.error().context + " (--config)");
  }
  std::set<std::string> seen;
  const auto note_keys = [&](int depth, Json::parse_event_t event, const Json& part) {
    if (depth == 1 && event == Json::parse_event_t::key && !seen.insert(part).second) {
      faults.push_back(fmt::format("`{}` is in {} twice", part.get<std::string>(), path));
    }
    return true;
  };
  Json json;
  try {
    json = Json::parse(*text, note_keys, true, true);
  } catch (const Json::out_of_range&) {
    return std::unexpected(path + " holds a number that is too large");
  } catch (const Json::parse_error& fault) {
    return std::unexpected(fmt::format(
        "{} is no JSON from its line {} on: look for a comma that is missing, or that stands "
        "before `}}` or `]` (comments are allowed)",
        path, line_of(*text, fault.byte)));
  }
  if (!json.is_object()) {
    return std::unexpected(path + " must be one JSON object, `{ ... }` (comments are allowed)");
  }
  return json;
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  // Read once at start, before any thread exists.
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string environment_name(std::string_view key) {
  std::string name = "LECTERN_";
  for (const char c : key) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::vector<std::string> process_variables() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

std::vector<std::string> unknown_variables(const std::vector<std::string>& names,
                                           const std::set<std::string>& known_keys) {
  std::set<std::string> known = {"LECTERN_CONFIG", "LECTERN_TOKEN"};
  for (const std::string& key : known_keys) {
    known.insert(environment_name(key));
  }
  std::vector<std::string> faults;
  for (const std::string& name : names) {
    if (!name.starts_with("LECTERN_") || known.contains(name)) {
      continue;
    }
    faults.push_back("the variable " + name + " is not a setting; did you mean " +
                     nearest(known, name) + '?');
  }
  return faults;
}

std::string flag_name(std::string_view key) {
  std::string name = "--";
  for (const char c : key) {
    name += c == '_' ? '-' : c;
  }
  return name;
}

void Settings::add(Bound bound) {
  bound.setting.section = section_;
  for (const std::string& value : bound.values()) {
    std::string& words = bound.setting.default_value;
    words += (words.empty() ? "" : ", ") + value;
  }
  settings_.push_back(std::move(bound));
}

void Settings::text(std::string key, std::string& value, std::string unit, std::string help) {
  add({.setting = {.key = std::move(key),
                   .kind = Setting::Kind::kText,
                   .unit = std::move(unit),
                   .help = std::move(help)},
       .take = [&value](const Values& values) -> std::string {
         value = values.back();
         return {};
       },
       .values = [&value] { return Values{value}; }});
}

void Settings::list(std::string key, std::vector<std::string>& value, std::string unit,
                    std::string help) {
  add({.setting = {.key = std::move(key),
                   .kind = Setting::Kind::kList,
                   .unit = std::move(unit),
                   .help = std::move(help)},
       .take = [&value](const Values& values) -> std::string {
         value = values;
         return {};
       },
       .values = [&value] { return value; }});
}

void Settings::flag(std::string key, bool& value, std::string help) {
  add({.setting = {.key = std::move(key), .kind = Setting::Kind::kFlag, .help = std::move(help)},
       .take = [&value](const Values& values) -> std::string {
         const std::string& text = values.back();
         if (text != "true" && text != "false") {
           return "must be true or false";
         }
         value = text == "true";
         return {};
       },
       .values = [&value] { return Values{value ? "true" : "false"}; }});
}

void Settings::attach(CLI::App& app) {
  app.add_option("--config", config_file_, "configuration file (JSON, comments allowed)")
      ->type_name("FILE")
      ->envname("LECTERN_CONFIG");
  for (Bound& bound : settings_) {
    const Setting& setting = bound.setting;
    const std::string help = help_of(setting);
    if (setting.kind == Setting::Kind::kFlag) {
      app.add_flag_callback(
             flag_name(setting.key), [&bound] { bound.from_flags = {"true"}; }, help)
          ->group(setting.section);
      continue;
    }
    CLI::Option* option = app.add_option(flag_name(setting.key), bound.from_flags, help);
    option->group(setting.section);
    option->type_name(bound.is_list() ? "TEXT ..." : "TEXT");
    option->default_str(setting.default_value);
    option->expected(1, bound.is_list() ? CLI::detail::expected_max_vector_size : 1);
    if (bound.is_list()) {
      option->delimiter(',');
    } else {
      option->allow_extra_args(false);  // a word after the value is no second value
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

std::vector<std::string> Settings::load(const Environment& environment,
                                        const std::set<std::string>& known_keys) {
  std::vector<std::string> faults;
  load_file(known_keys, faults);
  const auto take = [&](const Bound& bound, const Values& values, const std::string& origin) {
    const std::string fault =
        values.empty() && !bound.is_list() ? std::string("must have a value") : bound.take(values);
    if (!fault.empty()) {
      faults.push_back(origin + ' ' + fault + ", not `" +
                       (values.empty() ? std::string() : values.back()) + '`');
    }
  };
  for (const Bound& bound : settings_) {
    const std::string name = environment_name(bound.setting.key);
    if (const auto value = environment(name)) {
      take(bound, bound.is_list() ? split_at_commas(*value) : Values{*value}, name);
    }
    if (!bound.from_flags.empty()) {
      take(bound, bound.from_flags, flag_name(bound.setting.key));
    }
  }
  return faults;
}

void Settings::load_file(const std::set<std::string>& known_keys,
                         std::vector<std::string>& faults) {
  if (config_file_.empty()) {
    return;
  }
  const auto json = read_object(config_file_, faults);
  has_lost_file_ = !json;
  if (!json) {
    faults.push_back(json.error());
    return;
  }
  for (const auto& [key, member] : json->items()) {
    const Bound* bound = find(key);
    const auto values = values_of(member);
    if (bound == nullptr) {
      if (!known_keys.contains(key)) {
        faults.push_back(fmt::format("`{}` in {} is not a setting; did you mean `{}`?", key,
                                     config_file_, nearest(keys(), key)));
      }
    } else if (!values || ((values->size() != 1 || member.is_array()) && !bound->is_list())) {
      faults.push_back("`" + key + "` in " + config_file_ + " has the wrong type");
    } else if (const std::string fault = bound->take(*values); !fault.empty()) {
      faults.push_back(fmt::format("`{}` in {} {}", key, config_file_, fault));
    }
  }
}

const Settings::Bound* Settings::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(settings_, [&](const Bound& bound) { return bound.setting.key == key; });
  return found == settings_.end() ? nullptr : &*found;
}

std::vector<Setting> Settings::declared() const {
  std::vector<Setting> declared;
  declared.reserve(settings_.size());
  for (const Bound& bound : settings_) {
    declared.push_back(bound.setting);
  }
  return declared;
}

std::set<std::string> Settings::keys() const {
  std::set<std::string> keys;
  for (const Bound& bound : settings_) {
    keys.insert(bound.setting.key);
  }
  return keys;
}

Settings::Values Settings::flags_for(const Settings& child) const {
  Values flags;
  for (const Bound& bound : child.settings_) {
    const Bound* own = find(bound.setting.key);
    const std::string flag = flag_name(bound.setting.key);
    for (const std::string& value : (own != nullptr ? *own : bound).values()) {
      if (bound.setting.kind != Setting::Kind::kFlag) {
        flags.insert(flags.end(), {flag, value});
      } else if (value == "true") {
        flags.push_back(flag);
      }
    }
  }
  return flags;
}

}  // namespace lectern::server
