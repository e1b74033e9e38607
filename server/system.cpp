#include "server/system.h"

#include "server/io/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace lectern::server {

namespace fs = std::filesystem;

namespace {

// Of a key, a certificate or a configuration.
constexpr std::size_t kMaxFile = 1024 * 1024;

}  // namespace

std::int64_t unix_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1'000;
}

void name_process(const std::string& name) {
  prctl(PR_SET_NAME, name.substr(0, 15).c_str());
}

void take_precedence() {
  constexpr int kNice = -10;
  (void)setpriority(PRIO_PROCESS, 0, kNice);
}

std::uint64_t raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 0;
  }
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

ProcessFacts process_facts() {
  ProcessFacts facts;
  std::ifstream memory("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  memory >> total_pages >> resident_pages;
  facts.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::error_code failure;
  for (fs::directory_iterator entry("/proc/self/fd", failure), end; entry != end;
       entry.increment(failure)) {
    ++facts.open_files;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  facts.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return facts;
}

Result<void> make_private_folder(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (!failure) {
    fs::permissions(path, fs::perms::owner_all, failure);
  }
  if (failure) {
    return error("the folder " + path.string() + " cannot be made: " + failure.message(), failure);
  }
  return {};
}

Result<std::string> read_file(const fs::path& path) {
  const std::string what = "the file " + path.string();
  // Opened so that a pipe without a writer keeps nobody waiting.
  const io::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts{};
  if (!fd || fstat(fd.number(), &facts) != 0) {
    const int number = errno;
    return system_error(number, what + " cannot be read");
  }
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) {
    return system_error(EINVAL, what + " is a pipe or a device: name a file");
  }
  std::string text;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t size = read(fd.number(), piece.data(), piece.size());
    const int number = errno;
    if (size == 0) {
      return text;
    }
    if (size < 0 && number != EINTR) {
      return system_error(number, what + " cannot be read");
    }
    text.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (text.size() > kMaxFile) {
      return system_error(EFBIG, what + " is longer than the megabyte that such a file may have");
    }
  }
}

Result<void> write_private_file(const fs::path& path, std::string_view text) {
  const fs::path draft = path.string() + "." + std::to_string(getpid());
  const io::Fd fd(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const bool is_written =
      fd && write(fd.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!is_written || rename(draft.c_str(), path.c_str()) != 0) {
    const int number = errno;
    unlink(draft.c_str());
    return system_error(number, "the file " + path.string() + " cannot be written");
  }
  return {};
}

bool is_readable_by_others(const fs::path& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         (facts.st_mode & S_IROTH) != 0;
}

void survive_lost_streams() {
  // A class goes on when the reader of the log has gone, or the log has reached the size it may
  // have.
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN);
  // What is opened next must not become the log of somebody who closed theirs.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      (void)open("/dev/null", O_RDWR);  // takes the lowest number, which is this one
    }
  }
}

fs::path executable_folder() {
  std::error_code failure;
  return fs::read_symlink("/proc/self/exe", failure).parent_path();
}

}  // namespace lectern::server
