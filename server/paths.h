// Where things are when nobody has said so.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace lectern::server {

// `<data>/run/control.sock`, where signaling listens for its workers.
[[nodiscard]] std::filesystem::path control_socket(const std::string& data);

// `<data>/run/store.sock`, where the store listens, and `<data>/lectern.db`, its database.
[[nodiscard]] std::filesystem::path store_socket(const std::filesystem::path& data);
[[nodiscard]] std::filesystem::path database_file(const std::filesystem::path& data);

// Errors: it (the longer one of both sockets) does not fit into a socket's address.
[[nodiscard]] Result<void> check_control_socket(const std::string& data);

// The folder of the pages: `configured` when given, else the first that exists of ../web and
// ../build/web beside the executable's folder (a build tree), ../share/lectern/web (an
// installation) and /usr/share/lectern/web. Error: none of them, with what to do.
[[nodiscard]] Result<std::filesystem::path> web_folder(const std::string& configured);

}  // namespace lectern::server
