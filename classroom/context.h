// What a feature is handed with each command, and what it gives back.
#pragma once

#include "base/time.h"

#include <nlohmann/json.hpp>

#include <string>

namespace lectern::classroom {

// Who says something, and when.
struct Context {
  Instant now;
  bool is_staff = false;  // a teacher or an assistant
};

enum class Audience : std::uint8_t { kEverybody, kStaff };

// How a telling is treated on its way to a page that does not keep up.
enum class Lane : std::uint8_t {
  kMustArrive,   // in its order
  kReplaceable,  // only the newest with the same key counts
  kDroppable,
};

// Something for the pages of the class.
struct Telling {
  Audience audience = Audience::kEverybody;
  Lane lane = Lane::kMustArrive;
  std::string key{};  // of kReplaceable
  nlohmann::json message;
};

}  // namespace lectern::classroom
