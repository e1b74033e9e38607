#include "server/supervisor.h"

#include "server/log.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace lectern::server {
namespace {

constexpr int kNoStage = std::numeric_limits<int>::max();

}  // namespace

Supervisor::Supervisor(io::UvLoop& loop, std::vector<ChildSpec> specs,
                       std::function<void()> on_ready, const SupervisorTimes& times)
    : loop_(loop),
      times_(times),
      on_ready_(std::move(on_ready)),
      look_timer_(loop, [this] { look(); }),
      kill_timer_(loop, [this] { kill("child.stuck", stage_); }),
      terminate_(loop, SIGTERM, [this] { stop(); }),
      interrupt_(loop, SIGINT, [this] { stop(); }),
      hang_up_(loop, SIGHUP, [this] { reload(); }) {
  for (ChildSpec& spec : specs) {
    auto child = std::make_unique<Child>(times_.look);
    child->spec = std::move(spec);
    child->restart = std::make_unique<io::UvTimer>(loop, [this, &kept = *child] { start(kept); });
    children_.push_back(std::move(child));
  }
}

int Supervisor::run() {
  looked_ = io::monotonic_now();
  look_timer_.arm_repeating(times_.look);
  for (const auto& child : children_) {
    start(*child);
  }
  loop_.run();
  return exit_status_;
}

void Supervisor::start(Child& child) {
  child.ended.reset();
  if (is_stopping_) {
    return;
  }
  ChildProcess::Command command = child.spec.command;
  if (command.program.empty()) {
    const auto words = supervision_words(getpid(), child.restarts);
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  }
  ChildProcess::Handlers handlers{
      .on_exit = [this, &child](std::int64_t exit_status,
                                int signal) { on_exit(child, exit_status, signal); },
      .on_report = [this, &child](std::string_view reports) { on_report(child, reports); }};
  child.silence.heard();
  child.has_reported = child.was_silent = child.owes_hangup = false;
  auto process = ChildProcess::start(loop_, command, std::move(handlers));
  if (!process) {
    log::error("child.start_failed",
               {{"child", child.spec.name}, {"reason", process.error().context}});
    child.restart->arm(RestartPolicy::kLongestPause);
    return;
  }
  child.process = *std::move(process);
  child.started = io::monotonic_now();
  log::info("child.started", {{"child", child.spec.name}, {"pid", child.process->pid()}});
}

void Supervisor::on_report(Child& child, std::string_view reports) {
  child.silence.heard();
  child.has_reported = true;
  if (std::exchange(child.owes_hangup, false)) {
    child.process->signal(SIGHUP);
  }
  const bool is_ready = reports.find(kReadyReport) != std::string_view::npos;
  if (is_ready && child.spec.makes_ready && !std::exchange(is_ready_, true)) {
    on_ready_();
  }
}

void Supervisor::look() {
  const Instant now = io::monotonic_now();
  const Duration passed = now - std::exchange(looked_, now);
  for (const auto& child : children_) {
    if (!child->process || !child->spec.is_watched) {
      continue;
    }
    child->silence.look(passed);
    const Duration patience = child->has_reported ? times_.silence : times_.start;
    if (times_.silence == Duration::infinite() || child->silence.lasted() < patience) {
      continue;
    }
    log::error("child.silent", {{"child", child->spec.name},
                                {"pid", child->process->pid()},
                                {"silent_ms", child->silence.lasted().ms()}});
    child->silence.heard();
    child->was_silent = true;
    child->process->signal(SIGKILL);
  }
}

void Supervisor::on_exit(Child& child, std::int64_t exit_status, int signal) {
  child.ended = std::move(child.process);
  if (!is_stopping_) {
    return start_again(child, exit_status, signal);
  }
  if (exit_status != 0 || signal != 0) {
    log::warn("child.ended_badly", {{"child", child.spec.name},
                                    {"pid", child.ended->pid()},
                                    {"status", exit_status},
                                    {"signal", signal}});
  }
  for (const auto& other : children_) {
    if (other->process && other->spec.stop_stage == stage_) {
      return;
    }
  }
  stop_next_stage();
}

void Supervisor::start_again(Child& child, std::int64_t exit_status, int signal) {
  const Duration pause = child.policy.on_exit(io::monotonic_now() - child.started);
  const bool is_fatal = !is_ready_ && !child.spec.may_fail;
  if (is_fatal && exit_status == kExitSetup) {
    return give_up();  // the child has said why
  }
  if (is_fatal && child.policy.died_young() >= kStartAttempts) {
    log::error("child.hopeless", {{"child", child.spec.name},
                                  {"attempts", child.policy.died_young()},
                                  {"status", exit_status},
                                  {"signal", signal}});
    return give_up();
  }
  std::uint64_t& count = child.was_silent                  ? child.restarts.silent
                         : exit_status == 0 && signal == 0 ? child.restarts.asked
                                                           : child.restarts.died;
  ++count;
  log::warn("child.ended", {{"child", child.spec.name},
                            {"pid", child.ended->pid()},
                            {"status", exit_status},
                            {"signal", signal},
                            {"restart_ms", pause.ms()}});
  child.restart->arm(pause);
}

void Supervisor::give_up() {
  exit_status_ = 1;
  stop();
}

void Supervisor::reload() {
  for (const auto& child : children_) {
    if (!child->process || !child->spec.takes_hangup) {
      continue;
    }
    if (child->has_reported) {
      child->process->signal(SIGHUP);
    } else {
      child->owes_hangup = true;  // it does not hear signals yet, and may have read the old files
    }
  }
}

void Supervisor::stop() {
  if (std::exchange(is_stopping_, true)) {
    exit_status_ = 1;
    return kill("child.killed", kNoStage);
  }
  for (const auto& child : children_) {
    child->restart->disarm();
  }
  stop_next_stage();
}

void Supervisor::stop_next_stage() {
  stage_ = kNoStage;
  for (const auto& child : children_) {
    if (child->process) {
      stage_ = std::min(stage_, child->spec.stop_stage);
    }
  }
  kill_timer_.disarm();
  for (const auto& child : children_) {
    if (child->process && child->spec.stop_stage == stage_) {
      child->process->signal(SIGTERM);
      kill_timer_.arm(times_.stop);
    }
  }
  if (stage_ == kNoStage) {
    look_timer_.disarm();
    loop_.stop();
  }
}

void Supervisor::kill(std::string_view event, int stage) {
  for (const auto& child : children_) {
    if (child->process && child->spec.stop_stage <= stage) {
      log::warn(event, {{"child", child->spec.name}});
      child->process->signal(SIGKILL);
    }
  }
}

}  // namespace lectern::server
