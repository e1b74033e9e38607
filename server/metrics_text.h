// The page of /metrics: samples in Prometheus' text format, version 0.0.4.
#pragma once

#include "server/io/web_listener.h"
#include "server/supervised.h"
#include "server/system.h"
#include "signaling/terms/metrics.h"

#include <optional>
#include <string>
#include <vector>

namespace lectern::server {

// Samples of one name form one family, wherever they stand.
[[nodiscard]] std::string metrics_text(const std::vector<signaling::Sample>& samples);

// Appends what the shell itself knows: answers by status, WebSockets, memory, files, CPU.
void append_shell_samples(const io::WebCounters& web, const ProcessFacts& process,
                          std::vector<signaling::Sample>& samples);

// Why this process itself was started again; nothing where nobody supervises it.
void append_restarts(const std::optional<Restarts>& restarts,
                     std::vector<signaling::Sample>& samples);

}  // namespace lectern::server
