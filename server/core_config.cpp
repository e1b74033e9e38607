#include "server/core_config.h"

#include "server/io/web_listener.h"
#include "server/version.h"

#include <algorithm>
#include <cstddef>

namespace lectern::server {

signaling::Config core_config(const SignalingConfig& config) {
  signaling::Config core;
  core.dev = config.common.dev;
  core.classes = config.classes;
  if (config.common.dev && std::ranges::count(core.classes, "demo") == 0) {
    core.classes.emplace_back("demo");
  }
  core.allowed_origins = config.web.allowed_origins;
  core.expected_workers = config.media_workers;
  core.has_store = config.has_store;
  core.max_viewers_per_worker = config.max_sessions;
  core.max_connections = config.max_connections;
  const std::size_t clients = io::client_bound(config.web.max_clients);
  core.max_ungreeted = std::min(core.max_ungreeted, clients / 2);
  core.max_ungreeted_per_network = std::min(core.max_ungreeted_per_network, clients / 4);
  core.max_classes = config.quotas.max_classes;
  core.max_publishers_per_worker = config.quotas.max_publishers;
  core.quotas = {.sessions_per_person = config.quotas.max_sessions_per_subject,
                 .sessions_per_network = config.quotas.max_sessions_per_address,
                 .connections_per_person = config.quotas.max_connections_per_subject};
  core.max_tickets_per_person = config.quotas.max_tickets_per_subject;
  core.renewal_hours = config.quotas.renewal_hours;
  core.public_path = config.web.public_path;
  core.version = version().number;
  return core;
}

}  // namespace lectern::server
