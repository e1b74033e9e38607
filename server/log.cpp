#include "server/log.h"

#include "server/io/line_writer.h"
#include "server/io/uv_loop.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

namespace lectern::server::log {
namespace {

constexpr std::uint64_t kLinesPerSecond = 20;

struct Allowance {
  std::int64_t second = -1;
  std::uint64_t written = 0;
  std::uint64_t suppressed = 0;
};

// Lines that stderr does not take at once are lost, and counted in the next one that it takes.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string line(formatted.data(), formatted.size() - 1);  // without its end
    const std::string note = lost_ > 0 ? fmt::format(" lost_before={}", lost_) : std::string();
    line.resize(std::min(line.size(), io::LineWriter::kMaxLine - note.size() - 1));
    lost_ = writer_.write(line + note + '\n') ? 0 : lost_ + 1;
  }
  void flush_() override {}

  io::LineWriter writer_{STDERR_FILENO};
  std::uint64_t lost_ = 0;
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
  auto logger = std::make_shared<spdlog::logger>("lectern", std::make_shared<StderrSink>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %L " + std::string(process) + "  %v");
  logger->set_level(spdlog::level::from_str(std::string(level)));
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
