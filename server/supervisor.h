// Keeps a fixed set of child processes alive: restarts the dead (RestartPolicy), hands SIGTERM and
// SIGINT on, and ends when all of its own children have ended. It never touches a process that it
// has not started.
//
// A child that cannot be set up (exit status kExitSetup: a port in use, a missing file) before the
// server was ever ready ends the whole server: starting it again would not help.
#pragma once

#include "server/child_process.h"
#include "server/io/uv_loop.h"
#include "server/restart_policy.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lectern::server {

inline constexpr int kExitSetup = 78;  // EX_CONFIG of sysexits.h

struct ChildSpec {
  std::string name;                        // for the log: `media 0`
  std::vector<std::string> arguments{};    // after `lectern`
  std::vector<std::string> environment{};  // NAME=VALUE, where our own does not say otherwise
  bool reports_ready = false;
  bool may_fail = false;  // its set-up faults do not end the server (the demo)
};

class Supervisor {
 public:
  // `on_ready`: once, when the child that reports it is ready for the first time.
  Supervisor(io::UvLoop& loop, std::vector<ChildSpec> specs, std::function<void()> on_ready);

  // Runs the loop until all children have ended. Returns the process's exit status.
  int run();

 private:
  struct Child {
    ChildSpec spec;
    RestartPolicy policy;
    Instant started;
    std::unique_ptr<ChildProcess> process;
    std::unique_ptr<ChildProcess> ended;  // freed by the next start, outside its own callback
    std::unique_ptr<io::UvTimer> restart;
  };

  void start(Child& child);
  void on_exit(Child& child, std::int64_t exit_status, int signal);
  void stop_all();
  void finish_when_all_ended();

  io::UvLoop& loop_;
  std::vector<std::unique_ptr<Child>> children_;
  std::function<void()> on_ready_;
  bool is_ready_ = false;
  bool is_stopping_ = false;
  int exit_status_ = 0;
  io::UvTimer kill_timer_;
  io::UvSignal terminate_;
  io::UvSignal interrupt_;
};

}  // namespace lectern::server
