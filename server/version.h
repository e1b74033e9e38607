// What this build is.
#pragma once

#include <string>
#include <string_view>

namespace lectern::server {

struct Version {
  std::string_view number;    // `0.1.0`
  std::string_view revision;  // of git, when the build was configured; `unknown` outside a clone
  std::string_view build;     // `RelWithDebInfo`, `Debug`...
};

[[nodiscard]] Version version();

// {"version":...,"revision":...,"build":...} and a newline, as /version answers.
[[nodiscard]] std::string version_json();

}  // namespace lectern::server
