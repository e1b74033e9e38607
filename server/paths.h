// Where things are when nobody has said so.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace lectern::server {

// `<data>/run/control.sock`, where signaling listens for its workers.
[[nodiscard]] std::filesystem::path control_socket(const std::string& data);

// Errors: it does not fit into a socket's address.
[[nodiscard]] Result<void> check_control_socket(const std::string& data);

// The folder of the pages: `configured` when given, else the first that exists of ../web and
// ../build/web beside the executable's folder (a build tree), ../share/lectern/web (an
// installation) and /usr/share/lectern/web. Error: none of them, with what to do.
[[nodiscard]] Result<std::filesystem::path> web_folder(const std::string& configured);

}  // namespace lectern::server
