#include "media/srtp/engine.h"

#include "base/check.h"
#include "media/srtp/evp_protector.h"
#include "media/srtp/ipsec_mb.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/self_check.h"

namespace lectern::srtp {

bool ipsec_mb_works() {
  static const bool kWorks = has_ipsec_mb() && passes_self_check(make_ipsec_mb_protector);
  return kWorks;
}

Engine fastest_engine() {
  return ipsec_mb_works() ? Engine::kIpsecMb : Engine::kEvp;
}

std::string_view name_of(Engine engine) noexcept {
  return engine == Engine::kIpsecMb ? "ipsec-mb" : "evp";
}

std::unique_ptr<Protector> make_protector(Profile profile, const MasterKey& master) {
  return make_protector(fastest_engine(), profile, master);
}

std::unique_ptr<Protector> make_protector(Engine engine, Profile profile, const MasterKey& master) {
  const SessionKeys keys = derive_session_keys(profile, master);
  if (profile == Profile::kAesCm128HmacSha1_80) return make_evp_cm_protector(keys);
  if (engine == Engine::kEvp) return make_evp_gcm_protector(keys);
  LECTERN_CHECK(ipsec_mb_works());
  return make_ipsec_mb_protector(keys);
}

}  // namespace lectern::srtp
