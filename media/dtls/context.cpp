#include "media/dtls/context.h"

#include "base/check.h"
#include "media/dtls/handshake.h"
#include "media/dtls/slim_library.h"

#include <openssl/ssl.h>

namespace lectern::dtls {
namespace {

// RFC 8827 §6.5 asks for the first. RSA for peers whose own certificate is RSA (GStreamer's).
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA";
// P-256 has to be there for our certificate's sake, whatever the key exchange picks.
constexpr const char* kGroups = "X25519:P-256";
constexpr const char* kSignatures =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA+SHA512";
constexpr long kMaxCertificateChain = 16 * 1024;  // octets; bounds what a handshake may buffer

constexpr uint64_t kOptions = SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                              SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;

}  // namespace

void Context::Free::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

Context::Context(const Certificate& certificate)
    : context_(SSL_CTX_new_ex(slim_library(), nullptr, DTLS_method())),
      fingerprint_(certificate.fingerprint()) {
  SSL_CTX* context = context_.get();
  LECTERN_CHECK(context != nullptr);
  LECTERN_CHECK(SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1);
  LECTERN_CHECK(SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1);
  LECTERN_CHECK(SSL_CTX_set_cipher_list(context, kCiphers) == 1);
  LECTERN_CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  LECTERN_CHECK(SSL_CTX_set1_sigalgs_list(context, kSignatures) == 1);
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateChain);
  LECTERN_CHECK(SSL_CTX_use_certificate(context, certificate.x509()) == 1);
  LECTERN_CHECK(SSL_CTX_use_PrivateKey(context, certificate.private_key()) == 1);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Handshake::verify_peer, nullptr);
}

}  // namespace lectern::dtls
