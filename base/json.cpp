#include "base/json.h"

namespace lectern {
namespace {

bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c == '\\') ++i;
      if (c == '"') is_quoted = false;
      continue;
    }
    if (c == '"') is_quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kMaxJsonDepth) return true;
  }
  return false;
}

bool is_of(const nlohmann::json& value, MemberType type) {
  switch (type) {
    case MemberType::kText:
      return value.is_string();
    case MemberType::kNumber:
      return value.is_number();
    case MemberType::kBool:
      return value.is_boolean();
  }
  return false;
}

}  // namespace

Parsed<nlohmann::json> parse_json_object(std::string_view text) {
  if (is_too_deep(text)) return parse_error(ParseError::kTooLong);
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return parse_error(ParseError::kMalformed);
  return json;
}

std::string to_text(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::string_view> text_member(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get_ref<const std::string&>();
}

std::optional<bool> bool_member(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<double> number_member(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<OptionalMember> wrong_member(const nlohmann::json& object,
                                           std::initializer_list<OptionalMember> members) {
  for (const OptionalMember& member : members) {
    const auto found = object.find(member.key);
    if (found != object.end() && !is_of(*found, member.type)) return member;
  }
  return std::nullopt;
}

}  // namespace lectern
