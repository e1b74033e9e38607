// What a broadcast to many WebSockets costs: our listener, a bare loop that writes one ready buffer
// to as many sockets, and the readers of either. bench/pages runs them and compares.
#include "bench/broadcast/options.h"
#include "server/io/ws_frames.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>

namespace lectern::bench {
namespace {

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::int64_t realtime_ns() {
  return clock_ns(CLOCK_REALTIME);
}

std::int64_t cpu_us() {
  return clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1000;
}

long resident_kb() {
  std::ifstream statm("/proc/self/statm");
  long size = 0;
  long resident = 0;
  statm >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

std::string stamped_frame(std::uint64_t number) {
  std::string payload(kPayload, '\0');
  const Stamp stamp{number, realtime_ns()};
  std::memcpy(payload.data(), &stamp, sizeof(stamp));
  return io::encode_ws_frame(io::WsOpcode::kBinary, payload);
}

namespace {

int run(int count, char** words) {
  BroadcastOptions options;
  CLI::App app("What a broadcast to many WebSockets costs (bench/pages)");
  app.require_subcommand(1);
  CLI::App* const serve = app.add_subcommand("serve", "broadcasts through our listener");
  CLI::App* const bare = app.add_subcommand("bare", "broadcasts by a bare loop");
  CLI::App* const read = app.add_subcommand("read", "connects and reads");
  for (CLI::App* const role : {serve, bare, read}) {
    role->add_option("--port", options.port);
    role->add_option("--readers", options.readers, "how many connect");
    role->add_option("--certificate", options.certificate, "PEM; none: plain");
    role->add_option("--seconds", options.seconds, "of broadcasting");
  }
  for (CLI::App* const role : {serve, bare}) {
    role->add_option("--private-key", options.private_key, "PEM");
    role->add_option("--rate", options.rate, "frames a second");
  }
  serve->add_option("--window-ms", options.window_ms, "what comes within it goes out together");
  read->add_flag("--never", options.never_reads, "connect, and read nothing");
  CLI11_PARSE(app, count, words);
  std::signal(SIGPIPE, SIG_IGN);
  if (serve->parsed()) return serve_by_listener(options);
  return bare->parsed() ? serve_bare(options) : read_all(options);
}

}  // namespace
}  // namespace lectern::bench

int main(int count, char** words) {
  try {
    return lectern::bench::run(count, words);
  } catch (const std::exception& failure) {
    std::fputs(failure.what(), stderr);
    return 1;
  }
}
