// `<data>/VERSION`: which layout the data folder has (docs/data-folder.md), so that an older server
// does not write into what it does not understand.
#pragma once

#include "base/result.h"

#include <filesystem>

namespace lectern::server {

inline constexpr int kDataVersion = 1;

// Whether this server may use the folder; one without VERSION, or none at all, is new. The error is
// one sentence that says what to do.
[[nodiscard]] Result<void> check_data_version(const std::filesystem::path& data);

// Writes it where there is none. `data` exists.
[[nodiscard]] Result<void> stamp_data_version(const std::filesystem::path& data);

}  // namespace lectern::server
