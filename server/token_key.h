// The key that signs and checks tokens, from a file.
#pragma once

#include "base/result.h"
#include "signaling/terms/token.h"

#include <memory>
#include <string>

namespace lectern::server {

// `key_file`: a secret of 32 bytes or more (HS256), or P-256 keys in PEM (ES256): the public key to
// check tokens with and, in the same file, the private key if tokens are to be made. When it is
// empty and `dev` is set, the secret in `<data>/dev.key`, made now (0600) when there is none.
// Errors: no key is named, it cannot be read or used.
[[nodiscard]] Result<std::unique_ptr<signaling::TokenAuthority>> load_token_authority(
    const std::string& key_file, const std::string& data, bool dev);

}  // namespace lectern::server
