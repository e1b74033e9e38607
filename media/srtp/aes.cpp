#include "media/srtp/aes.h"

#include "base/check.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace lectern::srtp {
namespace {

// A fetch walks the provider's tables under a lock; once per process is enough.
const EVP_CIPHER* fetch(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  LECTERN_CHECK(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* aes_128_gcm() {
  static const EVP_CIPHER* const kCipher = fetch("AES-128-GCM");
  return kCipher;
}

const EVP_CIPHER* aes_128_ctr() {
  static const EVP_CIPHER* const kCipher = fetch("AES-128-CTR");
  return kCipher;
}

CipherContext keyed(const EVP_CIPHER* cipher, const AesKey& key, int is_encryption) {
  CipherContext context(EVP_CIPHER_CTX_new());
  LECTERN_CHECK(context != nullptr);
  LECTERN_CHECK(
      EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr, is_encryption) == 1);
  return context;
}

void set_iv(EVP_CIPHER_CTX* context, const uint8_t* iv) {
  LECTERN_CHECK(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv, -1) == 1);
}

// EVP_Cipher() goes straight to the provider; EVP_CipherUpdate() checks for overlap first.
void update(EVP_CIPHER_CTX* context, uint8_t* out, Bytes in) {
  if (in.empty()) return;
  LECTERN_CHECK(EVP_Cipher(context, out, in.data(), static_cast<unsigned>(in.size())) >= 0);
}

}  // namespace

void CipherContextFree::operator()(EVP_CIPHER_CTX* context) const {
  EVP_CIPHER_CTX_free(context);
}

GcmSealer::GcmSealer(const AesKey& key) : context_(keyed(aes_128_gcm(), key, 1)) {}

void GcmSealer::seal(const GcmIv& iv, Bytes aad, Bytes more_aad, MutableBytes data,
                     MutableBytes tag) {
  EVP_CIPHER_CTX* context = context_.get();
  set_iv(context, iv.data());
  update(context, nullptr, aad);
  update(context, nullptr, more_aad);
  update(context, data.data(), data);
  LECTERN_CHECK(EVP_Cipher(context, nullptr, nullptr, 0) >= 0);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), tag.size()),
      OSSL_PARAM_construct_end()};
  LECTERN_CHECK(EVP_CIPHER_CTX_get_params(context, parameters) == 1);
}

GcmOpener::GcmOpener(const AesKey& key) : context_(keyed(aes_128_gcm(), key, 0)) {}

bool GcmOpener::open(const GcmIv& iv, Bytes aad, Bytes more_aad, MutableBytes data, Bytes tag) {
  EVP_CIPHER_CTX* context = context_.get();
  set_iv(context, iv.data());
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                        const_cast<uint8_t*>(tag.data()), tag.size()),
      OSSL_PARAM_construct_end()};
  LECTERN_CHECK(EVP_CIPHER_CTX_set_params(context, parameters) == 1);
  update(context, nullptr, aad);
  update(context, nullptr, more_aad);
  update(context, data.data(), data);
  return EVP_Cipher(context, nullptr, nullptr, 0) >= 0;
}

CtrCipher::CtrCipher(const AesKey& key) : context_(keyed(aes_128_ctr(), key, 1)) {}

void CtrCipher::apply(const CtrIv& iv, MutableBytes data) {
  set_iv(context_.get(), iv.data());
  update(context_.get(), data.data(), data);
}

}  // namespace lectern::srtp
