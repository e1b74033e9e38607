#include "media/control/json_view.h"

namespace lectern::control {
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

}  // namespace

Parsed<nlohmann::json> parse_json_object(std::string_view text) {
  if (is_too_deep(text)) return parse_error(ParseError::kTooLong);
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return parse_error(ParseError::kMalformed);
  return json;
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

}  // namespace lectern::control
