// SRTP AEAD_AES_128_GCM for a key of each receiver, in two ways.
//
//   evp:        OpenSSL's EVP with nothing around it but the nonce of RFC 7714 §8.1: the yardstick
//   protector:  srtp::make_protector(), which is what the server uses
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lectern::bench {

inline constexpr size_t kHeader = 20;  // with one header extension of 8 bytes
inline constexpr size_t kTag = 16;

class Ciphers {
 public:
  virtual ~Ciphers() = default;
  // Copies the clear packet (header and `payload` bytes) to `out`, numbers it and protects it there
  // under the key of `receiver`. `out`: room for the tag. No number twice under one key.
  virtual void seal(size_t receiver, uint32_t number, Bytes packet, MutableBytes out) = 0;
};

[[nodiscard]] std::unique_ptr<Ciphers> make_evp_ciphers(size_t receivers);
[[nodiscard]] std::unique_ptr<Ciphers> make_protector_ciphers(size_t receivers);

// Whether both give the same packets: a check of ourselves, for sizes from nothing to 1,400 bytes.
[[nodiscard]] bool ciphers_agree();

}  // namespace lectern::bench
