// HMAC-SHA1 (RFC 2104) with the two padded keys hashed once: a packet then costs its own blocks and
// one more, and no allocation. EVP's HMAC copies its context on the heap for every packet.
#pragma once

#include "base/bytes.h"

#include <array>

namespace lectern::srtp {

class HmacSha1 {
 public:
  using Digest = std::array<uint8_t, 20>;

  // `key`: at most 64 octets.
  explicit HmacSha1(Bytes key);

  // Of `first` | `second`.
  [[nodiscard]] Digest of(Bytes first, Bytes second) const;

 private:
  // SHA_CTX, under its own name only in the .cpp: OpenSSL 3.0 calls the type deprecated.
  struct alignas(4) Sha1State {
    std::array<uint8_t, 96> bytes;
  };

  Sha1State inner_;
  Sha1State outer_;
};

}  // namespace lectern::srtp
