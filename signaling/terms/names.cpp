#include "signaling/terms/names.h"

#include "base/text.h"

#include <algorithm>
#include <system_error>

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
  const auto worker = parse_number<control::WorkerNumber>(text.substr(0, dash));
  if (!worker) return std::nullopt;
  name.worker = *worker;
  const std::string_view digits = text.substr(dash + 1);
  if (digits.size() != kSessionDigits || !std::ranges::all_of(digits, is_hex)) return std::nullopt;
  name.id = digits;
  return name;
}

OwnerTag OwnerTag::parse(std::string_view text) {
  OwnerTag tag{.person = std::string(take_piece(text, '/'))};
  if (const auto client = take_piece(text, '/'); is_client_name(client)) tag.client = client;
  tag.auth_until = parse_number<std::int64_t>(text);
  return tag;
}

std::string OwnerTag::to_string() const {
  if (auth_until) return person + '/' + client + '/' + std::to_string(*auth_until);
  return client.empty() ? person : person + '/' + client;
}

std::string SessionName::to_string() const {
  return "w" + std::to_string(worker) + "-" + id;
}

}  // namespace lectern::signaling
