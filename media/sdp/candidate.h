// The a=candidate line (RFC 8839 §5.1), shared by descriptions and trickle fragments.
#pragma once

#include "media/sdp/description.h"

#include <optional>
#include <string>
#include <string_view>

namespace lectern::sdp {

// `value`: what follows "a=candidate:". nullopt for a candidate that is no UDP address in
// literal form, or is unreadable: such a one is of no use here.
[[nodiscard]] std::optional<Candidate> parse_candidate(std::string_view value);

// The whole line, "a=candidate:..." with CRLF.
[[nodiscard]] std::string write_candidate(const Candidate& candidate);

// RFC 8445 §5.1.2.1 for a host candidate of component 1; `place` 0 is the most preferred.
[[nodiscard]] uint32_t host_priority(size_t place);

}  // namespace lectern::sdp
