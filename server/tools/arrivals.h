// When the viewers got what was sent: how long packets travel, and how long it takes until the last
// viewer has one.
//
// What it is: a ledger of sounds and pictures. Viewers' packets belong to the same one when payload
// type and RTP timestamp say so, which the viewers of a forwarding server see alike. Where stamps
// (send_stamp.h) show that a server shifts timestamps from viewer to viewer, they decide instead,
// and what no viewer decrypted does not count. A packet's time of sending is that of its picture,
// before the publisher encrypted any of it, which errs to the longer side. Left out on purpose:
// what was not stamped has no transit, and with timestamps of each viewer's own no spread either.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "server/tools/send_stamp.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace lectern::tools {

class Arrivals {
 public:
  // A sound or picture as one timestamp names it.
  struct Medium {
    struct Read {
      Instant at;
      uint64_t packets = 0;
    };
    uint8_t payload_type = 0;
    size_t first_viewer = 0;
    bool is_shared = false;          // some other viewer has it too
    std::optional<SendStamp> stamp;  // of whoever decrypted it
    std::vector<Read> reads;
  };

  // One RTP datagram of any viewer, encrypted or not. Null when it is none, or after 500,000 media:
  // the ledger is full. Valid until the next call.
  Medium* note(Instant now, size_t viewer, Bytes datagram);
  // What the same datagram had in it when it was decrypted. A contradiction begins the ledger anew,
  // with timestamps of each viewer's own.
  void note_stamp(Medium& medium, const SendStamp& stamp);

  struct Delays {
    uint64_t packets = 0;  // that the figures are over
    Duration median;
    Duration p99;
    Duration most;
  };
  struct Summary {
    Delays transit;             // from being sent to each viewer
    Delays last_viewer;         // from being sent to the last packet at the last viewer
    Delays last_viewer_of_key;  // the same, of keyframes alone
    Delays spread;              // from the first viewer to the last
  };
  // Of what was sent (or, without stamps, first seen) between the two.
  [[nodiscard]] Summary summary(Instant from, Instant until) const;

 private:
  std::unordered_map<uint64_t, Medium> media_;
  bool is_shifted_ = false;
};

}  // namespace lectern::tools
