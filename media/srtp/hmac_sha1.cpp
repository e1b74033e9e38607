// OpenSSL's plain SHA-1 functions are deprecated in favour of EVP; there is no other way to keep a
// hash half-way without a heap object per packet.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "media/srtp/hmac_sha1.h"

#include "base/check.h"

#include <openssl/sha.h>

#include <bit>

namespace lectern::srtp {
namespace {

constexpr size_t kBlockSize = 64;

SHA_CTX keyed(Bytes key, uint8_t pad) {
  std::array<uint8_t, kBlockSize> block;
  block.fill(pad);
  for (size_t i = 0; i < key.size(); ++i) block[i] = static_cast<uint8_t>(key[i] ^ pad);
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  return state;
}

}  // namespace

HmacSha1::HmacSha1(Bytes key) {
  static_assert(sizeof(SHA_CTX) == sizeof(Sha1State));
  LECTERN_CHECK(key.size() <= kBlockSize);
  inner_ = std::bit_cast<Sha1State>(keyed(key, 0x36));
  outer_ = std::bit_cast<Sha1State>(keyed(key, 0x5c));
}

HmacSha1::Digest HmacSha1::of(Bytes first, Bytes second) const {
  Digest digest;
  auto inner = std::bit_cast<SHA_CTX>(inner_);
  SHA1_Update(&inner, first.data(), first.size());
  SHA1_Update(&inner, second.data(), second.size());
  SHA1_Final(digest.data(), &inner);
  auto outer = std::bit_cast<SHA_CTX>(outer_);
  SHA1_Update(&outer, digest.data(), digest.size());
  SHA1_Final(digest.data(), &outer);
  return digest;
}

}  // namespace lectern::srtp
