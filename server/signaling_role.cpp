#include "server/signaling_role.h"

#include "server/certificate.h"
#include "server/io/http_files.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/signaling_process.h"
#include "server/supervisor.h"
#include "server/system.h"
#include "server/token_key.h"

#include <cstdio>
#include <utility>

namespace lectern::server {
namespace {

int refuse(const Error& error) {
  std::fprintf(stderr, "lectern: %s\n", error.context.c_str());
  return kExitSetup;
}

}  // namespace

int run_signaling(const SignalingConfig& config) {
  name_process("lectern signaling");
  take_precedence();
  log::set_up("signaling", config.common.log_level);
  raise_file_limit();
  if (!config.web.tls_cert.empty()) {
    // The server was started with a good one. Started again in the middle of lessons, signaling
    // serves with one that has run out since: some may still accept it, and no page would come back
    // to a closed port.
    const auto& web = config.web;
    if (const auto valid = check_certificate(web.tls_cert, web.tls_key); !valid) {
      if (!check_certificate(web.tls_cert, web.tls_key, Expired::kIsTaken)) {
        return refuse(valid.error());
      }
      log::error("certificate.expired", {{"reason", valid.error().context}});
    }
  }
  const auto folder = web_folder(config.web.web);
  if (!folder) {
    return refuse(folder.error());
  }
  auto pages = io::HttpFiles::load(*folder);
  if (!pages) {
    return refuse(pages.error());
  }
  auto authority = load_token_authority(config.key_file, config.common.data, config.common.dev);
  if (!authority) {
    return refuse(authority.error());
  }
  SignalingProcess process(config, *std::move(authority), *std::move(pages));
  if (const auto listening = process.listen(); !listening) {
    return refuse(listening.error());
  }
  process.run();
  return 0;
}

}  // namespace lectern::server
