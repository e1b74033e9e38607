// Text whose case does not matter, as the grammars of HTTP and SDP have it: the letters of ASCII,
// whatever the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace lectern {

inline char in_lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = in_lower_case(c);
  return lower;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](char x, char y) { return in_lower_case(x) == in_lower_case(y); });
}

}  // namespace lectern
