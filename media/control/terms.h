// Words that messages of all families use: numbers, roles, bounds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lectern::control {

inline constexpr std::size_t kMaxSdp = 16 * 1024;

// Whose a session is, in signaling's words: so that a restart of signaling forgets nobody's claim.
inline constexpr std::size_t kMaxOwner = 128;

using RequestNumber = std::uint64_t;  // chosen by signaling, repeated in the worker's answer
using WorkerNumber = std::uint32_t;   // 0, 1, 2...: the k of port 9000+k and of `w{k}-...`
using LegId = std::uint64_t;          // random, never 0; the first 8 bytes of a leg's datagrams

enum class Role : std::uint8_t { kPublish, kView };
enum class SessionPhase : std::uint8_t { kConnecting, kConnected, kClosed };

// Tracks of a class; the numbers are those of a leg's SSRC (0x4C000000 | track << 8 | encoding).
enum class Track : std::uint8_t { kAudio = 0, kCamera = 1, kScreen = 2 };
inline constexpr std::size_t kTracks = 3;

}  // namespace lectern::control
