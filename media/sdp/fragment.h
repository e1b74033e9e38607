// application/trickle-ice-sdpfrag (RFC 8840 §9): the body of a WHIP or WHEP PATCH.
//
// What it is: late candidates, or new credentials when ICE restarts. Left out on purpose:
// pseudo m-lines are kept only as the mid they carry.
#pragma once

#include "media/sdp/description.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::sdp {

struct Fragment {
  std::string ufrag;  // empty where the fragment has none
  std::string pwd;
  std::string mid;  // of the first media section
  bool is_ice_lite = false;
  std::vector<Candidate> candidates;  // all sections together; TCP and host names are skipped
  bool end_of_candidates = false;
  bool operator==(const Fragment&) const = default;
};

// Faults: kTooLong, kMalformed. Of ufrag and pwd it has both or neither; where they differ from the
// session's it is a restart.
[[nodiscard]] std::expected<Fragment, Fault> parse_fragment(std::string_view text);

[[nodiscard]] std::string write_fragment(const Fragment& fragment);

}  // namespace lectern::sdp
