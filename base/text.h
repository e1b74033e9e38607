// Text as the grammars of HTTP and SDP have it, whatever the locale: cut and compared without
// copies, never throwing.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lectern {

// The letters of ASCII in lower case; everything else as it is.
inline char in_lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Likewise in upper case.
inline char in_upper_case(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
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

// Without the blanks and tabs at both ends.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The text before the first `separator` and the text after it; all and nothing without one.
inline std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

// Takes the text before the first `separator` off the front of `rest`, and the separator with it.
inline std::string_view take_piece(std::string_view& rest, char separator) {
  const auto [piece, behind] = cut(rest, separator);
  rest = behind;
  return piece;
}

// The number that is the whole of `text`, digits alone (and a minus where T has one); nullopt for
// anything else, and for what T does not hold.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace lectern
