#include "server/config.h"

#include "base/endpoint.h"
#include "signaling/gate/header_values.h"
#include "signaling/terms/names.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace lectern::server {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::uint32_t kMaxWorkers = 256;
constexpr std::uint32_t kLongestDrain = 3600;  // seconds
constexpr std::uint32_t kLongestWatch = 600;   // seconds

void bind_common(Settings& settings, CommonConfig& config) {
  settings.text("data", config.data, "folder for keys and the control socket");
  settings.text("log_level", config.log_level, "debug, info, warn or error");
  settings.flag("dev", config.dev, "this machine needs no token; the class `demo` exists");
}

void bind_web(Settings& settings, WebConfig& config) {
  settings.text("listen", config.listen, "address of the web port; none: all of the machine");
  settings.number<std::uint16_t>("port", config.port, 1, 65535, "TCP port of pages and API");
  settings.text("tls_cert", config.tls_cert, "PEM file with the certificate and its chain");
  settings.text("tls_key", config.tls_key, "PEM file with the certificate's private key");
  settings.text("web", config.web, "folder of the web pages");
  settings.text("metrics_listen", config.metrics_listen, "address of the port of /metrics");
  settings.number<std::uint16_t>("metrics_port", config.metrics_port, 0, 65535,
                                 "TCP port of /metrics; 0: none");
  settings.list("allowed_origins", config.allowed_origins,
                "other sites whose pages may use the API: https://school.example");
  settings.text("public_path", config.public_path,
                "where a proxy shows this server: /kelas; none: at the root");
  settings.list("trusted_proxies", config.trusted_proxies,
                "addresses of proxies that tell the client's in X-Forwarded-For; those of this "
                "machine are trusted");
  settings.number<std::uint32_t>("max_clients", config.max_clients, 16, 1'000'000,
                                 "TCP connections of the web port at one time");
  settings.number<std::uint32_t>("max_clients_per_address", config.max_clients_per_address, 1,
                                 1'000'000, "of these, from one address or /64 of IPv6");
  settings.number<std::uint32_t>("page_window_ms", config.page_window_ms, 0, 1000,
                                 "milliseconds in which what many pages are told goes out as one");
}

void bind_quotas(Settings& settings, QuotaConfig& config) {
  using Number = std::uint32_t;
  settings.number<Number>("max_sessions_per_subject", config.max_sessions_per_subject, 1, 1'000'000,
                          "media sessions of one person");
  settings.number<Number>("max_sessions_per_address", config.max_sessions_per_address, 0, 1'000'000,
                          "viewers from one address (IPv6: one /64); 0: no bound");
  settings.number<Number>("max_connections_per_subject", config.max_connections_per_subject, 1,
                          1'000'000, "WebSockets of one person");
  settings.number<Number>("max_tickets_per_subject", config.max_tickets_per_subject, 1, 20'000,
                          "tickets of one person that are still good");
  settings.number<Number>("max_publishers", config.max_publishers, 1, 20'000,
                          "teachers that one worker takes, besides its students");
  settings.number<Number>("max_classes", config.max_classes, 1, 100'000,
                          "classes that exist at one time");
  settings.number<Number>("renewal_hours", config.renewal_hours, 1, 24 * 366,
                          "hours for which a connected page's token is renewed");
}

void bind_media(Settings& settings, MediaConfig& config) {
  settings.number<std::uint16_t>("media_port", config.media_port, 1, 65535,
                                 "UDP port of the first media worker; the next ones follow");
  settings.list("announce", config.announce,
                "addresses at which media is reached; none: those of the machine");
  settings.number<std::uint32_t>("max_sessions", config.max_sessions, 1, 20000,
                                 "students that one worker takes");
  settings.number<std::uint32_t>("drain_s", config.drain_s, 0, kLongestDrain,
                                 "seconds that a worker told to stop waits for its pages to move");
  settings.text("gcm", config.gcm,
                "who encrypts media by AES-GCM: auto (the fastest that works here), ipsec-mb or "
                "openssl");
}

void bind_web_limits(Settings& settings, std::string& key_file, std::vector<std::string>& classes,
                     std::uint32_t& max_connections) {
  settings.text("key_file", key_file, "secret (32 bytes or more) or P-256 keys in PEM, for tokens");
  settings.list("classes", classes, "classes that exist from the start");
  settings.number<std::uint32_t>("max_connections", max_connections, 1, 1'000'000,
                                 "WebSockets at one time");
}

void check_common(const CommonConfig& config, std::vector<std::string>& faults) {
  bool is_level = false;
  for (const std::string_view level : kLogLevels) {
    is_level = is_level || level == config.log_level;
  }
  if (!is_level) {
    faults.push_back("log_level must be debug, info, warn or error, not `" + config.log_level +
                     '`');
  }
  if (config.data.empty()) {
    faults.emplace_back("data must name a folder");
  }
}

