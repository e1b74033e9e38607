// AES-128 in the two modes of SRTP, over memory. Each object is one OpenSSL context, keyed once;
// what changes from packet to packet is the IV alone.
#pragma once

#include "base/bytes.h"
#include "media/srtp/profile.h"

#include <openssl/types.h>

#include <array>
#include <memory>

namespace lectern::srtp {

using AesKey = std::array<uint8_t, kKeySize>;
using GcmIv = std::array<uint8_t, 12>;
using CtrIv = std::array<uint8_t, 16>;

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const;
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>;

// Encryption of AEAD_AES_128_GCM. About 0.35 µs for 100 octets, 0.5 µs for 1150.
class GcmSealer {
 public:
  explicit GcmSealer(const AesKey& key);
  // Encrypts `data` in place; `tag`: 16 octets. The additional data is `aad` | `more_aad`.
  void seal(const GcmIv& iv, Bytes aad, Bytes more_aad, MutableBytes data, MutableBytes tag);

 private:
  CipherContext context_;
};

class GcmOpener {
 public:
  explicit GcmOpener(const AesKey& key);
  // Decrypts `data` in place. False when the tag does not fit: `data` is garbage then.
  [[nodiscard]] bool open(const GcmIv& iv, Bytes aad, Bytes more_aad, MutableBytes data, Bytes tag);

 private:
  CipherContext context_;
};

// The key stream of AES in counter mode, XORed onto `data`; its own inverse.
class CtrCipher {
 public:
  explicit CtrCipher(const AesKey& key);
  void apply(const CtrIv& iv, MutableBytes data);

 private:
  CipherContext context_;
};

}  // namespace lectern::srtp
