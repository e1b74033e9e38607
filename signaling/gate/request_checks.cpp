#include "signaling/gate/request_checks.h"

#include "signaling/gate/header_values.h"

namespace lectern::signaling {
namespace {

// The bytes that may follow the first byte of a UTF-8 sequence: how many, and between which bounds
// the second one lies (RFC 3629 §4). No overlong form, surrogate or number above U+10FFFF is
// within them.
struct Utf8Tail {
  int count = 0;  // -1: this byte starts no sequence
  unsigned char least = 0x80;
  unsigned char most = 0xbf;
};

Utf8Tail utf8_tail(unsigned char first) {
  if (first < 0x80) return {};
  if (first >= 0xc2 && first <= 0xdf) return {.count = 1};
  if (first == 0xe0) return {.count = 2, .least = 0xa0};
  if (first == 0xed) return {.count = 2, .most = 0x9f};
  if (first >= 0xe1 && first <= 0xef) return {.count = 2};
  if (first == 0xf0) return {.count = 3, .least = 0x90};
  if (first == 0xf4) return {.count = 3, .most = 0x8f};
  if (first >= 0xf1 && first <= 0xf3) return {.count = 3};
  return {.count = -1};
}

}  // namespace

bool is_coming_back(const GateTurn& turn, const Caller& caller, const std::string& class_id,
                    const std::string& client) {
  if (turn.placement().sessions().held_by(caller.person).sessions > 0) return true;
  for (const ConnectionId id : turn.tables.connections.of_person(caller.person)) {
    const Member* member = turn.desk().find_member(id);
    if (member != nullptr && member->class_id == class_id) return true;
  }
  return !client.empty() &&
         turn.tables.comebacks.knows(turn.now(), caller.person, Comebacks::page(class_id, client));
}

namespace {

std::expected<Caller, Problem> caller_of(const GateTurn& turn, const HttpRequest& http,
                                         Duration grace = Duration::zero()) {
  const Permissions& permissions = turn.tables.permissions;
  return permissions.identify(bearer_token(http.authorization),
                              permissions.is_local(http.peer, http.host, http.is_forwarded),
                              turn.unix_seconds(), grace);
}

// The caller if they may use `grant` in the class; nullopt after having answered 401 or 403.
std::optional<Caller> granted(const GateTurn& turn, const Asker& asker,
                              std::expected<Caller, Problem> caller, std::string_view class_id,
                              bool Grants::* grant) {
  if (!caller) {
    reply_problem(asker, caller.error(), turn);
    return std::nullopt;
  }
  if (const auto refusal = Permissions::refuse(*caller, class_id, grant)) {
    reply_problem(asker, *refusal, turn);
    return std::nullopt;
  }
  return std::move(*caller);
}

}  // namespace

std::optional<Caller> identify(const GateTurn& turn, const Asker& asker, const HttpRequest& http) {
  auto caller = caller_of(turn, http);
  if (caller) return std::move(*caller);
  reply_problem(asker, caller.error(), turn);
  return std::nullopt;
}

std::optional<Caller> admit(const GateTurn& turn, const Asker& asker, const HttpRequest& http,
                            std::string_view class_id, bool Grants::* grant) {
  return granted(turn, asker, caller_of(turn, http), class_id, grant);
}

std::optional<Caller> admit_to_media(const GateTurn& turn, const Asker& asker,
                                     const HttpRequest& http, const std::string& class_id,
                                     bool Grants::* grant) {
  auto caller = caller_of(turn, http);
  if (!caller && is_late(caller.error())) {
    auto late = caller_of(turn, http, kReturnGrace);
    const std::string client(query_value(http.query, "client").value_or(""));
    if (late && is_coming_back(turn, *late, class_id, client)) caller = std::move(late);
  }
  return granted(turn, asker, std::move(caller), class_id, grant);
}

std::optional<Problem> check_body(const HttpRequest& http, std::string_view media_type) {
  if (!is_media_type(http.content_type, media_type))
    return Problem{RefusalCode::kWrongType, "The body must be " + std::string(media_type) + "."};
  if (http.body.size() > control::kMaxSdp)
    return Problem{RefusalCode::kBodyTooLong, "The body may have 16 KB."};
  if (http.body.empty() || !is_printable(http.body))
    return Problem{RefusalCode::kBadRequest, "The body is empty or is not plain text."};
  return std::nullopt;
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
    Utf8Tail tail = utf8_tail(first);
    if (tail.count < 0) return false;
    for (; tail.count > 0; --tail.count) {
      if (++i >= text.size()) return false;
      const auto next = static_cast<unsigned char>(text[i]);
      if (next < tail.least || next > tail.most) return false;
      tail = {.count = tail.count};  // only the second byte has bounds of its own
    }
  }
  return true;
}

Problem not_found() {
  return {RefusalCode::kNotFound, "There is nothing at this address."};
}

Problem too_many_classes() {
  return {RefusalCode::kClassesFull, "This server holds no more classes. Try again later.", 5};
}

}  // namespace lectern::signaling