void check_classes(const std::vector<std::string>& classes, std::vector<std::string>& faults) {
  for (const std::string& name : classes) {
    if (!signaling::is_class_name(name)) {
      faults.push_back("classes must hold names of 1 to 64 characters a-z, 0-9 and -, not `" +
                       name + '`');
    }
  }
}

// Empty, or segments of unreserved characters (RFC 3986 section 2.3), each after one slash.
bool is_public_path(std::string_view path) {
  constexpr std::string_view kUnreserved =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  while (!path.empty()) {
    if (path.front() != '/') {
      return false;
    }
    path.remove_prefix(1);
    const auto end = std::min(path.find_first_not_of(kUnreserved), path.size());
    if (end == 0 || path.substr(0, end) == "." || path.substr(0, end) == "..") {
      return false;
    }
    path.remove_prefix(end);
  }
  return true;
}

void check_web(const WebConfig& config, std::vector<std::string>& faults) {
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    faults.emplace_back("tls_cert and tls_key are needed together");
  }
  for (const std::string& origin : config.allowed_origins) {
    if (origin != "*" && !signaling::Origin::parse(origin)) {
      faults.push_back(
          "allowed_origins must hold origins like https://school.example (no path, no "
          "slash at the end) or *, not `" +
          origin + '`');
    }
  }
  for (const std::string& proxy : config.trusted_proxies) {
    if (!Endpoint::parse(proxy, 0)) {
      faults.push_back("trusted_proxies must hold single IP addresses, not `" + proxy + '`');
    }
  }
  if (!is_public_path(config.public_path)) {
    faults.push_back(
        "public_path must begin with a slash and not end with one, like /kelas, not `" +
        config.public_path + '`');
  }
  for (const std::string& address : {config.listen, config.metrics_listen}) {
    if (!address.empty() && !Endpoint::parse(address, 1)) {
      faults.push_back("listen and metrics_listen must be IP addresses, not `" + address + '`');
    }
  }
  if (config.metrics_port == config.port) {
    faults.push_back("port and metrics_port are both " + std::to_string(config.port));
  }
}

void check_media(const MediaConfig& config, std::uint32_t workers,
                 std::vector<std::string>& faults) {
  const bool is_ipsec_mb_wanted = engine_wanted(config.gcm) == srtp::Engine::kIpsecMb;
  std::string fault =
      fault_of_gcm(config.gcm, is_ipsec_mb_wanted ? srtp::why_no_ipsec_mb() : std::string_view());
  if (!fault.empty()) {
    faults.push_back(std::move(fault));
  }
  if (config.media_port + workers - 1 > 65535) {
    faults.emplace_back("media_port leaves no room for a port per worker");
  }
  for (const std::string& address : config.announce) {
    const auto endpoint = Endpoint::parse(address, 1);
    if (!endpoint || endpoint->is_unspecified() || endpoint->is_multicast()) {
      faults.push_back(
          "announce must hold IP addresses at which browsers reach this machine, not `" + address +
          '`');
    }
  }
}

// Collects `--key value` pairs; empty texts are the default and are left out.
class Flags {
 public:
  explicit Flags(std::string role) { flags_.push_back(std::move(role)); }

  void add(std::string_view key, const std::string& value) {
    if (!value.empty()) {
      flags_.push_back(flag_name(key));
      flags_.push_back(value);
    }
  }
  void add(std::string_view key, std::uint32_t value) { add(key, std::to_string(value)); }
  void add(std::string_view key, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      add(key, value);
    }
  }
  void add(const QuotaConfig& config) {
    add("max_sessions_per_subject", config.max_sessions_per_subject);
    add("max_sessions_per_address", config.max_sessions_per_address);
    add("max_connections_per_subject", config.max_connections_per_subject);
    add("max_tickets_per_subject", config.max_tickets_per_subject);
    add("max_publishers", config.max_publishers);
    add("max_classes", config.max_classes);
    add("renewal_hours", config.renewal_hours);
  }
  void add(const CommonConfig& config) {
    add("data", config.data);
    add("log_level", config.log_level);
    if (config.dev) {
      flags_.push_back(flag_name("dev"));
    }
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(flags_); }

 private:
  std::vector<std::string> flags_;
};

}  // namespace

void bind(Settings& settings, ServeConfig& config) {
  bind_common(settings, config.common);
  bind_web(settings, config.web);
  bind_media(settings, config.media);
  bind_web_limits(settings, config.key_file, config.classes, config.max_connections);
  bind_quotas(settings, config.quotas);
  settings.number<std::uint32_t>("media_workers", config.media_workers, 0, kMaxWorkers,
                                 "media worker processes; 0: one per core");
  settings.number<std::uint32_t>("watchdog_s", config.watchdog_s, 0, kLongestWatch,
                                 "seconds after which a process that stands still is replaced; 0: "
                                 "never (for a debugger)");
  settings.text("demo_film", config.demo_film, "film that teaches the class `demo`");
}

