// The child's side of its supervisor: proof of life, written from the child's own loop, so that a
// loop that spins or stands still is noticed; and that it is ready.
#pragma once

#include "server/io/uv_loop.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectern::server {

// A socket that the supervisor reads; each octet is one of these.
inline constexpr int kReportDescriptor = 3;
inline constexpr char kAliveReport = '.';
inline constexpr char kReadyReport = 'R';

// Why a child was started again, counted over its earlier lives.
struct Restarts {
  std::uint64_t died = 0;    // it ended with a fault or by a signal
  std::uint64_t silent = 0;  // the watchdog ended it
  std::uint64_t asked = 0;   // it ended well: somebody sent it SIGTERM
};

// The words after a role's own: `--supervisor PID DIED SILENT ASKED`.
[[nodiscard]] std::vector<std::string> supervision_words(int supervisor, const Restarts& restarts);

// For a process to call first: takes these words off its command line, asks the kernel to end it
// when the supervisor has ended, and leaves SIGINT and SIGHUP of a terminal to the supervisor.
// False: the supervisor has ended already.
[[nodiscard]] bool obey_supervisor(int& argc, char** argv);

// nullopt: nobody supervises this process.
[[nodiscard]] const std::optional<Restarts>& own_restarts();

// Says every kPeriod that the loop turns. Silent when nobody supervises this process.
class Heartbeat {
 public:
  static constexpr Duration kPeriod = Duration::milliseconds(500);

  explicit Heartbeat(io::UvLoop& loop);
  void report_ready();

 private:
  static void send_report(char report);

  io::UvTimer timer_;
};

}  // namespace lectern::server
