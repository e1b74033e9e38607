// The small grammar of HTTP that several parts need: tokens, lists, hosts, request targets
// (RFC 9110 section 5.6, RFC 9112 section 3.2, RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lectern::io {

// RFC 9110 section 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);
// RFC 9110 section 5.5: visible octets, obs-text, SP and HTAB; no other control octet.
[[nodiscard]] bool is_field_value(std::string_view text);

// Takes the next element of a comma separated list off the front of `rest`; empty elements are
// passed over (RFC 9110 section 5.6.1.2), the end of the list is nullopt.
[[nodiscard]] std::optional<std::string_view> next_element(std::string_view& rest);
// Whether the list names `token`, whatever the case.
[[nodiscard]] bool lists_token(std::string_view list, std::string_view token);

// `host[:port]` as the Host header and an authority have it (no user information).
[[nodiscard]] bool is_host(std::string_view text);

// RFC 9112 section 7.1.1: `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`.
[[nodiscard]] bool is_chunk_extension(std::string_view text);

// `%41` decoded; nullopt when an escape is broken or stands for NUL.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

struct RequestTarget {
  std::string path;       // decoded
  std::string query;      // without `?`, decoded piece by piece
  std::string authority;  // of the absolute form, else empty
};

// The origin form and the absolute form (RFC 9112 sections 3.2.1, 3.2.2), and `*`.
[[nodiscard]] std::optional<RequestTarget> parse_target(std::string_view text);

}  // namespace lectern::io
