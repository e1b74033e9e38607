#include "server/serve_role.h"

#include "server/certificate.h"
#include "server/data_version.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/port_probe.h"
#include "server/supervisor.h"
#include "server/system.h"
#include "server/token_key.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace lectern::server {
namespace {

// A worker's thousands of sessions on huge pages where the kernel has them for who asks: 5 % less
// CPU for 5,000 listeners (docs/decisions/0008). Read by glibc before main(), so it is the
// parent's.
constexpr std::string_view kHugePages = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";

// What stops first: who would only come back, then who would move everybody away from the workers.
// The workers, left alone, take leave of whoever still listens. The store keeps what is said to the
// last.
constexpr int kDemoStage = 0;
constexpr int kSignalingStage = 1;
constexpr int kMediaStage = 2;
constexpr int kStoreStage = 3;

// The watchdog ends a silent child this much before the time is up, for its successor to start.
constexpr Duration kRestartTime = Duration::milliseconds(500);

SupervisorTimes times_of(const ServeConfig& config) {
  SupervisorTimes times;
  times.silence = config.watchdog_s == 0 ? Duration::infinite()
                                         : Duration::seconds(config.watchdog_s) - kRestartTime;
  return times;
}

std::string base_url(const ServeConfig& config) {
  return (config.web.tls_cert.empty() ? "http://localhost:" : "https://localhost:") +
         std::to_string(config.web.port);
}

// The film reaches the server as an outside publisher would, from this machine.
std::string demo_url(const ServeConfig& config) {
  const std::string scheme = config.web.tls_cert.empty() ? "http://" : "https://";
  std::string host = config.web.listen.empty() ? "127.0.0.1" : config.web.listen;
  if (host == "::") host = "::1";
  if (host.contains(':')) host = '[' + host + ']';
  return scheme + host + ':' + std::to_string(config.web.port) + "/whip/demo";
}

std::vector<ChildSpec> children_of(const ServeConfig& config) {
  std::vector<ChildSpec> children;
  // Not watched: a disk that lets it wait for seconds is no better for a new process.
  children.push_back({.name = "store",
                      .command = {.arguments = store_flags(config)},
                      .is_watched = false,
                      .stop_stage = kStoreStage});
  children.push_back({.name = "signaling",
                      .command = {.arguments = signaling_flags(config)},
                      .makes_ready = true,
                      .takes_hangup = true,
                      .stop_stage = kSignalingStage});
  for (std::uint32_t worker = 0; worker < config.media_workers; ++worker) {
    children.push_back({.name = "media " + std::to_string(worker),
                        .command = {.arguments = media_flags(config, worker),
                                    .environment = {std::string(kHugePages)}},
                        .stop_stage = kMediaStage});
  }
  if (!config.demo_film.empty()) {
    children.push_back(
        {.name = "demo",
         .command = {.arguments = {"demo", "--url", demo_url(config), "--film", config.demo_film}},
         .may_fail = true,
         .is_watched = false,
         .stop_stage = kDemoStage});
    if (!config.web.tls_cert.empty()) {
      // The certificate is made out to the name that students use, not to this machine's address.
      children.back().command.arguments.emplace_back("--insecure");
    }
  }
  return children;
}

void print_links(const ServeConfig& config) {
  const std::string base = base_url(config);
  if (config.common.dev) {
    std::printf("\nLectern is ready.\n  teacher:  %s/teach/demo\n  students: %s/watch/demo\n\n",
                base.c_str(), base.c_str());
  } else {
    std::printf("Lectern is ready on port %u.\n", static_cast<unsigned>(config.web.port));
  }
  std::fflush(stdout);
}

}  // namespace

int run_serve(ServeConfig config) {
  log::set_up("serve", config.common.log_level);
  if (config.media_workers == 0) {
    config.media_workers = std::max(1U, std::thread::hardware_concurrency());
  }
  std::vector<std::string> faults = faults_of(config);
  for (const std::string& stray : unknown_variables(process_variables(), all_keys())) {
    // Not refused: an orchestrator sets some of its own (LECTERN_SERVICE_HOST for a service of
    // this name), and a server must not fail to start for its neighbours.
    log::warn("environment.unknown", {{"reason", stray}});
  }
  if (const auto pages = web_folder(config.web.web); !pages) {
    faults.push_back(pages.error().context);
  }
  if (!config.web.tls_cert.empty() && !config.web.tls_key.empty()) {
    if (const auto usable = check_certificate(config.web.tls_cert, config.web.tls_key); !usable) {
      faults.push_back(usable.error().context);
    }
  }
  for (std::string& fault : taken_ports(config)) {
    faults.push_back(std::move(fault));
  }
  if (const auto usable = check_data_version(config.common.data); !usable) {
    faults.push_back(usable.error().context);
  }
  if (const auto fits = check_control_socket(config.common.data); !fits) {
    faults.push_back(fits.error().context);
  }
  if (!config.key_file.empty()) {
    if (const auto key = load_token_authority(config.key_file, config.common.data, false); !key) {
      faults.push_back(key.error().context);
    }
  }
  if (const auto made = make_private_folder(control_socket(config.common.data).parent_path());
      !made) {
    faults.push_back(made.error().context);
  }
  if (print_faults(faults)) {
    return 1;
  }
  for (const std::string& file : {config.key_file, config.web.tls_key}) {
    if (!file.empty() && is_readable_by_others(file)) {
      log::warn("key.exposed",
                {{"file", file}, {"advice", "everybody here may read it: chmod 600"}});
    }
  }
  raise_file_limit();
  io::UvLoop loop;
  return Supervisor(
             loop, children_of(config), [&config] { print_links(config); }, times_of(config))
      .run();
}

}  // namespace lectern::server
