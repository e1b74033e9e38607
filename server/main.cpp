// The one executable: its first word says which role it plays.
#include "server/check_role.h"
#include "server/config.h"
#include "server/configuration_page.h"
#include "server/media_role.h"
#include "server/serve_role.h"
#include "server/signaling_role.h"
#include "server/store_role.h"
#include "server/supervised.h"
#include "server/supervisor.h"
#include "server/system.h"
#include "server/token_role.h"
#include "server/tools/demo.h"
#include "server/tools/load_test.h"
#include "server/version.h"

#include <CLI/CLI.hpp>
#include <signal.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>

namespace lectern::server {
namespace {

// A role whose settings are a struct. `setup_fault`: the exit status for settings at fault.
template <typename Config, typename Run>
void add_role(CLI::App& app, const char* name, const char* description, int setup_fault, Run run,
              int& status) {
  const auto config = std::make_shared<Config>();
  const auto settings = std::make_shared<Settings>();
  bind(*settings, *config);
  CLI::App* role = app.add_subcommand(name, description);
  settings->attach(*role);
  role->callback([config, settings, setup_fault, run, &status] {
    status = is_loaded(*settings, *config) ? run(*config) : setup_fault;
  });
}

void add_roles(CLI::App& app, int& status) {
  add_role<ServeConfig>(app, "serve", "the whole server on this machine", 1, run_serve, status);
  add_role<SignalingConfig>(app, "signaling", "pages, API and WebSockets (a child of serve)",
                            kExitSetup, run_signaling, status);
  add_role<StoreConfig>(app, "store", "keeps what must outlive the processes (a child of serve)",
                        kExitSetup, run_store, status);
  add_role<MediaWorkerConfig>(app, "media", "one media worker (a child of serve)", kExitSetup,
                              run_media, status);
  add_role<TokenConfig>(app, "token", "print a signed token", 1, run_token, status);
  add_role<ServeConfig>(app, "check", "would serve with these settings work here?", 1, run_check,
                        status);
  tools::add_demo(app, status);
  tools::add_load_test(app, status);
  app.add_subcommand("version", "what this build is")->callback([&status] {
    std::fputs(version_json().c_str(), stdout);
    status = 0;
  });
  // Not among the commands that --help lists: it is there for scripts/write_configuration.
  app.add_subcommand("settings", "docs/configuration.md")->group("")->callback([&status] {
    std::fputs(configuration_page().c_str(), stdout);
    status = 0;
  });
}

int run(int argc, char** argv) {
  if (!obey_supervisor(argc, argv)) {
    return 1;
  }
  if (argc > 1 && std::string_view(argv[1]) == "serve") {
    (void)signal(SIGHUP, SIG_IGN);  // until it is heard: a terminal that closes ends no class
  }
  CLI::App app("Lectern: live classes for any link", "lectern");
  app.require_subcommand(1);
  int status = 0;
  add_roles(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem);
  }
  return status;
}

}  // namespace
}  // namespace lectern::server

int main(int argc, char** argv) {
  lectern::server::survive_lost_streams();
  try {
    return lectern::server::run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "lectern: %s\n", failure.what());
    return 1;
  }
}
