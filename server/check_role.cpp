#include "server/check_role.h"

#include "server/addresses.h"
#include "server/certificate.h"
#include "server/data_version.h"
#include "server/io/http_files.h"
#include "server/io/web_listener.h"
#include "server/paths.h"
#include "server/port_probe.h"
#include "server/system.h"
#include "server/token_key.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

namespace lectern::server {
namespace {

constexpr std::uint64_t kWantedBuffer = 8'388'608;  // what io::UdpSocket asks for

class Report {
 public:
  void ok(const std::string& what) { std::printf("ok     %s\n", what.c_str()); }
  void note(const std::string& what) { std::printf("note   %s\n", what.c_str()); }
  void wrong(const std::string& what) {
    std::printf("wrong  %s\n", what.c_str());
    is_wrong_ = true;
  }
  template <typename T>
  void result(const Result<T>& result, const std::string& what) {
    result ? ok(what) : wrong(result.error().context);
  }
  [[nodiscard]] bool is_wrong() const { return is_wrong_; }

 private:
  bool is_wrong_ = false;
};

void report_certificate(const WebConfig& web, Report& report) {
  if (web.tls_cert.empty()) {
    report.note("no certificate: browsers give camera and microphone only to http://localhost");
    return;
  }
  report.result(check_certificate(web.tls_cert, web.tls_key), "certificate " + web.tls_cert);
}

void check_ports(const ServeConfig& config, Report& report) {
  const auto taken = taken_ports(config);
  for (const std::string& fault : taken) {
    report.wrong(fault);
  }
  if (taken.empty()) {
    report.ok("ports: TCP " + std::to_string(config.web.port) + ", UDP " +
              std::to_string(config.media.media_port) + " to " +
              std::to_string(config.media.media_port + config.media_workers - 1));
  }
}

void check_addresses(const ServeConfig& config, Report& report) {
  std::string list;
  bool is_only_loopback = true;
  for (const Endpoint& endpoint : media_endpoints(config.media.announce, 1, false)) {
    list += ' ' + endpoint.address_text();
    is_only_loopback = is_only_loopback && endpoint.is_loopback();
  }
  report.ok("media addresses:" + list);
  if (is_only_loopback) {
    report.note("only this machine can reach the media: name others with --announce");
  }
}

void check_pages(const ServeConfig& config, Report& report) {
  const auto folder = web_folder(config.web.web);
  if (!folder) {
    report.wrong(folder.error().context);
    return;
  }
  report.result(io::HttpFiles::load(*folder), "web pages in " + folder->string());
}

void check_files(const ServeConfig& config, Report& report) {
  const std::uint64_t limit = raise_file_limit();
  const std::size_t clients = io::client_bound(config.web.max_clients);
  const std::string text = "open files: at most " + std::to_string(limit) + ", so " +
                           std::to_string(clients) + " clients of the web port";
  clients >= config.web.max_clients
      ? report.ok(text)
      : report.note(text + "; raise it with `ulimit -n` or LimitNOFILE=");
}

// Without CAP_NET_ADMIN the kernel cuts a socket's buffers to these limits.
void check_buffers(Report& report) {
  for (const std::string name : {"rmem_max", "wmem_max"}) {
    const auto text = read_file("/proc/sys/net/core/" + name);
    const std::uint64_t limit = text ? std::strtoull(text->c_str(), nullptr, 10) : 0;
    if (limit < kWantedBuffer && geteuid() != 0) {
      report.note("UDP buffers: at most " + std::to_string(limit) + " bytes; large classes want `" +
                  "sysctl -w net.core." + name + "=" + std::to_string(kWantedBuffer) + "`");
    }
  }
}

}  // namespace

int run_check(ServeConfig config) {
  if (config.media_workers == 0) {
    config.media_workers = std::max(1U, std::thread::hardware_concurrency());
  }
  Report report;
  report.ok("settings");
  for (const std::string& stray : unknown_variables(process_variables(), all_keys())) {
    report.note(stray);
  }
  report.result(check_control_socket(config.common.data), "control socket");
  report.result(check_data_version(config.common.data), "version of the data folder");
  report.result(make_private_folder(control_socket(config.common.data).parent_path()),
                "data folder " + config.common.data);
  report.result(load_token_authority(config.key_file, config.common.data, config.common.dev),
                "token key");
  for (const std::string& file : {config.key_file, config.web.tls_key}) {
    if (!file.empty() && is_readable_by_others(file)) {
      report.note(fmt::format("{0} can be read by everybody on this machine: chmod 600 {0}", file));
    }
  }
  check_pages(config, report);
  report_certificate(config.web, report);
  check_ports(config, report);
  check_addresses(config, report);
  check_files(config, report);
  check_buffers(report);
  return report.is_wrong() ? 1 : 0;
}

}  // namespace lectern::server
