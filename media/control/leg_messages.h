// Legs: a class on its way from one worker to another.
#pragma once

#include "base/endpoint.h"
#include "media/control/terms.h"

#include <string>
#include <string_view>

namespace lectern::control {

// To the origin: send the class to `destination` (an edge's leg socket) under this leg id. Replaces
// the leg of this class to the same destination, if any. LegRefused comes back when it cannot.
struct OpenLeg {
  static constexpr std::string_view kType = "open-leg";
  std::string class_id;
  LegId leg = 0;
  Endpoint destination;
  bool operator==(const OpenLeg&) const = default;
};

// To the edge: take the class from datagrams of this leg id that come from `source` only. Replaces
// the leg that the class had at this worker, if any: viewers stay and continue seamlessly.
// LegRefused comes back when it cannot.
struct AcceptLeg {
  static constexpr std::string_view kType = "accept-leg";
  std::string class_id;
  LegId leg = 0;
  Endpoint source;
  bool operator==(const AcceptLeg&) const = default;
};

// To both ends: the leg is over. Unknown ids are ignored.
struct CloseLeg {
  static constexpr std::string_view kType = "close-leg";
  LegId leg = 0;
  bool operator==(const CloseLeg&) const = default;
};

// The answer to an OpenLeg or AcceptLeg that cannot be carried out: this end does not have the leg.
// Signaling closes the other end and tries again later.
struct LegRefused {
  static constexpr std::string_view kType = "leg-refused";
  LegId leg = 0;
  std::string class_id;
  std::string reason;  // `legs`, `classes`: which bound was reached
  bool operator==(const LegRefused&) const = default;
};

}  // namespace lectern::control
