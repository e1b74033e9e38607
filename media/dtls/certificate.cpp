#include "media/dtls/certificate.h"

#include "base/check.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <utility>

namespace lectern::dtls {
namespace {

// RFC 5280 §4.1.2.5: no well-defined expiry. The dates are not looked at (RFC 8122 §6.2).
constexpr const char* kNotBefore = "20000101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";

// RFC 5280 §4.1.2.2 wants serial numbers apart from each other: a digest of the new key is.
void set_serial(X509* x509) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  LECTERN_CHECK(X509_pubkey_digest(x509, EVP_sha256(), digest.data(), nullptr) == 1);
  digest[0] &= 0x7f;
  LECTERN_CHECK(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), load_be64(digest.data())) ==
                1);
}

void set_name(X509* x509) {
  X509_NAME* name = X509_get_subject_name(x509);
  LECTERN_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           reinterpret_cast<const uint8_t*>("lectern"), -1, -1,
                                           0) == 1);
  LECTERN_CHECK(X509_set_issuer_name(x509, name) == 1);
}

}  // namespace

std::string to_sdp(const Fingerprint& fingerprint) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(fingerprint.size() * 3);
  for (const uint8_t octet : fingerprint) {
    if (!text.empty()) text += ':';
    text += kDigits[octet >> 4];
    text += kDigits[octet & 0x0f];
  }
  return text;
}

void Certificate::Free::operator()(X509* x509) const {
  X509_free(x509);
}
void Certificate::Free::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

Certificate::Certificate(std::unique_ptr<EVP_PKEY, Free> key, std::unique_ptr<X509, Free> x509)
    : key_(std::move(key)), x509_(std::move(x509)) {
  unsigned size = 0;
  LECTERN_CHECK(X509_digest(x509_.get(), EVP_sha256(), fingerprint_.data(), &size) == 1);
  LECTERN_CHECK(size == fingerprint_.size());
}

Certificate Certificate::generate() {
  std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
  std::unique_ptr<X509, Free> x509(X509_new());
  LECTERN_CHECK(key != nullptr && x509 != nullptr);
  LECTERN_CHECK(X509_set_version(x509.get(), X509_VERSION_3) == 1);
  set_name(x509.get());
  LECTERN_CHECK(ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), kNotBefore) == 1);
  LECTERN_CHECK(ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), kNotAfter) == 1);
  LECTERN_CHECK(X509_set_pubkey(x509.get(), key.get()) == 1);
  set_serial(x509.get());
  LECTERN_CHECK(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
  return {std::move(key), std::move(x509)};
}

}  // namespace lectern::dtls
