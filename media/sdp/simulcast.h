// Which simulcast encodings of an offer can be received (RFC 8851, 8853).
#pragma once

#include "media/sdp/negotiated.h"

#include <cstddef>
#include <string>
#include <vector>

namespace lectern::sdp {

// Of one picture; OBS sends up to as many, and stops unless all of them are accepted.
inline constexpr size_t kMaxEncodings = 4;

// The rids of `media` that a stream can be told by, in the sender's order; empty: no simulcast.
// `accepted`: its codecs and extensions are settled. `is_only_picture`: its payload types say which
// section a packet belongs to, so that it takes no mid to tell.
[[nodiscard]] std::vector<std::string> usable_rids(const Media& media,
                                                   const NegotiatedMedia& accepted,
                                                   bool is_only_picture);

// The a=rid lines that answer those of `offered` (RFC 8851 §6.3): the same restrictions, with only
// the payload types that are accepted.
[[nodiscard]] std::vector<Rid> answered_rids(const Media& offered, const NegotiatedMedia& accepted);

}  // namespace lectern::sdp
