// An OpenSSL library context for handshakes alone. To read the key out of a peer's certificate,
// OpenSSL 3.0 looks through all decoders and key types of its default provider, each time: a fifth
// of what a handshake costs. This context has the same provider, but of these two kinds only what
// a certificate of a peer can hold (EC, RSA), the key exchange needs (X25519, EC) and the record
// layer of CBC suites (HMAC); encoders and stores, which no handshake needs, are not there at all.
//
// Left out on purpose: everything else about providers. All computation is OpenSSL's own.
#pragma once

#include <openssl/types.h>

namespace lectern::dtls {

// Made at the first call and kept until the process ends. nullptr, which is OpenSSL's name for its
// default context, should it not take the provider.
[[nodiscard]] OSSL_LIB_CTX* slim_library();

}  // namespace lectern::dtls
