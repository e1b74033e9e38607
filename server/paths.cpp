#include "server/paths.h"

#include "server/system.h"

#include <sys/un.h>

#include <string>
#include <system_error>

namespace lectern::server {

namespace fs = std::filesystem;

fs::path control_socket(const std::string& data) {
  return fs::path(data) / "run" / "control.sock";
}

fs::path store_socket(const fs::path& data) {
  return data / "run" / "store.sock";
}

fs::path database_file(const fs::path& data) {
  return data / "lectern.db";
}

Result<void> check_control_socket(const std::string& data) {
  const std::size_t size = control_socket(data).native().size();
  // The terminating zero counts (unix(7)).
  if (size < sizeof(sockaddr_un::sun_path)) {
    return {};
  }
  const std::size_t excess = size + 1 - sizeof(sockaddr_un::sun_path);
  return error(
      "the path of the data folder " + data + " is " + std::to_string(excess) +
      " characters too long for the control socket in it: choose a shorter one with --data");
}

Result<fs::path> web_folder(const std::string& configured) {
  std::error_code ignored;
  if (!configured.empty()) {
    if (fs::exists(fs::path(configured) / "index.html", ignored)) {
      return configured;
    }
    return error("the web pages are not in " + configured +
                 ": build them with scripts/pages, or name their folder with --web");
  }
  const fs::path here = executable_folder();
  for (const fs::path& folder :
       {here / ".." / "web", here / ".." / "build" / "web",
        here / ".." / "share" / "lectern" / "web", fs::path("/usr/share/lectern/web")}) {
    if (fs::exists(folder / "index.html", ignored)) {
      return folder.lexically_normal();
    }
  }
  return error(
      "the web pages were not found: build them with scripts/pages, or name their folder with "
      "--web");
}

}  // namespace lectern::server
