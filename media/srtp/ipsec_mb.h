// AES-GCM by Intel's multi-buffer library: its direct calls, one packet each, the key expanded once
// per session. It exists for x86-64 alone: elsewhere no_ipsec_mb.cpp stands in, and nothing works.
//
// Left out on purpose: the library's job and burst calls. They win nothing with 20,000 keys, lose 7
// ns of 22 with 2,000, and would need the packets of many sessions in hand at once
// (docs/decisions/0008).
#pragma once

#include "media/srtp/key_derivation.h"
#include "media/srtp/protector.h"

#include <memory>
#include <string_view>

namespace lectern::srtp {

// What keeps it from working here, as the end of a sentence: the build has no library, the
// processor not what it needs, or the library's own test of itself failed. Empty: nothing.
[[nodiscard]] std::string_view ipsec_mb_obstacle();

// AEAD_AES_128_GCM; only where there is no obstacle. About 65 ns for 120 octets, 130 ns for 1150.
[[nodiscard]] std::unique_ptr<Protector> make_ipsec_mb_protector(const SessionKeys& keys);

}  // namespace lectern::srtp
