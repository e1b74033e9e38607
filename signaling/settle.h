// What follows from a change, drawn once at the end of each turn: legs between workers, the state
// of the class on every page. And what follows from time passing.
#pragma once

#include "signaling/tables.h"

namespace lectern::signaling {

// Brings legs and pages up to date with the classes that the turn has touched.
void settle(const Turn& turn);

// To be called each second while anything is going on (`needs_ticks`), before settle.
void tick_classes(const Turn& turn);

[[nodiscard]] bool needs_ticks(const Tables& tables);

// The present `audience` for one page that has just come in ([P32]).
void send_audience(const Turn& turn, const Page& page);

// [P44] Two figures: 7, 42, 130, 1300.
[[nodiscard]] std::uint32_t rounded(std::uint32_t viewers);

}  // namespace lectern::signaling
