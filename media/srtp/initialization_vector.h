// How SSRC, packet index and salt make the IV of each profile.
#pragma once

#include "base/bytes.h"
#include "media/srtp/aes.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lectern::srtp {

using Salt = std::array<uint8_t, kMaxSaltSize>;

namespace detail {

template <size_t kSize>
void xor_salt(std::array<uint8_t, kSize>& iv, const Salt& salt) {
  for (size_t i = 0; i < std::min(kSize, kMaxSaltSize); ++i) iv[i] ^= salt[i];
}

}  // namespace detail

// RFC 7714 §8.1: 0 | SSRC | ROC | SEQ. `index` is the 48 bits of ROC and SEQ.
inline GcmIv rtp_gcm_iv(const Salt& salt, uint32_t ssrc, uint64_t index) {
  GcmIv iv{};
  store_be32(iv.data() + 2, ssrc);
  store_be32(iv.data() + 6, static_cast<uint32_t>(index >> 16));
  store_be16(iv.data() + 10, static_cast<uint16_t>(index));
  detail::xor_salt(iv, salt);
  return iv;
}

// RFC 7714 §9.1: 0 | SSRC | 0 | index of 31 bits.
inline GcmIv rtcp_gcm_iv(const Salt& salt, uint32_t ssrc, uint32_t index) {
  GcmIv iv{};
  store_be32(iv.data() + 2, ssrc);
  store_be32(iv.data() + 8, index);
  detail::xor_salt(iv, salt);
  return iv;
}

// RFC 3711 §4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16, for RTP and RTCP alike.
inline CtrIv ctr_iv(const Salt& salt, uint32_t ssrc, uint64_t index) {
  CtrIv iv{};
  store_be32(iv.data() + 4, ssrc);
  store_be32(iv.data() + 8, static_cast<uint32_t>(index >> 16));
  store_be16(iv.data() + 12, static_cast<uint16_t>(index));
  detail::xor_salt(iv, salt);
  return iv;
}

}  // namespace lectern::srtp
