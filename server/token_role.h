// `lectern token`: prints a signed token for one person and one class.
#pragma once

#include "server/config.h"

#include <cstdint>
#include <string>

namespace lectern::server {

struct TokenConfig {
  CommonConfig common;
  std::string key_file;
  std::string class_id;          // `*`: every class
  std::string role = "student";  // student, teacher, admin
  std::string subject;           // a pseudonym; empty: a random one
  std::uint32_t valid_hours = 12;
};

void bind(Settings& settings, TokenConfig& config);
[[nodiscard]] std::vector<std::string> faults_of(const TokenConfig& config);

// Returns the exit status.
[[nodiscard]] int run_token(const TokenConfig& config);

}  // namespace lectern::server
