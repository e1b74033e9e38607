// One child of the supervisor: started with uv_spawn, its end reported once. On descriptor 3 it has
// a socket on which it reports to us (supervised.h).
#pragma once

#include "base/result.h"
#include "server/io/uv_loop.h"

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

class ChildProcess {
 public:
  struct Command {
    std::string program{};                   // empty: this very executable
    std::vector<std::string> arguments{};    // after the program's name
    std::vector<std::string> environment{};  // NAME=VALUE besides our own, which outranks them
  };
  struct Handlers {
    std::function<void(std::int64_t exit_status, int signal)> on_exit;
    std::function<void(std::string_view reports)> on_report;
  };

  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> start(io::UvLoop& loop,
                                                                   const Command& command,
                                                                   Handlers handlers);

  void signal(int number);
  [[nodiscard]] int pid() const { return process_->pid; }

 private:
  explicit ChildProcess(Handlers handlers);
  void read_reports();

  Handlers handlers_;
  io::UvOwned<uv_process_t> process_;
  io::UvOwned<uv_pipe_t> reports_;
};

// `own`, and those of `more` (NAME=VALUE) whose names it does not have.
[[nodiscard]] std::vector<std::string> joined_environment(std::vector<std::string> own,
                                                          const std::vector<std::string>& more);

}  // namespace lectern::server
