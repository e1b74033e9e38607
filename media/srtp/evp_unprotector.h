// SRTP and SRTCP of a receiver over OpenSSL's EVP.
#pragma once

#include "media/srtp/aes.h"
#include "media/srtp/hmac_sha1.h"
#include "media/srtp/initialization_vector.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/replay_window.h"
#include "media/srtp/rtcp_receiver.h"
#include "media/srtp/rtp_shape.h"
#include "media/srtp/unprotector.h"

#include <optional>
#include <vector>

namespace lectern::srtp {

class EvpUnprotector final : public Unprotector {
 public:
  EvpUnprotector(Profile profile, const SessionKeys& keys);

  Unprotected unprotect_rtp(MutableBytes packet) override;
  Unprotected unprotect_rtcp(MutableBytes packet) override { return rtcp_.unprotect(packet); }

 private:
  struct Source {
    uint32_t ssrc = 0;
    ReplayWindow<kReplayWindow> window;
  };

  struct Authenticated {  // AES_CM_128_HMAC_SHA1_80
    CtrCipher cipher;
    HmacSha1 authentication;
  };

  [[nodiscard]] std::optional<MutableBytes> open(MutableBytes packet, const RtpShape& shape,
                                                 uint64_t index);

  std::optional<GcmOpener> gcm_;
  std::optional<Authenticated> cm_;
  Salt salt_;
  RtcpReceiver rtcp_;
  std::vector<Source> sources_;
};

}  // namespace lectern::srtp
