// `lectern demo`: a teacher who is a film. Publishes it by WHIP like any outside publisher, in a
// loop, and comes back for ever: a refusal, a dead worker, a restarted server are all answered by
// the next attempt.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace lectern::tools {

struct DemoOptions {
  std::string url;           // of the WHIP endpoint
  std::string film;          // a file that load_film() can read
  std::string token;         // bearer; empty: none
  bool is_insecure = false;  // the server's certificate is not checked
  bool is_stamped = false;   // each sound and picture says when it was sent (send_stamp.h)
};

// Returns the exit status: 0 after SIGINT or SIGTERM, 1 when the film cannot be read.
[[nodiscard]] int run_demo(const DemoOptions& options);

// Adds the subcommand; `status` is set when it has run. Both outlive the parsing.
void add_demo(CLI::App& app, int& status);

}  // namespace lectern::tools
