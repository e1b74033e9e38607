// From a master key to session keys: RFC 3711 §4.3 with a key derivation rate of 0, and RFC 7714
// §11.
#pragma once

#include "media/srtp/profile.h"

#include <array>
#include <cstdint>

namespace lectern::srtp {

// The keys of RTP, or of RTCP, in one direction.
struct StreamKeys {
  std::array<uint8_t, kKeySize> encryption{};
  std::array<uint8_t, kMaxSaltSize> salt{};
  std::array<uint8_t, 20> authentication{};  // AES_CM_128_HMAC_SHA1_80 only
};

struct SessionKeys {
  StreamKeys rtp;
  StreamKeys rtcp;
};

[[nodiscard]] SessionKeys derive_session_keys(Profile profile, const MasterKey& master);

}  // namespace lectern::srtp
