#include "base/check.h"
#include "media/srtp/aes.h"
#include "media/srtp/hmac_sha1.h"
#include "media/srtp/initialization_vector.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/protector.h"
#include "media/srtp/rtcp_cipher.h"

#include <algorithm>

namespace lectern::srtp {
namespace {

// What a wrong caller would turn into a leak or a broken cipher.
void check_shape(MutableBytes buffer, size_t header_size, size_t size, size_t tag, uint64_t index) {
  LECTERN_CHECK(header_size >= 12 && header_size <= size && buffer.size() >= size + tag);
  LECTERN_CHECK(load_be16(buffer.data() + 2) == static_cast<uint16_t>(index));
}

// SRTCP is the same for both: one index for all SSRCs of the session, which each sees growing.
class EvpProtector : public Protector {
 public:
  EvpProtector(Profile profile, const StreamKeys& rtcp) : rtcp_(profile, rtcp) {}

  size_t protect_rtcp(MutableBytes buffer, size_t size) final {
    LECTERN_CHECK(rtcp_index_ <=
                  RtcpCipher::kMaxIndex);  // RFC 3711 §9.2: never under one key twice
    return rtcp_.seal(buffer, size, rtcp_index_++);
  }

  Profile profile() const noexcept final { return rtcp_.profile(); }

 private:
  RtcpCipher rtcp_;
  uint32_t rtcp_index_ = 0;
};

class GcmProtector final : public EvpProtector {
 public:
  explicit GcmProtector(const SessionKeys& keys)
      : EvpProtector(Profile::kAeadAes128Gcm, keys.rtcp),
        cipher_(keys.rtp.encryption),
        salt_(keys.rtp.salt) {}

  size_t protect_rtp(MutableBytes buffer, size_t header_size, size_t size,
                     uint64_t index) override {
    constexpr size_t kTag = tag_size(Profile::kAeadAes128Gcm);
    check_shape(buffer, header_size, size, kTag, index);
    const uint32_t ssrc = load_be32(buffer.data() + 8);
    cipher_.seal(rtp_gcm_iv(salt_, ssrc, index), buffer.first(header_size), Bytes(),
                 buffer.subspan(header_size, size - header_size), buffer.subspan(size, kTag));
    return size + kTag;
  }

 private:
  GcmSealer cipher_;
  Salt salt_;
};

class CmProtector final : public EvpProtector {
 public:
  explicit CmProtector(const SessionKeys& keys)
      : EvpProtector(Profile::kAesCm128HmacSha1_80, keys.rtcp),
        cipher_(keys.rtp.encryption),
        authentication_(keys.rtp.authentication),
        salt_(keys.rtp.salt) {}

  size_t protect_rtp(MutableBytes buffer, size_t header_size, size_t size,
                     uint64_t index) override {
    constexpr size_t kTag = tag_size(Profile::kAesCm128HmacSha1_80);
    check_shape(buffer, header_size, size, kTag, index);
    const uint32_t ssrc = load_be32(buffer.data() + 8);
    cipher_.apply(ctr_iv(salt_, ssrc, index), buffer.subspan(header_size, size - header_size));
    std::array<uint8_t, 4> roc;
    store_be32(roc.data(), static_cast<uint32_t>(index >> 16));
    const auto digest =
        authentication_.of(buffer.first(size), roc);  // RFC 3711 §4.2: M = packet|ROC
    std::copy_n(digest.begin(), kTag, buffer.data() + size);
    return size + kTag;
  }

 private:
  CtrCipher cipher_;
  HmacSha1 authentication_;
  Salt salt_;
};

}  // namespace

std::unique_ptr<Protector> make_protector(Profile profile, const MasterKey& master) {
  const SessionKeys keys = derive_session_keys(profile, master);
  if (profile == Profile::kAeadAes128Gcm) return std::make_unique<GcmProtector>(keys);
  return std::make_unique<CmProtector>(keys);
}

}  // namespace lectern::srtp