void bind(Settings& settings, SignalingConfig& config) {
  bind_common(settings, config.common);
  bind_web(settings, config.web);
  bind_web_limits(settings, config.key_file, config.classes, config.max_connections);
  bind_quotas(settings, config.quotas);
  settings.number<std::uint32_t>("media_workers", config.media_workers, 0, kMaxWorkers,
                                 "media workers that make the server ready");
  settings.number<std::uint32_t>("max_sessions", config.max_sessions, 1, 20000,
                                 "students that one worker takes");
}

void bind(Settings& settings, MediaWorkerConfig& config) {
  bind_common(settings, config.common);
  bind_media(settings, config.media);
  settings.number<std::uint32_t>("worker", config.worker, 0, kMaxWorkers - 1,
                                 "number of this worker, from 0");
}

std::vector<std::string> faults_of(const ServeConfig& config) {
  std::vector<std::string> faults;
  check_common(config.common, faults);
  check_web(config.web, faults);
  check_classes(config.classes, faults);
  check_media(config.media, config.media_workers == 0 ? 1 : config.media_workers, faults);
  if (config.watchdog_s == 1) {
    faults.emplace_back(
        "watchdog_s must be 0 (never) or at least 2: a healthy process tells each half second that "
        "it lives, and its successor needs as long to start");
  }
  std::error_code ignored;
  if (!config.demo_film.empty() && !std::filesystem::is_regular_file(config.demo_film, ignored)) {
    faults.push_back("demo_film must name a film that is there, not `" + config.demo_film + '`');
  }
  if (config.key_file.empty() && !config.common.dev) {
    faults.emplace_back(
        "key_file is needed outside --dev: make one with `openssl rand -hex 32 > lectern.key` and "
        "give --key-file lectern.key");
  }
  return faults;
}

std::vector<std::string> faults_of(const SignalingConfig& config) {
  std::vector<std::string> faults;
  check_common(config.common, faults);
  check_web(config.web, faults);
  check_classes(config.classes, faults);
  return faults;
}

std::vector<std::string> faults_of(const MediaWorkerConfig& config) {
  std::vector<std::string> faults;
  check_common(config.common, faults);
  check_media(config.media, config.worker + 1, faults);
  return faults;
}

std::optional<srtp::Engine> engine_wanted(std::string_view gcm) {
  for (const srtp::Engine engine : {srtp::Engine::kIpsecMb, srtp::Engine::kEvp}) {
    if (gcm == srtp::name_of(engine)) {
      return engine;
    }
  }
  return std::nullopt;
}

std::string fault_of_gcm(std::string_view gcm, std::string_view obstacle) {
  const auto engine = engine_wanted(gcm);
  if (!engine && gcm != "auto") {
    return "gcm must be auto, ipsec-mb or openssl, not `" + std::string(gcm) + '`';
  }
  if (engine == srtp::Engine::kIpsecMb && !obstacle.empty()) {
    return "gcm cannot be ipsec-mb on this machine: " + std::string(obstacle);
  }
  return {};
}

std::set<std::string> all_keys() {
  Settings settings;
  ServeConfig serve;
  SignalingConfig signaling;
  MediaWorkerConfig media;
  bind(settings, serve);
  bind(settings, signaling);
  bind(settings, media);
  return settings.keys();
}

std::vector<std::string> signaling_flags(const ServeConfig& config) {
  Flags flags("signaling");
  flags.add(config.common);
  flags.add("listen", config.web.listen);
  flags.add("port", config.web.port);
  flags.add("tls_cert", config.web.tls_cert);
  flags.add("tls_key", config.web.tls_key);
  flags.add("web", config.web.web);
  flags.add("metrics_listen", config.web.metrics_listen);
  flags.add("metrics_port", config.web.metrics_port);
  flags.add("allowed_origins", config.web.allowed_origins);
  flags.add("public_path", config.web.public_path);
  flags.add("trusted_proxies", config.web.trusted_proxies);
  flags.add("max_clients", config.web.max_clients);
  flags.add("max_clients_per_address", config.web.max_clients_per_address);
  flags.add("page_window_ms", config.web.page_window_ms);
  flags.add("media_workers", config.media_workers);
  flags.add("max_sessions", config.media.max_sessions);
  flags.add("key_file", config.key_file);
  flags.add("classes", config.classes);
  flags.add("max_connections", config.max_connections);
  flags.add(config.quotas);
  return flags.take();
}

std::vector<std::string> media_flags(const ServeConfig& config, std::uint32_t worker) {
  Flags flags("media");
  flags.add("worker", worker);
  flags.add(config.common);
  flags.add("media_port", config.media.media_port);
  flags.add("announce", config.media.announce);
  flags.add("max_sessions", config.media.max_sessions);
  flags.add("drain_s", config.media.drain_s);
  flags.add("gcm", config.media.gcm);
  return flags.take();
}

bool print_faults(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) {
    std::fprintf(stderr, "lectern: %s\n", fault.c_str());
  }
  return !faults.empty();
}

}  // namespace lectern::server
