// OpenSSL 3.0 reads gettimeofday() for its DTLS retransmission timer (media/dtls/endpoint.h). A
// program that links this answers it with virtual time, so that a lost flight is resent at the
// virtual moment it should be.
#pragma once

#include "base/time.h"

namespace lectern::sim {

// What gettimeofday() answers from now on in this process.
void set_virtual_clock(Instant now);

}  // namespace lectern::sim
