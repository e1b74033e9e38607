// docs/configuration.md, as the settings in config.cpp say it. `lectern settings` prints it,
// scripts/write_configuration writes it, and a test holds the file to it.
#pragma once

#include <string>

namespace lectern::server {

[[nodiscard]] std::string configuration_page();

}  // namespace lectern::server
