// Cutting text as SDP does: by one separator, without copies, never throwing.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::sdp {

// The text before the first `separator` and the text after it; all and nothing without one.
inline std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

// Takes the first word (up to a separator, default blank) off `text`, skipping empty ones.
inline std::string_view take_word(std::string_view& text, char separator = ' ') {
  while (!text.empty() && text.front() == separator) text.remove_prefix(1);
  const auto [word, rest] = cut(text, separator);
  text = rest;
  return word;
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// A decimal number that is the whole of `text`; nullopt for anything else, or out of range.
template <std::unsigned_integral T>
std::optional<T> number(std::string_view text) {
  T value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

inline char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// RFC 8839 §5.4: ALPHA / DIGIT / "+" / "/"; here also "-" and "_", which some peers send.
inline bool is_ice_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '-' ||
           c == '_';
  });
}

// RFC 8839 §5.4.
inline bool is_ice_ufrag(std::string_view text) {
  return text.size() >= 4 && text.size() <= 256 && is_ice_text(text);
}
inline bool is_ice_pwd(std::string_view text) {
  return text.size() >= 22 && text.size() <= 256 && is_ice_text(text);
}

}  // namespace lectern::sdp
