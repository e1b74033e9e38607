// `lectern load-test`: viewers by the thousand against any WHEP server, each with its own address,
// ICE, DTLS and SRTP; a table of what they got and what it cost the server.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lectern::tools {

struct LoadOptions {
  std::string url;                  // of the WHEP endpoint
  std::vector<std::string> tokens;  // bearer tokens, given to the viewers by turns; may be none
  size_t viewers = 100;
  double duration = 20;          // s, after the last viewer has joined
  double join_rate = 50;         // viewers per second
  std::vector<int> pids;         // whose CPU is measured, with their descendants
  std::string json;              // a file; "-": stdout; empty: none
  double max_loss = 0.1;         // percent, above it the exit status is 1
  bool has_picture = true;       // false: sound alone
  uint32_t decrypt_one_of = 0;   // 0: all up to 500 viewers, else one in 16
  std::string sockets = "auto";  // own: one a viewer; shared: CrowdSockets; auto: as the URL allows
  bool takes_gro = true;
  int64_t remb_kbps = 10'000;
  bool is_insecure = false;  // the server's certificate is not checked
};

// Exit status: 0 all joined and the loss is below the limit, 1 not so, 2 could not run.
[[nodiscard]] int run_load_test(const LoadOptions& options);

// Adds the subcommand; `status` is set when it has run. Both outlive the parsing.
void add_load_test(CLI::App& app, int& status);

}  // namespace lectern::tools
