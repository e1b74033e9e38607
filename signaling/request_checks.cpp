#include "signaling/request_checks.h"

#include <algorithm>
#include <cctype>

namespace lectern::signaling {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The token of `Authorization: Bearer ...`; empty when there is none (RFC 6750 §2.1).
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size() ||
      !equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme))
    return {};
  return trimmed(authorization.substr(kScheme.size()));
}

// Bytes that follow the first byte of a UTF-8 sequence; -1 for a byte that starts none.
int utf8_tail(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  if (first >= 0xf0 && first <= 0xf4) return 3;
  return -1;
}

}  // namespace

std::optional<Caller> identify(const Turn& turn, const Asker& asker, const HttpRequest& http) {
  auto caller = turn.tables.permissions.identify(
      bearer_token(http.authorization), turn.tables.permissions.is_local(http.peer, http.host),
      turn.unix_seconds());
  if (caller) return std::move(*caller);
  reply_refusal(asker, caller.error(), turn.events);
  return std::nullopt;
}

std::optional<Caller> admit(const Turn& turn, const Asker& asker, const HttpRequest& http,
                            std::string_view class_id, bool Grants::* grant) {
  auto caller = identify(turn, asker, http);
  if (!caller) return std::nullopt;
  if (const auto refusal = Permissions::refuse(*caller, class_id, grant)) {
    reply_refusal(asker, *refusal, turn.events);
    return std::nullopt;
  }
  return caller;
}

std::optional<Problem> check_body(const HttpRequest& http, std::string_view media_type) {
  const std::string_view type =
      trimmed(std::string_view(http.content_type).substr(0, http.content_type.find(';')));
  if (!equal_ignoring_case(type, media_type))
    return Problem{415, "Unsupported media type",
                   "The body must be " + std::string(media_type) + "."};
  if (http.body.size() > control::kMaxSdp)
    return Problem{413, "Content too large", "The body may have 16 KB."};
  if (http.body.empty() || !is_printable(http.body))
    return Problem{400, "Bad request", "The body is empty or is not plain text."};
  return std::nullopt;
}

bool accepts(std::string_view accept, std::string_view media_type) {
  if (trimmed(accept).empty()) return true;
  const std::string any_subtype = std::string(media_type.substr(0, media_type.find('/') + 1)) + "*";
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const std::string_view range = accept.substr(0, comma);
    const std::string_view type = trimmed(range.substr(0, range.find(';')));
    if (type == "*/*" || equal_ignoring_case(type, media_type) ||
        equal_ignoring_case(type, any_subtype))
      return true;
    accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
  }
  return false;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const std::string_view pair = query.substr(0, ampersand);
    if (pair.substr(0, pair.find('=')) == name && pair.find('=') != std::string_view::npos)
      return pair.substr(name.size() + 1);
    query = ampersand == std::string_view::npos ? std::string_view() : query.substr(ampersand + 1);
  }
  return std::nullopt;
}

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first == 0x7f || (first < 0x20 && first != '\r' && first != '\n' && first != '\t'))
      return false;
    for (int tail = utf8_tail(first); tail != 0; --tail) {
      if (tail < 0 || ++i >= text.size()) return false;
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

Problem not_found() {
  return {404, "Not found", "There is nothing at this address."};
}

Problem unknown_class() {
  return {404, "Not found", "There is no class of this name."};
}

Problem too_many_classes() {
  return {503, "Service unavailable", "This server holds no more classes. Try again later.", 5};
}

Problem workers_starting() {
  return {503, "Service unavailable", "The media workers are starting. Try again in a second.", 1};
}

}  // namespace lectern::signaling
