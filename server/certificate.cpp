#include "server/certificate.h"

#include "server/system.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

namespace lectern::server {
namespace {

// `what`: "the certificate FILE (tls_cert)".
Result<void> check_readable(const std::string& what, const std::string& file) {
  const auto text = read_file(file);
  if (!text) {
    return error(what + " cannot be opened (" + text.error().code.message() +
                 "): name a PEM file that this user may read");
  }
  return {};
}

// Why OpenSSL did not take the key, and what to do.
std::string key_fault(const std::string& certificate) {
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
        ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH) {
      return " does not belong to " + certificate + ": give the key that it was made with";
    }
    if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_BAD_PASSWORD_READ) {
      return " has a passphrase: give it without one (openssl pkey -in KEY -out NEW)";
    }
  }
  return " holds no private key in PEM: its first line must be like -----BEGIN PRIVATE KEY-----";
}

}  // namespace

Result<void> check_certificate(const std::string& certificate, const std::string& private_key,
                               Expired expired) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  const std::string certificate_name = "the certificate " + certificate + " (tls_cert)";
  const std::string key_name = "the key " + private_key + " (tls_key)";
  if (const auto opened = check_readable(certificate_name, certificate); !opened) {
    return opened;
  }
  if (const auto opened = check_readable(key_name, private_key); !opened) {
    return opened;
  }
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return error(
        certificate_name +
        " holds no certificate in PEM: its first line must be -----BEGIN CERTIFICATE-----");
  }
  // OpenSSL would ask the terminal, and a service has none.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  ERR_clear_error();
  // The key is compared with the certificate as it is loaded, so a wrong pair fails here too.
  if (SSL_CTX_use_PrivateKey_file(context.get(), private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return error(key_name + key_fault(certificate));
  }
  if (expired == Expired::kIsRefused &&
      X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get()))) <= 0) {
    return error(certificate_name + " has expired: renew it");
  }
  return {};
}

}  // namespace lectern::server
