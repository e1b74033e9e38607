// Egress SRTP: one keyed protector per session, nothing else kept.
//
// The caller passes the packet index (the sequence number extended to 48 bits), so that no state
// per SSRC lives here and packets may be protected in any order. The interface is virtual because
// what is fastest differs by processor and profile; make_protector() takes what engine.h has
// chosen.
//
// Left out on purpose: MKI, key derivation rates other than 0, unencrypted SRTP, and any guard
// against protecting two different packets under one (SSRC, index). Under GCM that would break the
// cipher (RFC 7714 §8.4): what is sent again goes out as RTX (RFC 4588), or octet for octet the
// same (docs/decisions/0004).
#pragma once

#include "base/bytes.h"
#include "media/srtp/profile.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lectern::srtp {

class Protector {
 public:
  Protector() = default;
  Protector(const Protector&) = delete;
  Protector& operator=(const Protector&) = delete;
  virtual ~Protector() = default;

  /// Encrypts one RTP packet in place and appends its tag.
  /// `buffer`: the packet, and behind it room for rtp_overhead(); `header_size`: the octets that
  /// stay clear, i.e. fixed header + CSRCs + header extension; `size`: octets of the clear packet.
  /// `index`: the extended sequence number; its low 16 bits are those in the packet. A receiver
  /// assumes ROC 0 for the first packet it sees of an SSRC, so streams start below 2^15.
  /// Returns the size of the protected packet. The sizes are the caller's word: checked, and wrong
  /// ones abort.
  [[nodiscard]] virtual std::size_t protect_rtp(MutableBytes buffer, std::size_t header_size,
                                                std::size_t size, std::uint64_t index) = 0;

  /// Encrypts one compound RTCP packet of `size` octets at the start of `buffer`, which has room
  /// for rtcp_overhead() more. The SRTCP index is counted here. Returns the size of the protected
  /// packet.
  [[nodiscard]] virtual std::size_t protect_rtcp(MutableBytes buffer, std::size_t size) = 0;

  /// Which of the profiles this is; tells rtp_overhead() and rtcp_overhead().
  [[nodiscard]] virtual Profile profile() const noexcept = 0;
};

/// A protector keyed from one direction's master key (RFC 3711 §4.3). Cost: about 2 µs, 1.5 KB.
[[nodiscard]] std::unique_ptr<Protector> make_protector(Profile profile, const MasterKey& master);

}  // namespace lectern::srtp
