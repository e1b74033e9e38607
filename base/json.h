// JSON from outside, parsed whole under limits: an object, at most 16 deep. Depth is looked at
// before anything is built, so that a line of brackets costs nothing.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace lectern {

inline constexpr int kMaxJsonDepth = 16;

// kMalformed: not JSON, not UTF-8, or not an object; kTooLong: nested deeper than kMaxJsonDepth.
// The caller bounds the size of `text`.
[[nodiscard]] Parsed<nlohmann::json> parse_json_object(std::string_view text);

// On one line; octets that are not UTF-8 are replaced, so it never throws for them.
[[nodiscard]] std::string to_text(const nlohmann::json& json);

// Members of an object by type; nullopt when the member is missing or of another type.
[[nodiscard]] std::optional<std::string_view> text_member(const nlohmann::json& object,
                                                          const char* key);
[[nodiscard]] std::optional<bool> bool_member(const nlohmann::json& object, const char* key);
// Numbers of any form; never NaN.
[[nodiscard]] std::optional<double> number_member(const nlohmann::json& object, const char* key);

enum class MemberType : std::uint8_t { kText, kNumber, kBool };

// A member that may be missing.
struct OptionalMember {
  const char* key;
  MemberType type;
};

// The first that is there and is of another type: to read it as missing could widen what was meant.
[[nodiscard]] std::optional<OptionalMember> wrong_member(
    const nlohmann::json& object, std::initializer_list<OptionalMember> members);

}  // namespace lectern
