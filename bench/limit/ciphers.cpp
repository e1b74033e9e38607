#include "bench/limit/ciphers.h"

#include "base/check.h"
#include "base/rng.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/protector.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace lectern::bench {
namespace {

// Any key will do, as long as both ways use the same.
srtp::MasterKey key_of(size_t receiver) {
  Rng rng(receiver + 1);
  srtp::MasterKey master;
  rng.fill(master.key);
  rng.fill(MutableBytes(master.salt).first(12));
  return master;
}

void copy_numbered(Bytes packet, size_t size, uint32_t number, MutableBytes out) {
  std::memcpy(out.data(), packet.data(), size);
  store_be16(&out[2], static_cast<uint16_t>(number));
}

class EvpCiphers final : public Ciphers {
 public:
  explicit EvpCiphers(size_t receivers)
      : cipher_(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)) {
    const std::array<uint8_t, 12> nonce{};
    for (size_t i = 0; i < receivers; ++i) {
      const srtp::SessionKeys keys =
          srtp::derive_session_keys(srtp::Profile::kAeadAes128Gcm, key_of(i));
      EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
      LECTERN_CHECK(EVP_EncryptInit_ex2(context, cipher_, keys.rtp.encryption.data(), nonce.data(),
                                        nullptr) == 1);
      keys_.push_back({.context = context, .salt = {}});
      std::ranges::copy_n(keys.rtp.salt.begin(), 12, keys_.back().salt.begin());
    }
  }
  EvpCiphers(const EvpCiphers&) = delete;
  EvpCiphers& operator=(const EvpCiphers&) = delete;
  ~EvpCiphers() override {
    for (const Key& key : keys_) EVP_CIPHER_CTX_free(key.context);
    EVP_CIPHER_free(cipher_);
  }

  // What fails here fails in ciphers_agree(), where it is seen.
  void seal(size_t receiver, uint32_t number, Bytes packet, MutableBytes out) override {
    const Key& key = keys_[receiver];
    copy_numbered(packet, kHeader, number, out);
    std::array<uint8_t, 12> nonce = key.salt;
    for (size_t i = 0; i < 4; ++i) nonce[2 + i] ^= packet[8 + i];
    for (size_t i = 0; i < 4; ++i) nonce[8 + i] ^= static_cast<uint8_t>(number >> (24 - 8 * i));
    EVP_EncryptInit_ex(key.context, nullptr, nullptr, nullptr, nonce.data());
    EVP_Cipher(key.context, nullptr, out.data(), kHeader);
    EVP_Cipher(key.context, &out[kHeader], &packet[kHeader],
               static_cast<unsigned>(packet.size() - kHeader));
    EVP_Cipher(key.context, nullptr, nullptr, 0);
    std::array tag = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, &out[packet.size()], kTag),
        OSSL_PARAM_construct_end()};
    EVP_CIPHER_CTX_get_params(key.context, tag.data());
  }

 private:
  struct Key {
    EVP_CIPHER_CTX* context;
    std::array<uint8_t, 12> salt;
  };
  EVP_CIPHER* cipher_;
  std::vector<Key> keys_;
};

class ProtectorCiphers final : public Ciphers {
 public:
  explicit ProtectorCiphers(size_t receivers) {
    for (size_t i = 0; i < receivers; ++i)
      protectors_.push_back(srtp::make_protector(srtp::Profile::kAeadAes128Gcm, key_of(i)));
  }

  void seal(size_t receiver, uint32_t number, Bytes packet, MutableBytes out) override {
    copy_numbered(packet, packet.size(), number, out);
    LECTERN_CHECK(protectors_[receiver]->protect_rtp(out, kHeader, packet.size(), number) ==
                  packet.size() + kTag);
  }

 private:
  std::vector<std::unique_ptr<srtp::Protector>> protectors_;
};

}  // namespace

std::unique_ptr<Ciphers> make_evp_ciphers(size_t receivers) {
  return std::make_unique<EvpCiphers>(receivers);
}

std::unique_ptr<Ciphers> make_protector_ciphers(size_t receivers) {
  return std::make_unique<ProtectorCiphers>(receivers);
}

bool ciphers_agree() {
  constexpr size_t kLargest = 1400;
  constexpr size_t kReceivers = 3;
  EvpCiphers evp(kReceivers);
  ProtectorCiphers protectors(kReceivers);
  std::vector<uint8_t> packet(kHeader + kLargest, 0x5a);
  packet[0] = 0x90;
  store_be32(&packet[12], 0xBEDE0001);
  std::vector<uint8_t> one(packet.size() + kTag);
  std::vector<uint8_t> other(packet.size() + kTag);
  for (size_t payload = 0; payload <= kLargest; ++payload) {
    const Bytes clear = Bytes(packet).first(kHeader + payload);
    const auto number = static_cast<uint32_t>(payload * 977);
    evp.seal(payload % kReceivers, number, clear, one);
    protectors.seal(payload % kReceivers, number, clear, other);
    if (!std::equal(one.begin(), one.begin() + static_cast<ptrdiff_t>(clear.size() + kTag),
                    other.begin()))
      return false;
  }
  return true;
}

}  // namespace lectern::bench
