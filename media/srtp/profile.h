// The two SRTP protection profiles that Lectern speaks, and the size of everything in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lectern::srtp {

/// The numbers are those of the use_srtp extension (RFC 5764 §4.1.2, RFC 7714 §14.2).
enum class Profile : std::uint16_t {
  kAesCm128HmacSha1_80 = 0x0001,
  kAeadAes128Gcm = 0x0007,
};

inline constexpr std::size_t kKeySize = 16;
inline constexpr std::size_t kMaxSaltSize = 14;
inline constexpr std::size_t kRtcpIndexSize = 4;  // the E flag and the 31-bit index
inline constexpr std::size_t kMaxRtpOverhead = 16;
inline constexpr std::size_t kMaxRtcpOverhead = 16 + kRtcpIndexSize;

/// Octets of the master and of the session salt: RFC 7714 §12, RFC 3711 §8.2.
constexpr std::size_t salt_size(Profile profile) noexcept {
  return profile == Profile::kAeadAes128Gcm ? 12 : 14;
}

constexpr std::size_t tag_size(Profile profile) noexcept {
  return profile == Profile::kAeadAes128Gcm ? 16 : 10;
}

/// What protection adds to an RTP packet.
constexpr std::size_t rtp_overhead(Profile profile) noexcept {
  return tag_size(profile);
}

/// What protection adds to a compound RTCP packet.
constexpr std::size_t rtcp_overhead(Profile profile) noexcept {
  return tag_size(profile) + kRtcpIndexSize;
}

/// One direction's master key and salt, as DTLS exports them (RFC 5764 §4.2). Of `salt`, the first
/// salt_size(profile) octets count; the rest stay zero.
struct MasterKey {
  std::array<std::uint8_t, kKeySize> key{};
  std::array<std::uint8_t, kMaxSaltSize> salt{};
};

}  // namespace lectern::srtp
