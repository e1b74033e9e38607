// Why a line of a description or a fragment cannot be used, and in which words that is said.
#pragma once

#include "base/result.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace lectern::sdp {

// Why a text cannot be read. `sentence` goes on after "... cannot be read: ".
struct Fault {
  ParseError kind = ParseError::kMalformed;
  std::string sentence;
};

// What a line's reader says: empty, or why the line makes the whole text unusable.
using Complaint = std::string_view;
inline constexpr Complaint kFine;

inline constexpr Complaint kUfragRule = "it has to be 4 to 256 letters, digits, + or /";
inline constexpr Complaint kPwdRule = "it has to be 22 to 256 letters, digits, + or /";

// "line 12, a=ice-pwd, cannot be read: it has to ..."
inline Fault fault_at(size_t number, std::string_view line, Complaint complaint) {
  constexpr size_t kMostShown = 32;
  std::string_view name = line.starts_with("a=") ? cut(line, ':').first : line.substr(0, 2);
  if (!std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F; })) name = {};
  std::string sentence = "line " + std::to_string(number);
  if (!name.empty()) sentence += ", " + std::string(name.substr(0, kMostShown)) + ",";
  return {ParseError::kMalformed, sentence + " cannot be read: " + std::string(complaint) + "."};
}

}  // namespace lectern::sdp
