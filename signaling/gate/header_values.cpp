#include "signaling/gate/header_values.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace lectern::signaling {
namespace {

// Takes the piece before the first `separator` off the front of `rest`, blanks around it removed.
std::string_view take_trimmed(std::string_view& rest, char separator) {
  return trimmed(take_piece(rest, separator));
}

// Whether the weight among a range's parameters is zero: `q=0`, `q=0.000` (RFC 9110 §12.4.2).
bool is_excluded(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = take_trimmed(parameters, ';');
    const std::string_view name = take_trimmed(value, '=');
    if (!equal_ignoring_case(name, "q")) continue;
    return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

unsigned default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

}  // namespace

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer";
  std::string_view rest = trimmed(authorization);
  bool is_bearer = false;
  while (rest.size() >= kScheme.size() &&
         equal_ignoring_case(rest.substr(0, kScheme.size()), kScheme)) {
    const std::string_view behind = rest.substr(kScheme.size());
    if (!behind.empty() && behind.front() != ' ' && behind.front() != '\t') break;
    is_bearer = true;
    rest = trimmed(behind);
  }
  return is_bearer ? rest : std::string_view();
}

bool is_media_type(std::string_view content_type, std::string_view media_type) {
  return equal_ignoring_case(take_trimmed(content_type, ';'), media_type);
}

bool accepts(std::string_view accept, std::string_view media_type) {
  if (trimmed(accept).empty()) return true;
  const std::string any_subtype = std::string(media_type.substr(0, media_type.find('/') + 1)) + "*";
  int best = 0;  // how specific the range was that decided
  bool is_admitted = false;
  while (!accept.empty()) {
    std::string_view parameters = take_trimmed(accept, ',');
    const std::string_view range = take_trimmed(parameters, ';');
    int precision = 0;
    if (range == "*/*") precision = 1;
    if (equal_ignoring_case(range, any_subtype)) precision = 2;
    if (equal_ignoring_case(range, media_type)) precision = 3;
    if (precision == 0 || precision < best) continue;
    is_admitted = !is_excluded(parameters) || (precision == best && is_admitted);
    best = precision;
  }
  return is_admitted;
}

EntityTags EntityTags::parse(std::string_view header) {
  EntityTags result;
  std::string_view rest = trimmed(header);
  result.is_absent = rest.empty();
  result.is_any = rest == "*";
  while (!rest.empty() && !result.is_any) {
    // A comma may stand within a tag, so that tags are found by their quotes.
    const auto first = rest.find('"');
    if (first == std::string_view::npos) break;
    const auto last = rest.find('"', first + 1);
    if (last == std::string_view::npos) break;
    const bool is_weak = trimmed(rest.substr(0, first)).ends_with("W/");
    result.tags.push_back({std::string(rest.substr(first, last - first + 1)), is_weak});
    rest = rest.substr(last + 1);
  }
  return result;
}

bool EntityTags::match_strongly(std::string_view current) const {
  return std::ranges::any_of(tags,
                             [&](const Tag& tag) { return !tag.is_weak && tag.opaque == current; });
}

bool EntityTags::match_weakly(std::string_view current) const {
  return std::ranges::find(tags, current, &Tag::opaque) != tags.end();
}

std::optional<Authority> Authority::parse(std::string_view text) {
  Authority authority;
  std::string_view behind;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    authority.host = in_lower_case(text.substr(1, end - 1));
    behind = text.substr(end + 1);
  } else {
    const auto end = std::min(text.find(':'), text.size());
    authority.host = in_lower_case(text.substr(0, end));
    behind = text.substr(end);
  }
  // A name with the root's dot is the same name (RFC 1034 §3.1).
  if (authority.host.ends_with('.')) authority.host.pop_back();
  if (authority.host.empty() || authority.host.find_first_of("/@?# ") != std::string::npos)
    return std::nullopt;
  // `x:` is `x` (RFC 3986 §3.2.3).
  if (behind.empty() || behind == ":") return authority;
  const auto port = parse_number<std::uint16_t>(behind.substr(1));
  if (behind.front() != ':' || !port) return std::nullopt;
  authority.port = *port;
  return authority;
}

std::optional<Origin> Origin::parse(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  Origin origin;
  origin.scheme = in_lower_case(text.substr(0, scheme_end));
  if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
  auto authority = Authority::parse(text.substr(scheme_end + 3));
  if (!authority) return std::nullopt;
  origin.authority = std::move(*authority);
  return origin;
}

unsigned Origin::port() const {
  return authority.port.value_or(default_port(scheme));
}

bool Origin::is_at(std::string_view host) const {
  const auto place = Authority::parse(host);
  return place && place->host == authority.host &&
         place->port.value_or(default_port(scheme)) == port();
}

bool Origin::is_same(const Origin& other) const {
  return scheme == other.scheme && authority.host == other.authority.host && port() == other.port();
}

}  // namespace lectern::signaling
