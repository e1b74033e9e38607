// OpenSSL 3.0 reads gettimeofday() for its DTLS retransmission timer (media/dtls/endpoint.h). A
// program that links this answers it with virtual time, so that a lost flight is resent at the
// virtual moment it should be.
#pragma once

#include "base/time.h"

namespace lectern::sim {

// What Instant() is on every wall clock of the simulation: some date; only differences matter.
inline constexpr Duration kUnixTimeOfZero = Duration::seconds(1'700'000'000);

// What gettimeofday() answers from now on in this process.
void set_virtual_clock(Instant now);

}  // namespace lectern::sim
