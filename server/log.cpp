#include "server/log.h"

#include "server/io/uv_loop.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace lectern::server::log {
namespace {

constexpr std::uint64_t kLinesPerSecond = 20;

struct Allowance {
  std::int64_t second = -1;
  std::uint64_t written = 0;
  std::uint64_t suppressed = 0;
};

// Whether a line of this event may be written now; says how many were held back before it.
bool is_allowed(std::string_view event, std::uint64_t& suppressed) {
  static std::map<std::string, Allowance, std::less<>> allowances;
  Allowance& allowance = allowances[std::string(event)];
  const std::int64_t second = io::monotonic_now().us() / 1'000'000;
  if (allowance.second != second) {
    suppressed = std::exchange(allowance.suppressed, 0);
    allowance.second = second;
    allowance.written = 0;
  }
  if (++allowance.written > kLinesPerSecond) {
    ++allowance.suppressed;
    return false;
  }
  return true;
}

spdlog::level::level_enum level_of(Level level) {
  constexpr std::array kLevels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                  spdlog::level::err};
  return kLevels[static_cast<std::size_t>(level)];
}

}  // namespace

void set_up(std::string_view process, std::string_view level) {
  auto logger = std::make_shared<spdlog::logger>(
      "lectern", std::make_shared<spdlog::sinks::stderr_color_sink_st>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%L%$ " + std::string(process) + "  %v");
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

std::string quoted(std::string_view value) {
  // Only what is printable ASCII, and needs no quotes, stands as it is.
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!value.empty() && std::ranges::all_of(value, is_plain)) {
    return std::string(value);
  }
  // The debug form escapes controls (C0, DEL, C1), bytes that are no UTF-8, and characters that no
  // terminal shows.
  return fmt::format("{:?}", value);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  std::uint64_t suppressed = 0;
  spdlog::logger& logger = *spdlog::default_logger_raw();
  if (!logger.should_log(level_of(level)) || !is_allowed(event, suppressed)) {
    return;
  }
  std::string line(event);
  for (const Field& field : fields) {
    line += fmt::format(" {}={}", field.key, quoted(field.value));
  }
  if (suppressed > 0) {
    line += fmt::format(" suppressed={}", suppressed);
  }
  logger.log(level_of(level), line);
}

std::string truncated(const Endpoint& endpoint) {
  Endpoint shown = endpoint;
  const std::size_t kept = endpoint.is_v4() ? 15 : 6;
  std::fill(shown.address.begin() + static_cast<std::ptrdiff_t>(kept), shown.address.end(), 0);
  return shown.address_text() + (endpoint.is_v4() ? "/24" : "/48");
}

}  // namespace lectern::server::log
