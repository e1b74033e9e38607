// When a sound or picture was sent, written into itself: over its last 16 octets, so that it
// reaches every viewer through any server that forwards media as they are. For tests: the sound
// clicks and the picture is damaged at its end, which nobody decodes. Sender and reader share a
// clock, which is to say a machine.
#pragma once

#include "base/bytes.h"
#include "base/time.h"

#include <cstddef>
#include <optional>

namespace lectern::tools {

struct SendStamp {
  static constexpr size_t kSize = 16;

  Instant sent;
  bool is_keyframe = false;

  friend bool operator==(const SendStamp&, const SendStamp&) = default;
};

// `frame`: an Opus packet or encoded picture; one of under twice the stamp's size stays as it is.
void write_stamp(const SendStamp& stamp, MutableBytes frame);

// `datagram`: an RTP packet that was decrypted in place, tag and all. Nothing when it is not the
// end of a stamped frame, or was not decrypted.
[[nodiscard]] std::optional<SendStamp> read_stamp(Bytes datagram);

}  // namespace lectern::tools
