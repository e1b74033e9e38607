// The log of a process: one line per event on stderr, `event key=value key=value`, at most 20 lines
// a second of one event and 4 KB each. It never waits: what stderr does not take at once is lost.
// Nothing is logged per packet; whoever is about to log a person's address truncates it first
// (truncated()).
#pragma once

#include "base/endpoint.h"

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace lectern::server::log {

struct Field {
  template <typename Value>
  Field(std::string_view name, const Value& shown) : key(name), value(fmt::format("{}", shown)) {}

  std::string_view key;
  std::string value;
};

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

// `process`: `signaling`, `media 0`..., the prefix of every line. `level`: as in the configuration.
void set_up(std::string_view process, std::string_view level);

// `event`: `worker.connected`, always the same words for the same event.
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

// A value as it stands in a line: in quotes and escaped where it could be taken for something else,
// by a reader or by a terminal.
[[nodiscard]] std::string quoted(std::string_view value);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kError, event, fields);
}

// The address without what tells one person from the neighbours: the last 8 bits of IPv4, all but
// the first 48 of IPv6; no port.
[[nodiscard]] std::string truncated(const Endpoint& endpoint);

}  // namespace lectern::server::log
