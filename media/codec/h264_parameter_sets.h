// The parameter sets that an H.264 stream has shown, to be shown again before a keyframe that comes
// without them: some cameras send them once, at the start, and who joins later could not decode.
//
// What it is: the newest of each id, in one payload. Left out on purpose: whether they are the ones
// that a picture refers to; a stream that changes one sends it before it is needed.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lectern::codec::h264 {

struct NalUnit;

class ParameterSets {
 public:
  // Encoders have one SPS and one PPS of 10 to 100 octets; what is above these bounds pushes out
  // the oldest, so that all of them fit one packet.
  static constexpr size_t kMostSets = 8;
  static constexpr size_t kMostOctets = 1000;

  // Takes what one RTP payload holds of them whole.
  void note(Bytes payload);
  void clear() { sets_.clear(); }
  // One RTP payload (STAP-A, RFC 6184 §5.7.1), each SPS before the PPSs; empty unless both are
  // known.
  [[nodiscard]] std::vector<uint8_t> payload() const;

 private:
  struct Set {
    uint8_t type = 0;
    uint32_t id = 0;
    std::vector<uint8_t> nal;  // with its header
  };

  void take(const NalUnit& nal);
  [[nodiscard]] size_t octets() const;

  std::vector<Set> sets_;  // the oldest first
};

}  // namespace lectern::codec::h264
