// The receiving end of SRTCP in one session: keys, and a replay window per sender.
#pragma once

#include "media/srtp/replay_window.h"
#include "media/srtp/rtcp_cipher.h"
#include "media/srtp/unprotector.h"

#include <vector>

namespace lectern::srtp {

class RtcpReceiver {
 public:
  RtcpReceiver(Profile profile, const StreamKeys& keys) : cipher_(profile, keys) {}

  Unprotected unprotect(MutableBytes packet);

 private:
  struct Source {
    uint32_t ssrc = 0;
    ReplayWindow<kRtcpReplayWindow> window;
  };

  RtcpCipher cipher_;
  std::vector<Source> sources_;
};

}  // namespace lectern::srtp
