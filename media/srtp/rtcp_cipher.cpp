#include "media/srtp/rtcp_cipher.h"

#include "base/check.h"
#include "base/digest.h"
#include "media/srtp/aes.h"
#include "media/srtp/hmac_sha1.h"
#include "media/srtp/initialization_vector.h"

#include <algorithm>

namespace lectern::srtp {
namespace {

constexpr size_t kClearHeaderSize = 8;  // RFC 3711 §3.4: the first header and its SSRC stay clear
constexpr uint32_t kEncryptedFlag = 0x80000000;

}  // namespace

size_t RtcpCipher::seal(MutableBytes buffer, size_t size, uint32_t index) const {
  const size_t tag = tag_size(profile_);
  LECTERN_CHECK(index <= kMaxIndex && size >= kClearHeaderSize &&
                buffer.size() >= size + tag + kRtcpIndexSize);
  const uint32_t ssrc = load_be32(buffer.data() + 4);
  const MutableBytes payload = buffer.subspan(kClearHeaderSize, size - kClearHeaderSize);
  if (profile_ == Profile::kAeadAes128Gcm) {
    // RFC 7714 §9.2: the tag follows the ciphertext, the index word comes last and is
    // authenticated.
    uint8_t* trailer = buffer.data() + size + tag;
    store_be32(trailer, kEncryptedFlag | index);
    GcmSealer(keys_.encryption)
        .seal(rtcp_gcm_iv(keys_.salt, ssrc, index), buffer.first(kClearHeaderSize),
              Bytes(trailer, kRtcpIndexSize), payload, buffer.subspan(size, tag));
  } else {
    CtrCipher(keys_.encryption).apply(ctr_iv(keys_.salt, ssrc, index), payload);
    store_be32(buffer.data() + size, kEncryptedFlag | index);
    const auto digest =
        HmacSha1(keys_.authentication).of(buffer.first(size + kRtcpIndexSize), Bytes());
    std::copy_n(digest.begin(), tag, buffer.data() + size + kRtcpIndexSize);
  }
  return size + tag + kRtcpIndexSize;
}

std::optional<RtcpCipher::Header> RtcpCipher::peek(Bytes packet) const {
  const size_t trailer = tag_size(profile_) + kRtcpIndexSize;
  if (packet.size() < kClearHeaderSize + trailer || packet[0] >> 6 != 2) return std::nullopt;
  const size_t from_end = profile_ == Profile::kAeadAes128Gcm ? kRtcpIndexSize : trailer;
  const uint32_t word = load_be32(packet.data() + packet.size() - from_end);
  if ((word & kEncryptedFlag) == 0) return std::nullopt;
  return Header{load_be32(packet.data() + 4), word & kMaxIndex};
}

std::optional<MutableBytes> RtcpCipher::open(MutableBytes packet, const Header& header) const {
  const size_t tag = tag_size(profile_);
  const size_t size = packet.size() - tag - kRtcpIndexSize;
  const MutableBytes payload = packet.subspan(kClearHeaderSize, size - kClearHeaderSize);
  if (profile_ == Profile::kAeadAes128Gcm) {
    const bool is_authentic = GcmOpener(keys_.encryption)
                                  .open(rtcp_gcm_iv(keys_.salt, header.ssrc, header.index),
                                        packet.first(kClearHeaderSize), packet.last(kRtcpIndexSize),
                                        payload, packet.subspan(size, tag));
    if (!is_authentic) return std::nullopt;
  } else {
    const auto digest =
        HmacSha1(keys_.authentication).of(packet.first(size + kRtcpIndexSize), Bytes());
    if (!equal_in_constant_time(Bytes(digest).first(tag), packet.last(tag))) return std::nullopt;
    CtrCipher(keys_.encryption).apply(ctr_iv(keys_.salt, header.ssrc, header.index), payload);
  }
  return packet.first(size);
}

}  // namespace lectern::srtp
