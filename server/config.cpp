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
  settings.section("Folder, log, mode");
  settings.text("data", config.data, "folder",
                "where keys and the socket between the processes are kept");
  settings.text("log_level", config.log_level, "",
                "least level that is logged: debug, info, warn or error");
  settings.flag("dev", config.dev,
                "for a developer's own machine: requests from it need no token, and the class "
                "`demo` exists");
}

void bind_web(Settings& settings, WebConfig& config) {
  settings.section("Web port");
  settings.text("listen", config.listen, "address",
                "where the web port listens; none: all addresses of the machine");
  settings.number("port", config.port, {1, 65535}, "TCP port",
                  "pages, API, WHIP, WHEP and WebSocket");
  settings.text("tls_cert", config.tls_cert, "PEM file",
                "certificate with its chain; none: plain HTTP, for localhost or behind a proxy");
  settings.text("tls_key", config.tls_key, "PEM file", "private key of the certificate");
  settings.text("web", config.web, "folder",
                "the built pages; none: looked for beside the program and in "
                "/usr/share/lectern/web");
  settings.list("allowed_origins", config.allowed_origins, "origins",
                "other sites whose pages may use the API, like https://school.example");
  settings.text("public_path", config.public_path, "path",
                "where a proxy shows this server, like /kelas; none: at the root");
  settings.list("trusted_proxies", config.trusted_proxies, "addresses",
                "proxies whose X-Forwarded-For is believed; those of this machine need no name");
  settings.number("max_clients", config.max_clients, {16, 1'000'000}, "TCP connections",
                  "most that the web port has at one time");
  settings.number("max_clients_per_address", config.max_clients_per_address, {1, 1'000'000},
                  "TCP connections", "most of these from one address, or /64 of IPv6");
  settings.number("page_window_ms", config.page_window_ms, {0, 1000}, "milliseconds",
                  "how long what many pages are told waits for more, to go out as one");
  settings.section("Metrics");
  settings.text("metrics_listen", config.metrics_listen, "address",
                "where the port of /metrics listens; none: all addresses of the machine");
  settings.number("metrics_port", config.metrics_port, {0, 65535}, "TCP port",
                  "metrics for Prometheus, at /metrics; 0: none");
}

