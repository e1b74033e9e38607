// The words of an SDP line, and the text of ICE credentials.
#pragma once

#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace lectern::sdp {

// Takes the first word (up to a separator, default blank) off `text`, skipping empty ones.
inline std::string_view take_word(std::string_view& text, char separator = ' ') {
  while (!text.empty() && text.front() == separator) text.remove_prefix(1);
  return take_piece(text, separator);
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
