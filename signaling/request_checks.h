// What is looked at in every request before it is worked off: who, what type, how long.
#pragma once

#include "signaling/replies.h"
#include "signaling/tables.h"

#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

inline constexpr std::size_t kMaxIfMatch = 256;

// Who asks; nullopt after having answered 401 ([P22]).
[[nodiscard]] std::optional<Caller> identify(const Turn& turn, const Asker& asker,
                                             const HttpRequest& http);
// Likewise, and may use `grant` in the class; nullopt after having answered 401 or 403.
[[nodiscard]] std::optional<Caller> admit(const Turn& turn, const Asker& asker,
                                          const HttpRequest& http, std::string_view class_id,
                                          bool Grants::* grant);

// [P10] The body is of that media type, at most 16 KB of printable UTF-8, not empty.
[[nodiscard]] std::optional<Problem> check_body(const HttpRequest& http,
                                                std::string_view media_type);
// Whether an Accept header admits a type; weights are not looked at (RFC 9110 §12.5.1).
[[nodiscard]] bool accepts(std::string_view accept, std::string_view media_type);
// The first value of a name in a query, not percent-decoded.
[[nodiscard]] std::optional<std::string_view> query_value(std::string_view query,
                                                          std::string_view name);
// Text without control characters other than CR, LF and TAB, in valid UTF-8.
[[nodiscard]] bool is_printable(std::string_view text);

[[nodiscard]] Problem not_found();
[[nodiscard]] Problem unknown_class();
[[nodiscard]] Problem too_many_classes();
[[nodiscard]] Problem workers_starting();

}  // namespace lectern::signaling
