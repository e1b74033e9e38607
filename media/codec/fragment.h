#pragma once

#include <cstddef>

namespace lectern::codec {

// What a packetizer gives per RTP packet.
struct Fragment {
  size_t size = 0;       // of the payload
  bool is_last = false;  // of the frame: its packet carries the marker
};

}  // namespace lectern::codec
