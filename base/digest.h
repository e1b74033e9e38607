// Digests, keyed tags and text codings that several layers need. OpenSSL is called here, over
// memory only.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern {

using Sha1Digest = std::array<uint8_t, 20>;
using Sha256Digest = std::array<uint8_t, 32>;
using SipKey = std::array<uint8_t, 16>;

// HMAC-SHA1 (RFC 2104) of the concatenation `first` | `second`; the second part may be empty.
Sha1Digest hmac_sha1(Bytes key, Bytes first, Bytes second = {});
Sha256Digest sha256(Bytes data);
// HMAC-SHA256 (RFC 2104).
Sha256Digest hmac_sha256(Bytes key, Bytes data);

// CRC-32 of ISO 3309, as STUN's FINGERPRINT uses it (RFC 8489 §14.7), not yet XORed.
uint32_t crc32(Bytes data);

// SipHash-2-4: a short keyed tag against junk and hash flooding, not a signature.
uint64_t siphash(const SipKey& key, Bytes data);

// Time does not depend on where the first difference stands. Different sizes are unequal.
bool equal_in_constant_time(Bytes a, Bytes b);

std::string to_hex(Bytes data);
// nullopt for an odd count or a character that is no hex digit.
std::optional<std::vector<uint8_t>> from_hex(std::string_view text);

// base64url without padding (RFC 4648 §5).
std::string to_base64url(Bytes data);
std::optional<std::vector<uint8_t>> from_base64url(std::string_view text);

}  // namespace lectern
