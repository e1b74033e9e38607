// What all DTLS endpoints of a process share: one SSL_CTX. DTLS 1.2, ephemeral ECDH, the peer's
// certificate required, no session tickets or cache, no renegotiation, datagrams of 1200 octets.
//
// Left out on purpose: HelloVerifyRequest (ICE has proved the path before the first octet of DTLS
// is read, and a browser's ClientHello comes in two datagrams, which DTLSv1_listen cannot take),
// DTLS 1.0, DTLS 1.3 (not in OpenSSL 3.0).
#pragma once

#include "media/dtls/certificate.h"

#include <openssl/types.h>

#include <memory>

namespace lectern::dtls {

// Octets of a DTLS datagram we send: fits a 1280-octet IPv6 path with room for tunnels.
inline constexpr long kMtu = 1200;

class Context {
 public:
  explicit Context(const Certificate& certificate);

  // What the SDP says of us.
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] SSL_CTX* native() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };

  std::unique_ptr<SSL_CTX, Free> context_;
  Fingerprint fingerprint_;
};

}  // namespace lectern::dtls
