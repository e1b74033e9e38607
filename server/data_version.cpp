#include "server/data_version.h"

#include "base/text.h"

#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace lectern::server {
namespace {

std::filesystem::path version_file(const std::filesystem::path& data) {
  return data / "VERSION";
}

}  // namespace

Result<void> check_data_version(const std::filesystem::path& data) {
  const auto file = version_file(data);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return {};
  }
  std::string line;
  std::getline(std::ifstream(file) >> std::ws, line);
  const auto version = parse_number<int>(line, 10);
  if (!version) {
    return error("the file " + file.string() +
                 " should hold one number and does not: put the one of a backup in its place");
  }
  if (*version > kDataVersion) {
    return error("the data folder " + data.string() + " is of a newer server (version " + line +
                 ", this one knows " + std::to_string(kDataVersion) +
                 "): start that one, or choose another folder with --data");
  }
  return {};
}

Result<void> stamp_data_version(const std::filesystem::path& data) {
  const auto file = version_file(data);
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    return {};
  }
  std::ofstream out(file);
  out << kDataVersion << '\n';
  out.close();
  if (!out) {
    return error("Nothing can be kept in " + data.string() +
                 ": let this server write to the folder, or free some of the disk.");
  }
  return {};
}

}  // namespace lectern::server
