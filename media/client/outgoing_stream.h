// One RTP stream of a publisher: packets of the last seconds, kept for retransmission.
#pragma once

#include "base/bytes.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/rtcp/reports.h"
#include "media/sdp/negotiated.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectern::client {

// The largest RTP payload; with headers, extensions and tag it stays under 1200 + UDP.
inline constexpr size_t kMaxPayload = 1120;

struct StreamIdentity {
  sdp::TrackKind track = sdp::TrackKind::kAudio;
  size_t encoding = 0;
  std::string mid;
  std::string rid;  // empty: none
  sdp::NegotiatedCodec codec;
  sdp::ExtensionIds extensions;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;  // 0: none
};

class OutgoingStream {
 public:
  static constexpr size_t kCache = 1024;  // packets; power of two

  // Numbers [first, first + count) that one frame took.
  struct Range {
    uint16_t first = 0;
    size_t count = 0;
  };

  OutgoingStream(StreamIdentity identity, Rng& rng);

  // Cuts an encoded frame (or takes one Opus packet) into packets of the cache.
  Range add_frame(Instant now, Bytes frame, uint32_t timestamp);

  // Whether the packet can be retransmitted: still cached, sent less than 10 times and not in the
  // last 20 ms. Counts as sent.
  [[nodiscard]] bool take_retransmission(Instant now, uint16_t sequence_number);

  struct Written {
    size_t header_size = 0;
    size_t size = 0;     // 0: the packet has left the cache
    uint64_t index = 0;  // for SRTP
  };
  // Writes the packet with its extensions; a retransmission as RTX where there is such
  // a stream, else byte for byte as it was.
  Written write(Instant now, uint16_t sequence_number, bool is_retransmission,
                uint16_t transport_sequence_number, MutableBytes out);

  // For the sender report at `now`; nothing before the first frame.
  [[nodiscard]] std::optional<rtcp::SenderInfo> sender_info(Instant now, Duration wall_clock) const;

  [[nodiscard]] const StreamIdentity& identity() const { return identity_; }
  [[nodiscard]] uint32_t packets() const { return packets_; }
  [[nodiscard]] uint32_t octets() const { return octets_; }

 private:
  // What the extensions say of one sending.
  struct Stamp {
    Instant send_time;
    uint16_t transport_number = 0;
  };
  struct Slot {
    int64_t position = -1;
    Stamp stamp;  // of the first sending
    Instant sent;
    uint32_t timestamp = 0;
    bool is_marker = false;
    int sendings = 0;
    std::vector<uint8_t> payload;
  };

  [[nodiscard]] size_t write_header(const Slot& slot, const Stamp& stamp, int64_t position,
                                    bool is_rtx, MutableBytes out) const;
  Slot& next_slot();
  Slot* find(uint16_t sequence_number);

  StreamIdentity identity_;
  std::vector<Slot> slots_;
  int64_t next_position_;
  int64_t next_rtx_position_;
  uint16_t picture_id_;
  uint32_t packets_ = 0;
  uint32_t octets_ = 0;
  uint32_t last_timestamp_ = 0;
  Instant last_frame_;
};

}  // namespace lectern::client
