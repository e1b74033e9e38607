// The header extensions that Lectern negotiates, read at once from one packet.
#pragma once

#include "base/time.h"
#include "media/rtp/header.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lectern::rtp {

inline constexpr std::string_view kMidUri =
    "urn:ietf:params:rtp-hdrext:sdes:mid";  // RFC 9143 §15.1
inline constexpr std::string_view kRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";  // RFC 8852 §3.3
inline constexpr std::string_view kRepairedRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";  // RFC 8852 §3.3
inline constexpr std::string_view kAbsSendTimeUri =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
inline constexpr std::string_view kTransportWideCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
inline constexpr std::string_view kAudioLevelUri =
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level";  // RFC 6464 §4

// The negotiated ids; 0 = not negotiated.
struct ExtensionIds {
  uint8_t mid = 0;
  uint8_t rid = 0;
  uint8_t repaired_rid = 0;
  uint8_t abs_send_time = 0;
  uint8_t transport_wide_cc = 0;
  uint8_t audio_level = 0;

  bool operator==(const ExtensionIds&) const = default;
};

// RFC 6464 §3.
struct AudioLevel {
  uint8_t minus_dbov = 127;  // 0 loudest, 127 digital silence
  bool voice = false;

  bool operator==(const AudioLevel&) const = default;
};

struct Extensions {
  std::string_view mid{};                   // empty: absent; points into the packet
  std::string_view rid{};                   // the same
  std::string_view repaired_rid{};          // the same
  std::optional<uint32_t> abs_send_time{};  // 24 bits, see to_abs_send_time
  std::optional<uint16_t> transport_sequence_number{};
  std::optional<AudioLevel> audio_level{};
};

// Elements of a wrong length are treated as absent.
[[nodiscard]] Extensions read_extensions(const PacketView& view, const ExtensionIds& ids);

// abs-send-time: seconds mod 64 in 6.18 fixed point, 24 bits.
inline constexpr size_t kAbsSendTimeSize = 3;
[[nodiscard]] uint32_t to_abs_send_time(Instant now);
[[nodiscard]] std::array<uint8_t, kAbsSendTimeSize> abs_send_time_bytes(Instant now);
// From `earlier` to `later`, in -32..32 s: stamps wrap every 64 s.
[[nodiscard]] Duration abs_send_time_difference(uint32_t later, uint32_t earlier);

}  // namespace lectern::rtp
