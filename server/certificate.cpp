#include "server/certificate.h"

#include <openssl/ssl.h>

#include <memory>

namespace lectern::server {

Result<void> check_certificate(const std::string& certificate, const std::string& private_key) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return error("the certificate " + certificate + " (tls_cert) cannot be read as PEM");
  }
  // The key is compared with the certificate as it is loaded, so a wrong pair fails here too.
  if (SSL_CTX_use_PrivateKey_file(context.get(), private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return error("the key " + private_key + " (tls_key) cannot be read as PEM or is not that of " +
                 certificate);
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get()))) <= 0) {
    return error("the certificate " + certificate + " has expired: renew it");
  }
  return {};
}

}  // namespace lectern::server
