// Why a request is refused, in the words of RFC 9457.
#pragma once

#include <string>

namespace lectern::signaling {

// One status line's worth of words and its sentence.
struct Problem {
  int status = 500;
  std::string title;
  std::string detail;
  int retry_after_s = 0;  // 0: no Retry-After
};

// Those that several rooms say.
inline Problem unknown_class() {
  return {404, "Not found", "There is no class of this name."};
}

inline Problem workers_starting() {
  return {503, "Service unavailable", "The media workers are starting. Try again in a second.", 1};
}

}  // namespace lectern::signaling
