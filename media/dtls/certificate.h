// The certificate a process shows in every DTLS handshake: P-256, self-signed, made in memory when
// the process starts and never stored. Nobody checks its name or its dates: peers compare its
// SHA-256 with the a=fingerprint of the SDP (RFC 8122 §5).
#pragma once

#include "base/digest.h"

#include <openssl/types.h>

#include <memory>
#include <string>

namespace lectern::dtls {

// SHA-256 of a certificate's DER form, the only fingerprint we give or take.
using Fingerprint = Sha256Digest;

// "AB:CD:...": the form of RFC 8122 §5, without the name of the hash.
std::string to_sdp(const Fingerprint& fingerprint);

class Certificate {
 public:
  // A new key pair from OpenSSL's own randomness. About 0.2 ms.
  [[nodiscard]] static Certificate generate();

  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] X509* x509() const { return x509_.get(); }
  [[nodiscard]] EVP_PKEY* private_key() const { return key_.get(); }

 private:
  struct Free {
    void operator()(X509* x509) const;
    void operator()(EVP_PKEY* key) const;
  };

  Certificate(std::unique_ptr<EVP_PKEY, Free> key, std::unique_ptr<X509, Free> x509);

  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> x509_;
  Fingerprint fingerprint_{};
};

}  // namespace lectern::dtls
