// Egress over OpenSSL's EVP: one keyed context per session. Works on every machine.
#pragma once

#include "media/srtp/key_derivation.h"
#include "media/srtp/protector.h"

#include <memory>

namespace lectern::srtp {

[[nodiscard]] std::unique_ptr<Protector> make_evp_gcm_protector(const SessionKeys& keys);
[[nodiscard]] std::unique_ptr<Protector> make_evp_cm_protector(const SessionKeys& keys);

}  // namespace lectern::srtp
