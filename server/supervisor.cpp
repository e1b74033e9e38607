#include "server/supervisor.h"

#include "server/log.h"

#include <signal.h>

#include <utility>

namespace lectern::server {
namespace {

// A child that has not ended by then is stuck.
constexpr Duration kGrace = Duration::seconds(5);

}  // namespace

Supervisor::Supervisor(io::UvLoop& loop, std::vector<ChildSpec> specs,
                       std::function<void()> on_ready)
    : loop_(loop),
      on_ready_(std::move(on_ready)),
      kill_timer_(loop,
                  [this] {
                    for (const auto& child : children_) {
                      if (child->process) {
                        log::warn("child.stuck", {{"child", child->spec.name}});
                        child->process->signal(SIGKILL);
                      }
                    }
                  }),
      terminate_(loop, SIGTERM, [this] { stop_all(); }),
      interrupt_(loop, SIGINT, [this] { stop_all(); }) {
  for (ChildSpec& spec : specs) {
    auto child = std::make_unique<Child>();
    child->spec = std::move(spec);
    child->restart = std::make_unique<io::UvTimer>(loop, [this, &kept = *child] { start(kept); });
    children_.push_back(std::move(child));
  }
}

int Supervisor::run() {
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
  ChildProcess::Handlers handlers;
  handlers.on_exit = [this, &child](std::int64_t exit_status, int signal) {
    on_exit(child, exit_status, signal);
  };
  if (child.spec.reports_ready) {
    handlers.on_ready = [this] {
      if (!std::exchange(is_ready_, true)) {
        on_ready_();
      }
    };
  }
  auto process =
      ChildProcess::start(loop_, child.spec.arguments, child.spec.environment, std::move(handlers));
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

void Supervisor::on_exit(Child& child, std::int64_t exit_status, int signal) {
  child.ended = std::move(child.process);
  if (is_stopping_) {
    if (exit_status != 0 || signal != 0) {
      log::warn("child.ended_badly", {{"child", child.spec.name},
                                      {"pid", child.ended->pid()},
                                      {"status", exit_status},
                                      {"signal", signal}});
    }
    finish_when_all_ended();
    return;
  }
  if (exit_status == kExitSetup && !is_ready_ && !child.spec.may_fail) {
    exit_status_ = 1;  // the child has said why
    stop_all();
    return;
  }
  const Duration pause = child.policy.on_exit(io::monotonic_now() - child.started);
  log::warn("child.ended", {{"child", child.spec.name},
                            {"pid", child.ended->pid()},
                            {"status", exit_status},
                            {"signal", signal},
                            {"restart_ms", pause.ms()}});
  child.restart->arm(pause);
}

void Supervisor::stop_all() {
  if (std::exchange(is_stopping_, true)) {
    return;
  }
  for (const auto& child : children_) {
    child->restart->disarm();
    if (child->process) {
      child->process->signal(SIGTERM);
    }
  }
  kill_timer_.arm(kGrace);
  finish_when_all_ended();
}

void Supervisor::finish_when_all_ended() {
  for (const auto& child : children_) {
    if (child->process) {
      return;
    }
  }
  kill_timer_.disarm();
  loop_.stop();
}

}  // namespace lectern::server
