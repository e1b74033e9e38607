#include "server/supervised.h"

#include "base/text.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace lectern::server {
namespace {

constexpr int kWords = 5;

std::optional<Restarts>& restarts() {
  static std::optional<Restarts> value;
  return value;
}

std::uint64_t number_of(const char* word) {
  return parse_number<std::uint64_t>(word).value_or(0);
}

}  // namespace

std::vector<std::string> supervision_words(int supervisor, const Restarts& restarts) {
  return {"--supervisor", std::to_string(supervisor), std::to_string(restarts.died),
          std::to_string(restarts.silent), std::to_string(restarts.asked)};
}

bool obey_supervisor(int& argc, char** argv) {
  if (argc < kWords || std::string_view(argv[argc - kWords]) != "--supervisor") {
    return true;
  }
  argc -= kWords;
  restarts() = Restarts{.died = number_of(argv[argc + 2]),
                        .silent = number_of(argv[argc + 3]),
                        .asked = number_of(argv[argc + 4])};
  // A terminal signals the whole group, and the supervisor decides who ends when.
  (void)signal(SIGINT, SIG_IGN);
  (void)signal(SIGHUP, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before the call above.
  return static_cast<std::uint64_t>(getppid()) == number_of(argv[argc + 1]);
}

const std::optional<Restarts>& own_restarts() {
  return restarts();
}

Heartbeat::Heartbeat(io::UvLoop& loop) : timer_(loop, [] { send_report(kAliveReport); }) {
  if (own_restarts()) {
    send_report(kAliveReport);
    timer_.arm_repeating(kPeriod);
  }
}

void Heartbeat::report_ready() {
  if (own_restarts()) {
    send_report(kReadyReport);
  }
}

void Heartbeat::send_report(char report) {
  // A supervisor that does not read, because it is stopped itself, must not stop this process.
  (void)send(kReportDescriptor, &report, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace lectern::server
