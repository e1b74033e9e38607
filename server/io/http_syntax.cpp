#include "server/io/http_syntax.h"

#include "base/endpoint.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace lectern::io {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char small = in_lower_case(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool is_token_char(char c) {
  return is_digit(c) || is_letter(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_name_char(char c) {  // of a host: unreserved and sub-delims
  return is_digit(c) || is_letter(c) ||
         std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

// RFC 3986 section 3.2.2: `"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`.
bool is_future_address(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  return dot > 1 && dot + 1 < text.size() && in_lower_case(text.front()) == 'v' &&
         std::ranges::all_of(text.substr(1, dot - 1), [](char c) { return hex_value(c) >= 0; }) &&
         std::ranges::all_of(text.substr(dot + 1),
                             [](char c) { return is_name_char(c) || c == ':'; });
}

// RFC 3986 section 3.2.2: registered names and IPv4 addresses, or an IPv6 address in brackets.
bool is_reg_name(std::string_view host) {
  return !host.empty() && percent_decoded(host) &&
         std::ranges::all_of(host, [](char c) { return is_name_char(c) || c == '%'; });
}

bool is_ip_literal(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') {
    return false;
  }
  host = host.substr(1, host.size() - 2);
  const auto address = Endpoint::parse(host, 0);
  return (address && host.find(':') != std::string_view::npos) || is_future_address(host);
}

bool is_port(std::string_view text) {
  return text.empty() || parse_number<std::uint16_t>(text);
}

// Octets that no browser sends unescaped and that mean trouble further on; RFC 9112 section 3.2
// answers them 400.
bool is_target_char(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > ' ' && octet < 0x7f &&
         std::string_view("\"<>\\#").find(c) == std::string_view::npos;
}

std::optional<std::string> decoded_query(std::string_view query) {
  std::string decoded;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    auto piece = percent_decoded(query.substr(0, end));
    if (!piece) {
      return std::nullopt;
    }
    // An ampersand within a piece would divide it.
    for (std::size_t at = 0; (at = piece->find('&', at)) != std::string::npos; at += 3) {
      piece->replace(at, 1, "%26");
    }
    if (!piece->empty()) {
      decoded += decoded.empty() ? "" : "&";
      decoded += *piece;
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return decoded;
}

// `mark` with the white space around it; without it nothing is taken.
bool take_mark(std::string_view& rest, char mark) {
  const std::size_t at = std::min(rest.find_first_not_of(" \t"), rest.size());
  if (!rest.substr(at).starts_with(mark)) {
    return false;
  }
  rest.remove_prefix(at + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  return true;
}

bool take_token(std::string_view& rest) {
  const auto* const end = std::ranges::find_if_not(rest, is_token_char);
  const auto size = static_cast<std::size_t>(end - rest.begin());
  rest.remove_prefix(size);
  return size > 0;
}

// RFC 9110 section 5.6.4.
bool take_quoted_string(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    return false;
  }
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return true;
    }
    at += rest[at] == '\\' ? 1 : 0;
  }
  return false;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || (octet >= ' ' && octet != 0x7f);
  });
}

std::optional<std::string_view> next_element(std::string_view& rest) {
  while (!rest.empty()) {
    const std::string_view element = trimmed(take_piece(rest, ','));
    if (!element.empty()) {
      return element;
    }
  }
  return std::nullopt;
}

bool lists_token(std::string_view list, std::string_view token) {
  while (const auto element = next_element(list)) {
    if (equal_ignoring_case(*element, token)) {
      return true;
    }
  }
  return false;
}

bool is_host(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) {
    return false;
  }
  const std::size_t colon = text.find(':', bracket);
  const std::string_view host = text.substr(0, colon);
  const bool has_port = colon != std::string_view::npos;
  return (is_reg_name(host) || is_ip_literal(host)) &&
         (!has_port || is_port(text.substr(colon + 1)));
}

bool is_chunk_extension(std::string_view text) {
  while (!text.empty()) {
    if (!take_mark(text, ';') || !take_token(text)) {
      return false;
    }
    if (take_mark(text, '=') && !take_token(text) && !take_quoted_string(text)) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::optional<RequestTarget> parse_target(std::string_view text) {
  if (text == "*") {
    return RequestTarget{.path = "*", .query = {}, .authority = {}};
  }
  if (text.empty() || !std::ranges::all_of(text, is_target_char)) {
    return std::nullopt;
  }
  RequestTarget target;
  if (!text.starts_with('/')) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos ||
        (!equal_ignoring_case(text.substr(0, scheme), "http") &&
         !equal_ignoring_case(text.substr(0, scheme), "https"))) {
      return std::nullopt;
    }
    text.remove_prefix(scheme + 3);
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, end);
    text.remove_prefix(end);
    if (!is_host(target.authority)) {
      return std::nullopt;
    }
  }
  const std::size_t mark = std::min(text.find('?'), text.size());
  auto path = percent_decoded(mark == 0 ? std::string_view("/") : text.substr(0, mark));
  auto query = decoded_query(text.substr(std::min(mark + 1, text.size())));
  if (!path || !query) {
    return std::nullopt;
  }
  target.path = *std::move(path);
  target.query = *std::move(query);
  return target;
}

}  // namespace lectern::io
