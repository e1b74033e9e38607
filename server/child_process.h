// One child of the supervisor: started with uv_spawn from this very executable, its end reported
// once. A child may be given a pipe (descriptor 3) on which it says that it is ready.
#pragma once

#include "base/result.h"
#include "server/io/uv_loop.h"

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lectern::server {

inline constexpr int kReadyDescriptor = 3;

class ChildProcess {
 public:
  struct Handlers {
    std::function<void(std::int64_t exit_status, int signal)> on_exit;
    std::function<void()> on_ready;  // null: no pipe is made
  };

  // Starts `lectern ARGUMENTS...`. `environment`: NAME=VALUE, for the child besides our own, which
  // outranks them. The child ends with this process, however that ends.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> start(
      io::UvLoop& loop, const std::vector<std::string>& arguments,
      const std::vector<std::string>& environment, Handlers handlers);

  void signal(int number);
  [[nodiscard]] int pid() const { return process_->pid; }

 private:
  explicit ChildProcess(Handlers handlers);
  void read_ready_pipe();

  Handlers handlers_;
  io::UvOwned<uv_process_t> process_;
  io::UvOwned<uv_pipe_t> ready_pipe_;
};

// `own`, and those of `more` (NAME=VALUE) whose names it does not have.
[[nodiscard]] std::vector<std::string> joined_environment(std::vector<std::string> own,
                                                          const std::vector<std::string>& more);

// For a child to call first: asks the kernel to end this process when `supervisor` has ended.
// False: it has ended already.
[[nodiscard]] bool end_with_supervisor(int supervisor);

}  // namespace lectern::server
