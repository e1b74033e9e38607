// TokenAuthority over libjwt, HS256 (a secret) or ES256 (P-256 keys in PEM). Memory only.
//
// The algorithm is the key's and is compared before the signature is looked at: a token that calls
// itself HS256 is never checked against the text of a public ES256 key (RFC 8725 §3.1).
#pragma once

#include "base/result.h"
#include "signaling/terms/token.h"

#include <memory>
#include <string>
#include <string_view>

namespace lectern::signaling {

// `secret`: at least 32 bytes (RFC 7518 §3.2).
[[nodiscard]] Result<std::unique_ptr<TokenAuthority>> make_hs256_authority(
    const std::string& secret);

// `pem`: a P-256 public key (`BEGIN PUBLIC KEY`) to verify with and, in the same text, the private
// key if tokens are to be minted. libjwt derives no public key from a private one, hence both.
[[nodiscard]] Result<std::unique_ptr<TokenAuthority>> make_es256_authority(const std::string& pem);

}  // namespace lectern::signaling