void bind_quotas(Settings& settings, QuotaConfig& config) {
  settings.number("max_sessions_per_subject", config.max_sessions_per_subject, {1, 1'000'000},
                  "media sessions", "most of one person");
  settings.number("max_sessions_per_address", config.max_sessions_per_address, {0, 1'000'000},
                  "viewers", "most from one address, or /64 of IPv6; 0: no bound");
  settings.number("max_connections_per_subject", config.max_connections_per_subject, {1, 1'000'000},
                  "WebSockets", "most of one person");
  settings.number("max_tickets_per_subject", config.max_tickets_per_subject, {1, 20'000}, "tickets",
                  "most of one person that are still good");
  settings.number("max_publishers", config.max_publishers, {1, 20'000}, "teachers",
                  "most on one worker, besides its students");
  settings.number("max_classes", config.max_classes, {1, 100'000}, "classes",
                  "most that exist at one time");
  settings.number("renewal_hours", config.renewal_hours, {1, 24 * 366}, "hours",
                  "how long the token of a connected page is renewed, from its first issue");
}

// Signaling places nobody on a worker that is full, and a worker that is full takes nobody: both
// are told the same figure.
void bind_max_sessions(Settings& settings, std::uint32_t& max_sessions) {
  settings.number("max_sessions", max_sessions, {1, 20'000}, "students", "most on one worker");
}

void bind_front(Settings& settings, FrontConfig& config) {
  bind_common(settings, config.common);
  bind_web(settings, config.web);
  settings.section("Tokens and classes");
  settings.text("key_file", config.key_file, "file",
                "secret of 32 bytes or more, or P-256 keys in PEM, for tokens; needed without "
                "`dev`");
  settings.list("classes", config.classes, "names", "classes that exist from the start");
  settings.section("Bounds");
  settings.number("max_connections", config.max_connections, {1, 1'000'000}, "WebSockets",
                  "most that are open at one time");
  bind_quotas(settings, config.quotas);
}

void bind_media(Settings& settings, MediaConfig& config) {
  settings.section("Media workers");
  settings.number("media_port", config.media_port, {1, 65535}, "UDP port",
                  "media of the first worker; the next workers take the next ports");
  settings.list("announce", config.announce, "addresses",
                "where students reach the media; none: all addresses of the machine");
  bind_max_sessions(settings, config.max_sessions);
  settings.number("drain_s", config.drain_s, {0, kLongestDrain}, "seconds",
                  "how long a worker told to stop waits for its pages to move");
  settings.text("gcm", config.gcm, "",
                "who encrypts media by AES-GCM: auto (the fastest that works here), ipsec-mb or "
                "openssl");
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

// The command line of a child that has these settings, some of them by `serve`.
template <typename Child>
std::vector<std::string> command_line(std::string role, ServeConfig serve, Child child) {
  Settings own;
  bind(own, serve);
  Settings settings;
  bind(settings, child);
  std::vector<std::string> words = own.flags_for(settings);
  words.insert(words.begin(), std::move(role));
  return words;
}

}  // namespace

void bind(Settings& settings, ServeConfig& config) {
  bind_front(settings, config);
  bind_media(settings, config.media);
  settings.section("Processes");
  settings.number("media_workers", config.media_workers, {0, kMaxWorkers}, "processes",
                  "media workers; 0: one per core");
  settings.number("watchdog_s", config.watchdog_s, {0, kLongestWatch}, "seconds",
                  "how long a process may stand still until it is replaced, at least 2; 0: for "
                  "ever, for work with a debugger");
  settings.text("demo_film", config.demo_film, "file",
                "film that teaches the class `demo`, over and over");
}

void bind(Settings& settings, SignalingConfig& config) {
  bind_front(settings, config);
  settings.section("Media workers");
  settings.number("media_workers", config.media_workers, {0, kMaxWorkers}, "processes",
                  "media workers that make the server ready");
  bind_max_sessions(settings, config.max_sessions);
}

void bind(Settings& settings, StoreConfig& config) {
  bind_common(settings, config.common);
}

void bind(Settings& settings, MediaWorkerConfig& config) {
  bind_common(settings, config.common);
  bind_media(settings, config.media);
  settings.number("worker", config.worker, {0, kMaxWorkers - 1}, "index",
                  "which of the workers this is");
}

void bind(Settings& settings, TokenConfig& config) {
  settings.section("Token");
  settings.text("data", config.common.data, "folder", "where dev.key is");
  settings.flag("dev", config.common.dev, "signs with dev.key");
  settings.text("key_file", config.key_file, "file",
                "secret of 32 bytes or more, or the PEM key that signs");
  settings.text("class", config.class_id, "name", "the class; `*` for every class");
  settings.text("role", config.role, "", "student, teacher or admin");
  settings.text("subject", config.subject, "", "pseudonym of the person; none: a random one");
  settings.number("valid_hours", config.valid_hours, {1, 24 * 366}, "hours",
                  "how long the token is good");
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

std::vector<std::string> faults_of(const StoreConfig& config) {
  std::vector<std::string> faults;
  check_common(config.common, faults);
  return faults;
}

std::vector<std::string> faults_of(const MediaWorkerConfig& config) {
  std::vector<std::string> faults;
  check_common(config.common, faults);
  check_media(config.media, config.worker + 1, faults);
  return faults;
}

std::vector<std::string> faults_of(const TokenConfig& config) {
  std::vector<std::string> faults;
  if (config.class_id.empty()) {
    faults.emplace_back("--class is needed: the name of a class, or `*`");
  } else if (config.class_id != "*" && !signaling::is_class_name(config.class_id)) {
    faults.push_back("--class must be 1 to 64 letters a to z, digits and hyphens, or `*`, not `" +
                     config.class_id + '`');
  }
  if (!grants_of(config.role)) {
    faults.push_back("--role must be student, teacher or admin, not `" + config.role + '`');
  }
  return faults;
}

std::optional<signaling::Grants> grants_of(std::string_view role) {
  if (role == "student") {
    return signaling::kStudentGrants;
  }
  if (role == "teacher") {
    return signaling::kTeacherGrants;
  }
  if (role == "admin") {
    signaling::Grants grants = signaling::kTeacherGrants;
    grants.admin = true;
    return grants;
  }
  return std::nullopt;
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
  return command_line("signaling", config, SignalingConfig{});
}

std::vector<std::string> store_flags(const ServeConfig& config) {
  return command_line("store", config, StoreConfig{});
}

std::vector<std::string> media_flags(const ServeConfig& config, std::uint32_t worker) {
  MediaWorkerConfig child;
  child.worker = worker;
  return command_line("media", config, child);
}

bool print_faults(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) {
    std::fprintf(stderr, "lectern: %s\n", fault.c_str());
  }
  return !faults.empty();
}

}  // namespace lectern::server
