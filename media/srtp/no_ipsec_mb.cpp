// Built where there is no libipsec-mb: see ipsec_mb.h.
#include "media/srtp/evp_protector.h"
#include "media/srtp/ipsec_mb.h"

namespace lectern::srtp {

std::string_view ipsec_mb_obstacle() {
  return "this build has no libipsec-mb, which exists for x86-64 alone";
}

std::unique_ptr<Protector> make_ipsec_mb_protector(const SessionKeys& keys) {
  return make_evp_gcm_protector(keys);
}

}  // namespace lectern::srtp
