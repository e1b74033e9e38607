#include "media/srtp/evp_protector.h"

#include "media/srtp/aes.h"
#include "media/srtp/hmac_sha1.h"
#include "media/srtp/initialization_vector.h"
#include "media/srtp/session_protector.h"

#include <algorithm>

namespace lectern::srtp {
namespace {

class GcmProtector final : public SessionProtector {
 public:
  explicit GcmProtector(const SessionKeys& keys)
      : SessionProtector(Profile::kAeadAes128Gcm, keys.rtcp),
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

class CmProtector final : public SessionProtector {
 public:
  explicit CmProtector(const SessionKeys& keys)
      : SessionProtector(Profile::kAesCm128HmacSha1_80, keys.rtcp),
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

std::unique_ptr<Protector> make_evp_gcm_protector(const SessionKeys& keys) {
  return std::make_unique<GcmProtector>(keys);
}

std::unique_ptr<Protector> make_evp_cm_protector(const SessionKeys& keys) {
  return std::make_unique<CmProtector>(keys);
}

}  // namespace lectern::srtp
