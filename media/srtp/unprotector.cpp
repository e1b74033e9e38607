#include "media/srtp/unprotector.h"

#include "media/srtp/evp_unprotector.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/libsrtp_unprotector.h"
#include "media/srtp/rtcp_receiver.h"

namespace lectern::srtp {
namespace {

class RtcpOnlyUnprotector final : public Unprotector {
 public:
  RtcpOnlyUnprotector(Profile profile, const SessionKeys& keys) : rtcp_(profile, keys.rtcp) {}

  Unprotected unprotect_rtp(MutableBytes /*packet*/) override {
    return std::unexpected(Refusal::kNotWanted);
  }
  Unprotected unprotect_rtcp(MutableBytes packet) override { return rtcp_.unprotect(packet); }

 private:
  RtcpReceiver rtcp_;
};

}  // namespace

std::unique_ptr<Unprotector> make_unprotector(Inbound kind, Profile profile,
                                              const MasterKey& master) {
  if (kind == Inbound::kLibsrtp) return std::make_unique<LibsrtpUnprotector>(profile, master);
  const SessionKeys keys = derive_session_keys(profile, master);
  if (kind == Inbound::kOwn) return std::make_unique<EvpUnprotector>(profile, keys);
  return std::make_unique<RtcpOnlyUnprotector>(profile, keys);
}

}  // namespace lectern::srtp
