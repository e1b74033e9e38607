#include "server/child_process.h"

#include "base/check.h"
#include "server/supervised.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::server {
namespace {

// The running file itself, also after an upgrade has put another in its place.
constexpr const char* kSelf = "/proc/self/exe";

std::vector<std::string> own_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    result.emplace_back(*variable);
  }
  return result;
}

// As exec wants them; valid as long as `words`.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) {
    result.push_back(word.data());
  }
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::vector<std::string> joined_environment(std::vector<std::string> own,
                                            const std::vector<std::string>& more) {
  for (const std::string& variable : more) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    if (std::ranges::none_of(own, [&](const auto& known) { return known.starts_with(name); })) {
      own.push_back(variable);
    }
  }
  return own;
}

ChildProcess::ChildProcess(Handlers handlers)
    : handlers_(std::move(handlers)), process_(new uv_process_t{}), reports_(new uv_pipe_t{}) {
  process_->data = this;
  reports_->data = this;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(io::UvLoop& loop, const Command& command,
                                                          Handlers handlers) {
  std::unique_ptr<ChildProcess> child(new ChildProcess(std::move(handlers)));
  std::vector<std::string> words = {command.program.empty() ? "lectern" : command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> argv = pointers_to(words);
  std::vector<std::string> variables = joined_environment(own_environment(), command.environment);
  std::vector<char*> envp = pointers_to(variables);

  LECTERN_CHECK(uv_pipe_init(loop.raw(), child->reports_.get(), 0) == 0);
  std::array<uv_stdio_container_t, kReportDescriptor + 1> stdio{};
  stdio[0].flags = UV_IGNORE;
  for (int i : {1, 2}) {
    stdio[static_cast<std::size_t>(i)].flags = UV_INHERIT_FD;
    stdio[static_cast<std::size_t>(i)].data.fd = i;
  }
  // libuv's flags are made to be or-ed.
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
  stdio[kReportDescriptor].flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  stdio[kReportDescriptor].data.stream = reinterpret_cast<uv_stream_t*>(child->reports_.get());
  uv_process_options_t options{};
  options.file = command.program.empty() ? kSelf : command.program.c_str();
  options.args = argv.data();
  options.env = envp.data();
  options.stdio = stdio.data();
  options.stdio_count = static_cast<int>(stdio.size());
  options.exit_cb = [](uv_process_t* process, std::int64_t exit_status, int signal) {
    auto* self = static_cast<ChildProcess*>(process->data);
    self->handlers_.on_exit(exit_status, signal);
  };
  const int status = uv_spawn(loop.raw(), child->process_.get(), &options);
  if (status != 0) {
    return error(std::string("a child process cannot be started: ") + uv_strerror(status));
  }
  child->read_reports();
  return child;
}

void ChildProcess::read_reports() {
  static std::array<char, 64> scratch;  // read within the very call that fills it
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(reports_.get()),
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        *buffer = uv_buf_init(scratch.data(), scratch.size());
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto* self = static_cast<ChildProcess*>(stream->data);
        if (size < 0) {
          uv_read_stop(stream);
        } else if (size > 0) {
          self->handlers_.on_report(std::string_view(buffer->base, static_cast<std::size_t>(size)));
        }
      });
}

void ChildProcess::signal(int number) {
  uv_process_kill(process_.get(), number);
}

}  // namespace lectern::server
