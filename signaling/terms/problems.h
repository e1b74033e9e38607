// Why a request, a message or a page is refused: by HTTP as a problem (RFC 9457), on a WebSocket as
// the message `error`.
#pragma once

#include "base/refusal_code.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace lectern::signaling {

struct Problem {
  RefusalCode code = RefusalCode::kBadRequest;
  std::string detail;       // one English sentence, for who does not know the code
  int retry_after_s = 0;    // 0: not said
  std::int64_t number = 0;  // where the code has one (RefusalKind::number)

  [[nodiscard]] const RefusalKind& kind() const { return kind_of(code); }
};

// [P130] What a program reads: `code`, `retry_after` where it is said, the code's number.
[[nodiscard]] nlohmann::json members_of(const Problem& problem);

// Those that several rooms say.
inline Problem unknown_class() {
  return {RefusalCode::kUnknownClass, "There is no class of this name."};
}

inline Problem server_starting() {
  return {RefusalCode::kStarting, "The server is starting. Try again in a second.", 1};
}

}  // namespace lectern::signaling
