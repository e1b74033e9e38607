#include "media/srtp/key_derivation.h"

#include "media/srtp/aes.h"

#include <algorithm>

namespace lectern::srtp {
namespace {

// RFC 3711 §4.3.1-4.3.2.
enum class Label : uint8_t {
  kRtpEncryption = 0,
  kRtpAuthentication = 1,
  kRtpSalt = 2,
  kRtcpEncryption = 3,
  kRtcpAuthentication = 4,
  kRtcpSalt = 5,
};

void derive(CtrCipher& prf, const MasterKey& master, Label label, MutableBytes out) {
  CtrIv iv{};
  std::ranges::copy(master.salt, iv.begin());
  iv[7] ^=
      static_cast<uint8_t>(label);  // key_id = label | 48 zero bits, right-aligned with the salt
  std::ranges::fill(out, uint8_t{0});
  prf.apply(iv, out);
}

}  // namespace

SessionKeys derive_session_keys(Profile profile, const MasterKey& master) {
  CtrCipher prf(master.key);
  SessionKeys keys;
  const size_t salt = salt_size(profile);
  derive(prf, master, Label::kRtpEncryption, keys.rtp.encryption);
  derive(prf, master, Label::kRtpSalt, MutableBytes(keys.rtp.salt).first(salt));
  derive(prf, master, Label::kRtcpEncryption, keys.rtcp.encryption);
  derive(prf, master, Label::kRtcpSalt, MutableBytes(keys.rtcp.salt).first(salt));
  if (profile == Profile::kAesCm128HmacSha1_80) {
    derive(prf, master, Label::kRtpAuthentication, keys.rtp.authentication);
    derive(prf, master, Label::kRtcpAuthentication, keys.rtcp.authentication);
  }
  return keys;
}

}  // namespace lectern::srtp
