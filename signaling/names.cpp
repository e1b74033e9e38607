#include "signaling/names.h"

#include <algorithm>
#include <charconv>

namespace lectern::signaling {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kSessionDigits = 32;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool is_class_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_client_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

std::optional<SessionName> SessionName::parse(std::string_view text) {
  if (const auto slash = text.rfind('/'); slash != std::string_view::npos)
    text.remove_prefix(slash + 1);
  if (!text.starts_with('w')) return std::nullopt;
  text.remove_prefix(1);
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  SessionName name;
  const std::string number(text.substr(0, dash));
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, name.worker);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  const std::string_view digits = text.substr(dash + 1);
  if (digits.size() != kSessionDigits || !std::ranges::all_of(digits, is_hex)) return std::nullopt;
  name.id = digits;
  return name;
}

OwnerTag OwnerTag::parse(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  OwnerTag tag{std::string(text.substr(0, slash)), {}};
  if (slash < text.size() && is_client_name(text.substr(slash + 1)))
    tag.client = text.substr(slash + 1);
  return tag;
}

std::string OwnerTag::to_string() const {
  return client.empty() ? person : person + '/' + client;
}

std::string SessionName::to_string() const {
  return "w" + std::to_string(worker) + "-" + id;
}

}  // namespace lectern::signaling
