// What computes AES-GCM on this machine. AES_CM_128_HMAC_SHA1_80 and SRTCP are EVP's everywhere.
#pragma once

#include "media/srtp/profile.h"
#include "media/srtp/protector.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace lectern::srtp {

enum class Engine : std::uint8_t { kEvp, kIpsecMb };

/// What make_protector() of protector.h takes, chosen once per process: libipsec-mb where the build
/// has it, the processor has AES-NI and PCLMULQDQ, and its output is that of RFC 7714 and of EVP
/// (see self_check.h). The first call costs about 3 ms.
[[nodiscard]] Engine fastest_engine();

/// For logs and metrics: "evp", "ipsec-mb".
[[nodiscard]] std::string_view name_of(Engine engine) noexcept;

/// A protector by a named engine, for tests and benchmarks. kIpsecMb only where ipsec_mb_works().
[[nodiscard]] std::unique_ptr<Protector> make_protector(Engine engine, Profile profile,
                                                        const MasterKey& master);

/// True when Engine::kIpsecMb may be asked for here.
[[nodiscard]] bool ipsec_mb_works();

}  // namespace lectern::srtp
