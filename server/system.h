// What only a shell may ask of the operating system: the wall clock, limits, facts about
// this process.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace lectern::server {

// Microseconds since 1970.
[[nodiscard]] std::int64_t unix_microseconds();

// The name that ps and top show for this process, cut to 15 characters.
void name_process(const std::string& name);

// Puts this process before what else runs on the machine, where it may (root, CAP_SYS_NICE): a
// packet that waits behind a compiler is a late packet. Does nothing otherwise.
void take_precedence();

// Lifts the soft limit of open files to the hard one and returns it.
std::uint64_t raise_file_limit();

struct ProcessFacts {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  double cpu_seconds = 0;
};
[[nodiscard]] ProcessFacts process_facts();

// Makes a folder that only this user may enter, and those above it as usual.
[[nodiscard]] Result<void> make_private_folder(const std::filesystem::path& path);

// At most 1 MB. Errors: what is wrong, as a sentence.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
// Writes a file that only this user may read, all or nothing.
[[nodiscard]] Result<void> write_private_file(const std::filesystem::path& path,
                                              std::string_view text);

// Whether everybody on this machine may read the file.
[[nodiscard]] bool is_readable_by_others(const std::filesystem::path& path);

// For every process to call first: a log whose reader goes away, and streams that were closed
// before the start, do no harm.
void survive_lost_streams();

// The folder of the executable.
[[nodiscard]] std::filesystem::path executable_folder();

}  // namespace lectern::server
