#include "server/tools/process_cpu.h"

#include "base/text.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace lectern::tools {
namespace {

struct Stat {
  ProcessCost cost;
  pid_t parent = 0;
};

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// proc(5): the second field, the name, may hold blanks and parentheses; all others are plain.
std::optional<Stat> read_stat(pid_t pid) {
  const std::filesystem::path folder = "/proc/" + std::to_string(pid);
  const std::string text = slurp(folder / "stat");
  const size_t close = text.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(close + 1));
  const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
  constexpr size_t kParent = 1;
  constexpr size_t kUserTime = 11;
  constexpr size_t kSystemTime = 12;
  constexpr size_t kResident = 21;
  if (words.size() <= kResident) return std::nullopt;
  Stat stat;
  stat.cost.pid = pid;
  stat.parent = std::stoi(words[kParent]);
  const auto span = [](const std::string& ticks) {
    return Duration::microseconds(std::stoll(ticks) * 1'000'000 / sysconf(_SC_CLK_TCK));
  };
  stat.cost.user = span(words[kUserTime]);
  stat.cost.system = span(words[kSystemTime]);
  stat.cost.resident = std::stoull(words[kResident]) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::string command = slurp(folder / "cmdline");
  std::ranges::replace(command, '\0', ' ');
  stat.cost.name = command.substr(0, 60);
  return stat;
}

std::vector<Stat> all_processes() {
  std::vector<Stat> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = parse_number<pid_t>(entry.path().filename().string());
    if (!pid) continue;
    if (const auto stat = read_stat(*pid)) all.push_back(*stat);
  }
  return all;
}

// What the process's living threads have run, to the nanosecond; zero where the kernel does not
// say.
Duration ran(pid_t pid) {
  int64_t ns = 0;
  std::error_code failure;
  const auto threads = std::filesystem::path("/proc") / std::to_string(pid) / "task";
  for (const auto& thread : std::filesystem::directory_iterator(threads, failure)) {
    std::istringstream fields(slurp(thread.path() / "schedstat"));
    int64_t part = 0;
    if (fields >> part) ns += part;
  }
  return Duration::microseconds(ns / 1'000);
}

// Both times are whole ticks, rounded down, which is much where little ran: what is missing from
// their sum is given to the kernel. A process of which threads have ended stays as it is.
void add_rest(ProcessCost& cost) {
  const Duration rest = ran(cost.pid) - cost.cpu();
  if (rest > Duration::zero() && rest < Duration::seconds(2) / sysconf(_SC_CLK_TCK))
    cost.system += rest;
}

}  // namespace

std::vector<ProcessCost> processes_of(const std::vector<pid_t>& roots) {
  const std::vector<Stat> all = all_processes();
  std::vector<pid_t> wanted = roots;
  // Grows while it is walked: children, then theirs.
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (const Stat& stat : all) {
      const bool is_known = std::ranges::find(wanted, stat.cost.pid) != wanted.end();
      if (stat.parent == wanted[i] && !is_known) wanted.push_back(stat.cost.pid);
    }
  }
  std::vector<ProcessCost> costs;
  for (const Stat& stat : all) {
    if (std::ranges::find(wanted, stat.cost.pid) != wanted.end()) costs.push_back(stat.cost);
  }
  std::ranges::for_each(costs, add_rest);
  return costs;
}

}  // namespace lectern::tools
