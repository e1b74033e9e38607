// What protectors of every engine share: the shape that a caller must keep to, and SRTCP, which is
// some packets a second and therefore EVP's everywhere.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/profile.h"
#include "media/srtp/protector.h"
#include "media/srtp/rtcp_cipher.h"

#include <cstddef>
#include <cstdint>

namespace lectern::srtp {

// One index for all SSRCs of the session, which each sees growing.
class SessionProtector : public Protector {
 public:
  SessionProtector(Profile profile, const StreamKeys& rtcp) : rtcp_(profile, rtcp) {}

  size_t protect_rtcp(MutableBytes buffer, size_t size) final {
    LECTERN_CHECK(rtcp_index_ <=
                  RtcpCipher::kMaxIndex);  // RFC 3711 §9.2: never under one key twice
    return rtcp_.seal(buffer, size, rtcp_index_++);
  }

  Profile profile() const noexcept final { return rtcp_.profile(); }

 protected:
  // What a wrong caller would turn into a leak or a broken cipher.
  static void check_shape(Bytes buffer, size_t header_size, size_t size, size_t tag,
                          uint64_t index) {
    LECTERN_CHECK(header_size >= 12 && header_size <= size && buffer.size() >= size + tag);
    LECTERN_CHECK(load_be16(buffer.data() + 2) == static_cast<uint16_t>(index));
  }

 private:
  RtcpCipher rtcp_;
  uint32_t rtcp_index_ = 0;
};

}  // namespace lectern::srtp
