#include "media/srtp/engine.h"

#include "base/check.h"
#include "media/srtp/evp_protector.h"
#include "media/srtp/ipsec_mb.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/self_check.h"

namespace lectern::srtp {
namespace {

// The one choice of a process, made before its first session.
Engine& chosen() {
  static Engine engine = fastest_engine();
  return engine;
}

}  // namespace

std::string_view why_no_ipsec_mb() {
  static const std::string_view kReason = [] {
    std::string_view reason = ipsec_mb_obstacle();
    if (reason.empty() && !passes_self_check(make_ipsec_mb_protector))
      reason = "what libipsec-mb writes is not what RFC 7714 and OpenSSL say";
    return reason;
  }();
  return kReason;
}

bool ipsec_mb_works() {
  return why_no_ipsec_mb().empty();
}

Engine fastest_engine() {
  return ipsec_mb_works() ? Engine::kIpsecMb : Engine::kEvp;
}

Engine engine_in_use() {
  return chosen();
}

void use_engine(Engine engine) {
  LECTERN_CHECK(engine == Engine::kEvp || ipsec_mb_works());
  chosen() = engine;
}

std::string_view name_of(Engine engine) noexcept {
  return engine == Engine::kIpsecMb ? "ipsec-mb" : "openssl";
}

std::unique_ptr<Protector> make_protector(Profile profile, const MasterKey& master) {
  return make_protector(engine_in_use(), profile, master);
}

std::unique_ptr<Protector> make_protector(Engine engine, Profile profile, const MasterKey& master) {
  const SessionKeys keys = derive_session_keys(profile, master);
  if (profile == Profile::kAesCm128HmacSha1_80) return make_evp_cm_protector(keys);
  if (engine == Engine::kEvp) return make_evp_gcm_protector(keys);
  LECTERN_CHECK(ipsec_mb_works());
  return make_ipsec_mb_protector(keys);
}

}  // namespace lectern::srtp
