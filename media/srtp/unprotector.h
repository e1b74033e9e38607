// Ingress SRTP: authenticates, decrypts in place, refuses replays.
//
// Three implementations, because what a session needs differs:
//   kLibsrtp   RTP and RTCP through libsrtp2. For publishers: few per process. (Debian's library is
//              built on NSS, takes 36-60 KB a session and slows down with the number of sessions.)
//   kOwn       RTP and RTCP over OpenSSL's EVP; what the load generator uses for its viewers.
//   kRtcpOnly  SRTCP alone, about 150 B a session: all that a viewer ever sends.
// Each is held against the other in tests/unit/media/srtp.
//
// Left out on purpose: MKI, unencrypted SRTCP (E = 0), late ROC signalling. At most kMaxSources
// SSRCs are followed; a packet of one more is refused even though its sender holds the key.
#pragma once

#include "base/bytes.h"
#include "media/srtp/profile.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

namespace lectern::srtp {

inline constexpr std::size_t kReplayWindow = 1024;     // RTP packets; RFC 3711 §3.3.2 asks for 64
inline constexpr std::size_t kRtcpReplayWindow = 128;  // RTCP packets
inline constexpr std::size_t kMaxSources = 32;         // SSRCs of one session

enum class Refusal : std::uint8_t {
  kMalformed,       // too short, or no RTP/RTCP header; never touched
  kBadTag,          // not authentic; its payload is garbage by now
  kReplayed,        // seen before
  kTooOld,          // behind the window
  kTooManySources,  // see kMaxSources
  kNotWanted,       // RTP at a session that takes RTCP only
};

/// The clear packet, a prefix of what was given in.
using Unprotected = std::expected<MutableBytes, Refusal>;

class Unprotector {
 public:
  Unprotector() = default;
  Unprotector(const Unprotector&) = delete;
  Unprotector& operator=(const Unprotector&) = delete;
  virtual ~Unprotector() = default;

  /// `packet`: one SRTP packet, decrypted in place. Nothing is remembered of a packet that fails.
  [[nodiscard]] virtual Unprotected unprotect_rtp(MutableBytes packet) = 0;

  /// `packet`: one SRTCP packet, decrypted in place.
  [[nodiscard]] virtual Unprotected unprotect_rtcp(MutableBytes packet) = 0;
};

enum class Inbound : std::uint8_t { kLibsrtp, kOwn, kRtcpOnly };

/// An unprotector keyed from the peer's master key. Cost: about 1 µs, kLibsrtp up to 50 µs.
[[nodiscard]] std::unique_ptr<Unprotector> make_unprotector(Inbound kind, Profile profile,
                                                            const MasterKey& master);

}  // namespace lectern::srtp
