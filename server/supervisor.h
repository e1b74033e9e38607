// Keeps a fixed set of child processes alive: starts again what died (RestartPolicy) or stands
// still (the watchdog), stops them in order on SIGTERM and SIGINT, hands SIGHUP on, and ends when
// all of its own children have ended. It never touches a process that it has not started.
//
// Before the server was ever ready, a child that cannot be set up (exit status kExitSetup: a port
// in use, a missing file) or that keeps dying ends the whole server: starting it again would not
// help. docs/operations.md says what an operator sees of all this.
#pragma once

#include "base/silence.h"
#include "server/child_process.h"
#include "server/io/uv_loop.h"
#include "server/restart_policy.h"
#include "server/supervised.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

inline constexpr int kExitSetup = 78;  // EX_CONFIG of sysexits.h

struct ChildSpec {
  std::string name;  // for the log: `media 0`
  ChildProcess::Command command;
  bool makes_ready = false;   // its ready report is the server's
  bool may_fail = false;      // its faults at the start do not end the server (the demo)
  bool is_watched = true;     // it proves its life; else silence means nothing
  bool takes_hangup = false;  // SIGHUP is handed on to it
  int stop_stage = 0;         // stopped once all of the lower stages have ended
};

struct SupervisorTimes {
  Duration look = Duration::milliseconds(250);
  // A child that says something each 0.5 s and is ended after so much silence is replaced within
  // 3 s of the moment it stopped. Infinite: never.
  Duration silence = Duration::milliseconds(2500);
  Duration start = Duration::seconds(30);  // until the first proof of life
  Duration stop = Duration::seconds(5);    // of one stage; what has not ended by then is stuck
};

class Supervisor {
 public:
  static constexpr std::uint32_t kStartAttempts = 5;

  // `on_ready`: once, when the child that makes it so is ready for the first time.
  Supervisor(io::UvLoop& loop, std::vector<ChildSpec> specs, std::function<void()> on_ready,
             const SupervisorTimes& times = {});

  // Runs the loop until all children have ended. Returns the process's exit status.
  int run();

  // What SIGTERM does: ends the children, stage by stage. Once more: at once.
  void stop();

 private:
  struct Child {
    explicit Child(Duration look) : silence(look) {}

    ChildSpec spec;
    RestartPolicy policy;
    Restarts restarts;
    Instant started;
    Silence silence;
    bool has_reported = false;
    bool owes_hangup = false;  // as soon as it has reported
    bool was_silent = false;   // the watchdog has ended it
    std::unique_ptr<ChildProcess> process;
    std::unique_ptr<ChildProcess> ended;  // freed by the next start, outside its own callback
    std::unique_ptr<io::UvTimer> restart;
  };

  void start(Child& child);
  void on_report(Child& child, std::string_view reports);
  void on_exit(Child& child, std::int64_t exit_status, int signal);
  void start_again(Child& child, std::int64_t exit_status, int signal);
  void give_up();
  // Ends who has been silent for too long.
  void look();
  void reload();
  // Ends the lowest stage in which somebody lives; nobody: the loop.
  void stop_next_stage();
  // Those of this stage and the lower ones.
  void kill(std::string_view event, int stage);

  io::UvLoop& loop_;
  SupervisorTimes times_;
  std::vector<std::unique_ptr<Child>> children_;
  std::function<void()> on_ready_;
  Instant looked_;
  bool is_ready_ = false;
  bool is_stopping_ = false;
  int stage_ = 0;
  int exit_status_ = 0;
  io::UvTimer look_timer_;
  io::UvTimer kill_timer_;
  io::UvSignal terminate_;
  io::UvSignal interrupt_;
  io::UvSignal hang_up_;
};

}  // namespace lectern::server
