// What is looked at in every request before it is worked off: who, what type, how long.
#pragma once

#include "signaling/gate/replies.h"

#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

inline constexpr std::size_t kMaxIfMatch = 4096;  // a list of all tags that a client has seen

// [P73] Whether a person may still use a token that has expired lately: a page of theirs is in this
// class, a media session of theirs lives, or the page `client` left this class a short while ago.
[[nodiscard]] bool is_coming_back(const GateTurn& turn, const Caller& caller,
                                  const std::string& class_id, const std::string& client);

// Who asks; nullopt after having answered 401 ([P22]).
[[nodiscard]] std::optional<Caller> identify(const GateTurn& turn, const Asker& asker,
                                             const HttpRequest& http);
// Likewise, and may use `grant` in the class; nullopt after having answered 401 or 403.
[[nodiscard]] std::optional<Caller> admit(const GateTurn& turn, const Asker& asker,
                                          const HttpRequest& http, std::string_view class_id,
                                          bool Grants::* grant);
// Likewise for a media session, where a page that comes back may use a token that has expired
// ([P73]).
[[nodiscard]] std::optional<Caller> admit_to_media(const GateTurn& turn, const Asker& asker,
                                                   const HttpRequest& http,
                                                   const std::string& class_id,
                                                   bool Grants::* grant);

// [P10] The body is of that media type, at most 16 KB of printable UTF-8, not empty.
[[nodiscard]] std::optional<Problem> check_body(const HttpRequest& http,
                                                std::string_view media_type);
// The first value of a name in a query, as it stands there.
[[nodiscard]] std::optional<std::string_view> query_value(std::string_view query,
                                                          std::string_view name);
// Text without control characters other than CR, LF and TAB, in valid UTF-8 (RFC 3629: neither
// overlong forms nor surrogates).
[[nodiscard]] bool is_printable(std::string_view text);

[[nodiscard]] Problem not_found();
[[nodiscard]] Problem too_many_classes();

}  // namespace lectern::signaling
