// What an operator may set, one struct per process. deploy/config.example.json shows all of it.
#pragma once

#include "media/srtp/engine.h"
#include "server/settings.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

// The web side, wherever it runs.
struct WebConfig {
  std::string listen;         // address; empty: all of the machine
  std::uint16_t port = 8080;  // TCP: pages, API, WHIP, WHEP, WebSocket
  std::string tls_cert;  // PEM with the chain; empty: plain HTTP, for localhost or behind a proxy
  std::string tls_key;   // PEM
  std::string web;       // folder of the pages; empty: looked for (default_web_directory)
  std::string metrics_listen = "127.0.0.1";  // figures are nobody else's business
  std::uint16_t metrics_port = 9464;         // 0: no /metrics
  std::vector<std::string> allowed_origins;  // besides the server's own
  std::string public_path;                   // where a proxy shows the server: `/kelas`; empty: /
  std::vector<std::string> trusted_proxies;  // whose X-Forwarded-For is believed; loopback is
  std::uint32_t max_clients = 20000;  // TCP connections of the web port; idle 2 KB, TLS 10 KB
  // From one IPv4 address or /64 of IPv6. A school of 700 behind one address has a WebSocket and up
  // to six connections for requests each. Trusted proxies have no such bound.
  std::uint32_t max_clients_per_address = 6000;
  std::uint32_t page_window_ms = 20;  // what many pages are told waits so long for more
};

// How much one person (token subject), one address and all together may have; docs/limits.md.
struct QuotaConfig {
  std::uint32_t max_sessions_per_subject = 24;     // media: a third of them connecting
  std::uint32_t max_sessions_per_address = 4000;   // viewers, half of them connecting; 0: no bound
  std::uint32_t max_connections_per_subject = 20;  // WebSockets
  std::uint32_t max_tickets_per_subject = 100;     // still good ones; grant admin: a hundred times
  std::uint32_t max_publishers = 500;              // per worker, besides its viewers
  std::uint32_t max_classes = 1000;                // that exist at one time
  std::uint32_t renewal_hours = 12;                // of the tokens of connected pages
};

// The figures that bound a worker.
struct MediaConfig {
  std::uint16_t media_port = 9000;    // UDP; worker k takes media_port + k
  std::vector<std::string> announce;  // addresses for candidates; empty: those of the machine
  std::uint32_t max_sessions = 3000;  // per worker; a core carries about 2,000 at 600 kbit/s
  std::uint32_t drain_s = 20;         // a worker told to stop waits so long for its pages to move
  std::string gcm = "auto";           // who encrypts: auto, ipsec-mb, openssl
};

struct CommonConfig {
  std::string data = "lectern-data";  // folder for keys and the control socket
  std::string log_level = "info";     // debug, info, warn, error
  bool dev = false;                   // no tokens for this machine, class `demo`
};

struct ServeConfig {
  CommonConfig common;
  WebConfig web;
  MediaConfig media;
  std::uint32_t media_workers = 0;        // 0: one per core
  std::string key_file;                   // secret of the tokens; empty with dev: <data>/dev.key
  std::string demo_film;                  // taught in class `demo` by a child process
  std::vector<std::string> classes;       // that exist from the start
  std::uint32_t max_connections = 16000;  // WebSockets; each takes a descriptor and 12 KB
  std::uint32_t watchdog_s = 3;           // a silent process is replaced after so long; 0: never
  QuotaConfig quotas;
};

// Started by `serve`, or by hand with the same settings.
struct SignalingConfig {
  CommonConfig common;
  WebConfig web;
  std::uint32_t media_workers = 1;  // how many make the server ready
  std::uint32_t max_sessions = 3000;
  std::string key_file;
  std::vector<std::string> classes;
  std::uint32_t max_connections = 16000;
  QuotaConfig quotas;
};

struct MediaWorkerConfig {
  CommonConfig common;
  MediaConfig media;
  std::uint32_t worker = 0;
};

// Each binds its struct, which must outlive the Settings' load().
void bind(Settings& settings, ServeConfig& config);
void bind(Settings& settings, SignalingConfig& config);
void bind(Settings& settings, MediaWorkerConfig& config);

// Faults that no single value shows: half a TLS pair, ports that collide, a bad address.
[[nodiscard]] std::vector<std::string> faults_of(const ServeConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const SignalingConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const MediaWorkerConfig& config);

// What the setting `gcm` asks for; nothing: the fastest.
[[nodiscard]] std::optional<srtp::Engine> engine_wanted(std::string_view gcm);
// What is wrong with it, as a sentence; empty: nothing. `obstacle`: why libipsec-mb does not work
// here; empty: it does.
[[nodiscard]] std::string fault_of_gcm(std::string_view gcm, std::string_view obstacle);

// Every key of every process: one file may serve them all.
[[nodiscard]] std::set<std::string> all_keys();

// The flags that hand a configuration on to a child.
[[nodiscard]] std::vector<std::string> signaling_flags(const ServeConfig& config);
[[nodiscard]] std::vector<std::string> media_flags(const ServeConfig& config, std::uint32_t worker);

// Runs load() and faults_of(); prints every fault to stderr. True: there was none.
template <typename Config>
[[nodiscard]] bool is_loaded(Settings& settings, const Config& config);

[[nodiscard]] bool print_faults(const std::vector<std::string>& faults);

template <typename Config>
bool is_loaded(Settings& settings, const Config& config) {
  std::vector<std::string> faults = settings.load(process_environment, all_keys());
  if (!settings.has_lost_file()) {
    std::ranges::move(faults_of(config), std::back_inserter(faults));
  }
  return !print_faults(faults);
}

}  // namespace lectern::server
