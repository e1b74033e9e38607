// What the simulated classes have in common.
#pragma once

#include "tests/sim/virtual_classroom.h"

#include <string>

namespace lectern::sim {

inline constexpr Duration kSecond = Duration::seconds(1);

inline AccessLink link_with(const LinkProfile& profile) {
  return {profile, profile};
}

inline LinkProfile lossy(double loss) {
  return {.delay = Duration::milliseconds(20), .jitter = Duration::milliseconds(5), .loss = loss};
}

// Of all sound that there was, what the player had to invent; between two looks at the ledger.
inline double concealed_share(const client::TrackStats& sound,
                              const client::TrackStats& before = {}) {
  const double concealed = (sound.concealed - before.concealed).to_seconds();
  const double all = concealed + (sound.played - before.played).to_seconds();
  return all > 0 ? concealed / all : 1;
}

// A student whose browser estimates its bandwidth, instead of one that is told it.
inline client::ViewerConfig as_browsers_do() {
  client::ViewerConfig config;
  config.measures_bandwidth = true;
  return config;
}

// What the student was told of its rungs, for the report of a failure.
inline std::string story(const Page& page) {
  std::string text;
  for (const Page::Rung& rung : page.rungs)
    text += std::to_string((rung.at - Instant()).ms()) + " " + rung.name + "; ";
  return text;
}

}  // namespace lectern::sim
