// SRTP and SRTCP of a receiver through libsrtp2, and nothing of ours in between but bounds.
#pragma once

#include "media/srtp/unprotector.h"

#include <memory>
#include <vector>

struct srtp_ctx_t_;

namespace lectern::srtp {

class LibsrtpUnprotector final : public Unprotector {
 public:
  LibsrtpUnprotector(Profile profile, const MasterKey& master);

  Unprotected unprotect_rtp(MutableBytes packet) override;
  Unprotected unprotect_rtcp(MutableBytes packet) override;

 private:
  struct Free {
    void operator()(srtp_ctx_t_* session) const;
  };

  // libsrtp makes a stream for every SSRC that authenticates; this is what bounds it.
  [[nodiscard]] bool has_room_for(uint32_t ssrc) const;
  void remember(uint32_t ssrc);

  std::unique_ptr<srtp_ctx_t_, Free> session_;
  std::vector<uint32_t> sources_;
  Profile profile_;
};

}  // namespace lectern::srtp
