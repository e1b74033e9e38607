// What computes AES-GCM on this machine. AES_CM_128_HMAC_SHA1_80 and SRTCP are EVP's everywhere.
#pragma once

#include "media/srtp/profile.h"
#include "media/srtp/protector.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace lectern::srtp {

enum class Engine : std::uint8_t { kEvp, kIpsecMb };

/// Where an operator asks for nothing: libipsec-mb where the build has it, the processor has AES-NI
/// and PCLMULQDQ, and its output is that of RFC 7714 and of EVP (see self_check.h). The first call
/// costs about 3 ms.
[[nodiscard]] Engine fastest_engine();

/// What make_protector() of protector.h takes in this process: the fastest one, until a process
/// says otherwise at its start. kIpsecMb only where ipsec_mb_works().
[[nodiscard]] Engine engine_in_use();
void use_engine(Engine engine);

/// For logs, metrics and settings: "openssl", "ipsec-mb".
[[nodiscard]] std::string_view name_of(Engine engine) noexcept;

/// A protector by a named engine, for tests and benchmarks. kIpsecMb only where ipsec_mb_works().
[[nodiscard]] std::unique_ptr<Protector> make_protector(Engine engine, Profile profile,
                                                        const MasterKey& master);

/// True when Engine::kIpsecMb may be asked for here.
[[nodiscard]] bool ipsec_mb_works();

/// Why it may not, as the end of a sentence; empty when it may.
[[nodiscard]] std::string_view why_no_ipsec_mb();

}  // namespace lectern::srtp
