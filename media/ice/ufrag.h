// A username fragment that finds its session without a table, and that only this worker can have
// made: 16 ICE characters of slot (24 bits), restart (8), generation (32) and a SipHash tag (32)
// keyed by a secret of the worker. Junk is so told from checks of known sessions for one SipHash,
// before any HMAC (RFC 8445 §5.3 asks for 24 random bits at least: the tag is what cannot be
// guessed).
#pragma once

#include "base/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::ice {

inline constexpr size_t kUfragSize = 16;

struct UfragFields {
  uint32_t slot = 0;        // below 2^24
  uint32_t generation = 0;  // of the slot
  uint8_t restart = 0;      // counts the ICE restarts of the session

  bool operator==(const UfragFields&) const = default;
};

[[nodiscard]] std::string encode_ufrag(const UfragFields& fields, const SipKey& key);

// Nothing unless `ufrag` was made by encode_ufrag with the same key.
[[nodiscard]] std::optional<UfragFields> decode_ufrag(std::string_view ufrag, const SipKey& key);

}  // namespace lectern::ice
