// The attributes that may stand at session level and in a media section.
#pragma once

#include "media/sdp/description.h"
#include "media/sdp/fault.h"

#include <optional>
#include <string_view>
#include <vector>

namespace lectern::sdp {

[[nodiscard]] std::optional<Direction> direction_of(std::string_view word);

// ICE, DTLS and candidates. nullopt: `key` is none of them.
[[nodiscard]] std::optional<Complaint> read_transport(std::string_view key, std::string_view value,
                                                      Transport& transport);

// A header extension; nothing where the value is of no use.
[[nodiscard]] std::optional<Extension> read_extension(std::string_view value);

// RFC 8285 §5: an id is given once; the first to have it keeps it. Complains of another extension
// that wants it: nobody could tell what an element is.
Complaint add_extension(const Extension& extension, std::vector<Extension>& list);

}  // namespace lectern::sdp
