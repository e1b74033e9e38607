// What a client of a WebSocket sends.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lectern::io {

// A client's frame, masked.
inline std::string client_frame(unsigned char first, std::string_view payload) {
  constexpr std::array<char, 4> kMask = {'\x11', '\x22', '\x33', '\x44'};
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(0x80 | payload.size());
  } else {
    bytes += static_cast<char>(0x80 | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  bytes.append(kMask.data(), kMask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(payload[i] ^ kMask[i % 4]);
  }
  return bytes;
}

}  // namespace lectern::io
