// Values of HTTP headers, read as RFC 9110 and RFC 6454 define them instead of compared as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

// The token of `Authorization: Bearer ...` (RFC 6750 §2.1): any case, any white space around it. A
// doubled scheme (`Bearer Bearer x`) is what people type into OBS, which adds the word by itself.
// Empty when there is none.
[[nodiscard]] std::string_view bearer_token(std::string_view authorization);

// Whether a Content-Type is this media type; parameters (`; charset=utf-8`) are no difference
// (RFC 9110 §8.3.1).
[[nodiscard]] bool is_media_type(std::string_view content_type, std::string_view media_type);

// Whether an Accept header admits a type: the most specific range decides, q=0 excludes
// (RFC 9110 §12.5.1). An empty header admits everything.
[[nodiscard]] bool accepts(std::string_view accept, std::string_view media_type);

// If-Match and If-None-Match (RFC 9110 §§13.1.1, 13.1.2): `*` or a list of entity tags.
struct EntityTags {
  struct Tag {
    std::string opaque;  // with its quotes, as ETag carries it
    bool is_weak = false;
  };
  bool is_absent = false;
  bool is_any = false;  // `*`
  std::vector<Tag> tags;
  [[nodiscard]] static EntityTags parse(std::string_view header);
  // Whether one of the tags is `current` by strong comparison, which If-Match asks for, or by weak
  // comparison, which If-None-Match does (RFC 9110 §8.8.3.2). `current` is a strong tag, or empty.
  [[nodiscard]] bool match_strongly(std::string_view current) const;
  [[nodiscard]] bool match_weakly(std::string_view current) const;
};

// A name and a port, from `Host` or from an origin.
struct Authority {
  std::string host;  // lower case, without a trailing dot; IPv6 without its brackets
  std::optional<unsigned> port;
  // `localhost:8080`, `[::1]`; nullopt for anything with more or less in it.
  [[nodiscard]] static std::optional<Authority> parse(std::string_view text);
};

// `https://school.example:8443` (RFC 6454 §6.2), without path or slash at the end.
struct Origin {
  std::string scheme;  // lower case
  Authority authority;
  // nullopt for `null` and for anything that is no http or https origin.
  [[nodiscard]] static std::optional<Origin> parse(std::string_view text);
  // The port, also when the scheme's own is not written.
  [[nodiscard]] unsigned port() const;
  // Whether a Host header names this place: a port that is not written is the scheme's own.
  [[nodiscard]] bool is_at(std::string_view host) const;
  [[nodiscard]] bool is_same(const Origin& other) const;
};

}  // namespace lectern::signaling
