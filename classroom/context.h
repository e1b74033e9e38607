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

// What becomes of a telling when a page has not read what was told before.
enum class Lane : std::uint8_t {
  kMustArrive,   // it waits in its order; when too much waits, the page is told everything anew
  kReplaceable,  // only the newest with the same key waits
  kDroppable,    // it is left out
};

// Something for the pages of the class.
struct Telling {
  Audience audience = Audience::kEverybody;
  Lane lane = Lane::kMustArrive;
  std::string key{};  // of kReplaceable
  nlohmann::json message;
};

}  // namespace lectern::classroom
