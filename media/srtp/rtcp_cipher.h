// SRTCP of one direction without any state but its keys (RFC 3711 §3.4, RFC 7714 §9).
//
// RTCP is some packets a second, so the AES key is expanded for each: about 1 µs, and a context of
// 1.2 KB less per session and direction.
#pragma once

#include "base/bytes.h"
#include "media/srtp/key_derivation.h"
#include "media/srtp/profile.h"

#include <optional>

namespace lectern::srtp {

class RtcpCipher {
 public:
  static constexpr uint32_t kMaxIndex = 0x7fffffff;

  struct Header {
    uint32_t ssrc = 0;
    uint32_t index = 0;
  };

  RtcpCipher(Profile profile, const StreamKeys& keys) : keys_(keys), profile_(profile) {}

  [[nodiscard]] Profile profile() const { return profile_; }

  // `buffer`: the compound packet of `size` octets and room behind it. Returns the size sealed.
  [[nodiscard]] size_t seal(MutableBytes buffer, size_t size, uint32_t index) const;

  // SSRC of the sender and SRTCP index, neither authenticated yet. Nothing when the packet is too
  // short, of another version, or not encrypted.
  [[nodiscard]] std::optional<Header> peek(Bytes packet) const;

  // Decrypts in place. Returns the clear packet; nothing when the tag does not fit. `header` is
  // what peek() said.
  [[nodiscard]] std::optional<MutableBytes> open(MutableBytes packet, const Header& header) const;

 private:
  StreamKeys keys_;
  Profile profile_;
};

}  // namespace lectern::srtp
