// What an operator may set, one struct per process. A setting is a field here, which holds its
// default, and one line of config.cpp, which says all else: key, range, unit and help. Flags,
// variables, keys of the file, what `serve` hands on to its children and docs/configuration.md
// follow from these. Comments here say why a default is what it is.
#pragma once

#include "media/srtp/engine.h"
#include "server/settings.h"
#include "signaling/terms/token.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::server {

struct CommonConfig {
  std::string data = "lectern-data";
  std::string log_level = "info";
  bool dev = false;
};

struct WebConfig {
  std::string listen;
  std::uint16_t port = 8080;
  std::string tls_cert;
  std::string tls_key;
  std::string web;                           // empty: looked for (web_folder())
  std::string metrics_listen = "127.0.0.1";  // figures are nobody else's business
  std::uint16_t metrics_port = 9464;
  std::vector<std::string> allowed_origins;
  std::string public_path;
  std::vector<std::string> trusted_proxies;
  std::uint32_t max_clients = 20000;  // an idle one takes 2 KB, with TLS 10 KB
  // A school of 700 behind one address has a WebSocket and up to six connections for requests each.
  // Trusted proxies have no such bound.
  std::uint32_t max_clients_per_address = 6000;
  std::uint32_t page_window_ms = 20;
};

// How much one person (token subject), one address and all together may have; docs/limits.md.
struct QuotaConfig {
  std::uint32_t max_sessions_per_subject = 24;    // a third of them connecting
  std::uint32_t max_sessions_per_address = 4000;  // half of them connecting
  std::uint32_t max_connections_per_subject = 20;
  std::uint32_t max_tickets_per_subject = 100;  // grant admin: a hundred times that
  std::uint32_t max_publishers = 500;
  std::uint32_t max_classes = 1000;
  std::uint32_t renewal_hours = 12;
};

// What a media worker needs.
struct MediaConfig {
  std::uint16_t media_port = 9000;
  std::vector<std::string> announce;
  std::uint32_t max_sessions = 3000;  // a core carries about 2,000 at 600 kbit/s
  std::uint32_t drain_s = 20;
  std::string gcm = "auto";
};

// What faces people; `serve` holds it for signaling.
struct FrontConfig {
  CommonConfig common;
  WebConfig web;
  std::string key_file;  // empty with dev: <data>/dev.key
  std::vector<std::string> classes;
  std::uint32_t max_connections = 16000;  // each takes a descriptor and 12 KB
  QuotaConfig quotas;
};

struct ServeConfig : FrontConfig {
  MediaConfig media;
  std::uint32_t media_workers = 0;
  std::string demo_film;
  std::uint32_t watchdog_s = 3;
};

// Started by `serve`, or by hand with the same settings.
struct SignalingConfig : FrontConfig {
  std::uint32_t media_workers = 1;
  // The same setting as the workers' own: signaling passes by a worker that has so many.
  std::uint32_t max_sessions = MediaConfig{}.max_sessions;
  bool has_store = true;  // no setting: tests of signaling alone do without
};

struct StoreConfig {
  CommonConfig common;
};

struct MediaWorkerConfig {
  CommonConfig common;
  MediaConfig media;
  std::uint32_t worker = 0;
};

// `lectern token`: one person, one class.
struct TokenConfig {
  CommonConfig common;
  std::string key_file;
  std::string class_id;
  std::string role = "student";
  std::string subject;
  std::uint32_t valid_hours = 12;
};

// Each declares the settings of a process and binds them to its struct, which must outlive
// `settings`.
void bind(Settings& settings, ServeConfig& config);
void bind(Settings& settings, SignalingConfig& config);
void bind(Settings& settings, StoreConfig& config);
void bind(Settings& settings, MediaWorkerConfig& config);
void bind(Settings& settings, TokenConfig& config);

// Faults that no single value shows: half a TLS pair, ports that collide, a bad address.
[[nodiscard]] std::vector<std::string> faults_of(const ServeConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const SignalingConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const StoreConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const MediaWorkerConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const TokenConfig& config);

// What the setting `gcm` asks for; nothing: the fastest.
[[nodiscard]] std::optional<srtp::Engine> engine_wanted(std::string_view gcm);
// What is wrong with it, as a sentence; empty: nothing. `obstacle`: why libipsec-mb does not work
// here; empty: it does.
[[nodiscard]] std::string fault_of_gcm(std::string_view gcm, std::string_view obstacle);

// What a token for this role allows; nullopt: there is no such role.
[[nodiscard]] std::optional<signaling::Grants> grants_of(std::string_view role);

// Every key of the server's processes: one file may serve them all. Those of `lectern token` are
// not among them: in the server's file `class` would be a slip for `classes`.
[[nodiscard]] std::set<std::string> all_keys();

// The command line of a child: its role, and the flags that hand the configuration on.
[[nodiscard]] std::vector<std::string> signaling_flags(const ServeConfig& config);
[[nodiscard]] std::vector<std::string> store_flags(const ServeConfig& config);
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
