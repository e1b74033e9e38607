// What a feature is handed with each command, and what it gives back.
#pragma once

#include "base/lane.h"
#include "base/time.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace lectern::classroom {

// Who says something, and when.
struct Context {
  Instant now;
  bool is_staff = false;  // a teacher or an assistant
};

enum class Audience : std::uint8_t { kEverybody, kStaff };

// Something for the pages of the class.
struct Telling {
  Audience audience = Audience::kEverybody;
  Lane lane = Lane::kMustArrive;
  std::string key{};  // of kReplaceable
  nlohmann::json message;
};

}  // namespace lectern::classroom
