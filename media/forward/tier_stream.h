// One tier: an encoding up to one temporal layer, renumbered once for all who receive it, with the
// ring that retransmissions and late joiners are served from.
//
// What it is: contiguous numbers and VP8 picture ids under drops, reordering and a change of
// source; an order of arrival, which is what viewers are cursors on; the last complete keyframe.
// A late packet that turns out to be filtered leaves an empty packet under its number, so that no
// viewer asks for a hole for ever. The packets of a frame that is here whole are given one size, so
// that they leave as one GSO message. Left out on purpose: who receives it (Audience, Fanout).
//
// The ring is bounded by age and count: an entry that gives way is simply no longer found.
#pragma once

#include "base/time.h"
#include "media/forward/audience.h"
#include "media/forward/media_packet.h"
#include "media/forward/rate_meter.h"
#include "media/rtp/offset_map.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lectern::forward {

class TierStream {
 public:
  struct Limits {
    Duration age;            // what is older is forgotten
    size_t max_packets = 0;  // power of two
  };

  struct Entry {
    int64_t number = -1;  // contiguous
    int64_t order = 0;    // of arrival
    PacketRef payload;    // empty: a number without content, sent as padding
    Instant arrival;
    uint32_t timestamp = 0;
    uint16_t picture_id = 0;
    uint8_t tl0 = 0;
    uint8_t picture_id_offset = 0;
    uint8_t tl0_offset = 0;
    uint8_t temporal_id = 0;
    Codec codec = Codec::kOpus;
    bool has_wide_picture_id = false;
    bool marker = false;
    bool starts_keyframe = false;
    bool is_prelude = false;
    uint8_t padding = 0;  // octets to send behind the payload (RFC 3550 §5.1)
  };

  // What a packet may be padded by, so that it is as long as the others of its frame. Browsers cut
  // a frame into packets that differ by one octet, or by an extension that we do not pass on.
  static constexpr size_t kMostPadding = 16;

  // A keyframe that is whole in the ring: where a newcomer starts.
  struct Keyframe {
    int64_t number = 0;  // of its first packet
    int64_t order = 0;   // lowest order among its packets
    uint32_t timestamp = 0;
    Instant arrival;  // of its first packet
  };

  struct Outcome {
    bool is_stored = false;
    bool completes_keyframe = false;
    int64_t number = 0;  // when stored
  };

  // `top_temporal_id`: packets of higher layers are left out.
  TierStream(uint8_t top_temporal_id, const Limits& limits);

  [[nodiscard]] bool takes(const MediaPacket& packet) const {
    return !packet.is_padding && packet.temporal_id <= top_temporal_id_;
  }
  Outcome accept(const MediaPacket& packet);
  // Forgets what is too old; for a stream that has stopped, where accept() does not do it.
  void expire(Instant now);

  [[nodiscard]] const Entry* find(int64_t number) const;
  [[nodiscard]] const Entry* at_order(int64_t order) const;
  [[nodiscard]] int64_t end_order() const { return next_order_; }
  // Of the next packet, if it comes in order.
  [[nodiscard]] int64_t next_number() const { return numbers_.next_number(); }
  // The newest complete keyframe, if it is still whole in the ring.
  [[nodiscard]] std::optional<Keyframe> keyframe() const;
  // When the keyframe that is arriving began; nothing when none is.
  [[nodiscard]] std::optional<Instant> keyframe_arriving_since() const {
    return forming_ ? std::optional(forming_->arrival) : std::nullopt;
  }
  [[nodiscard]] const RateMeter& meter() const { return meter_; }
  [[nodiscard]] size_t stored() const { return stored_; }
  [[nodiscard]] uint32_t newest_timestamp() const { return newest_timestamp_; }

  // Who receives this tier and who waits for it; kept here because it is looked at per packet.
  [[nodiscard]] Audience& audience(Route route) { return audiences_[static_cast<size_t>(route)]; }
  // Those who wait for a keyframe, or a frame at which layers may change.
  [[nodiscard]] std::vector<Subscription*>& waiting() { return waiting_; }

 private:
  struct Forming {
    int64_t first = 0;
    int64_t next = 0;  // the numbers before it are here
    uint32_t timestamp = 0;
    Instant arrival;
    bool is_start_certain = false;
  };

  void begin_epoch(const MediaPacket& packet);
  void put_before(const MediaPacket& packet);
  Outcome leave_out(const MediaPacket& packet);
  bool renumber_picture(const MediaPacket& packet, Entry& entry);
  bool store(const MediaPacket& packet, int64_t number, Entry entry);
  bool make_room(int64_t number, Instant now);
  void grow();
  [[nodiscard]] bool is_new_frame(const MediaPacket& packet, int64_t number);
  void even_out_frame(int64_t last);
  bool follow_keyframe(const MediaPacket& packet, int64_t number);
  bool is_start_known();
  std::optional<int64_t> keyframe_end();
  Entry& slot(int64_t number) { return ring_[static_cast<uint64_t>(number) & (ring_.size() - 1)]; }
  const Entry& slot(int64_t number) const {
    return ring_[static_cast<uint64_t>(number) & (ring_.size() - 1)];
  }

  Limits limits_;
  uint8_t top_temporal_id_;
  rtp::OffsetMap numbers_;
  rtp::OffsetMap pictures_;
  uint8_t tl0_delta_ = 0;
  uint8_t newest_tl0_ = 0;

  std::vector<Entry> ring_;      // by number
  std::vector<int64_t> orders_;  // number by order
  int64_t oldest_ = 0;           // no entry below
  int64_t end_ = 0;              // no entry from here on
  int64_t next_order_ = 0;
  int64_t epoch_start_ = 0;  // first number of this epoch
  size_t stored_ = 0;
  uint32_t newest_timestamp_ = 0;
  std::optional<uint32_t> counted_timestamp_;  // of the frame that the meter counted last

  std::optional<Forming> forming_;
  std::optional<Keyframe> keyframe_;
  RateMeter meter_;
  std::array<Audience, kRoutes> audiences_;
  std::vector<Subscription*> waiting_;
};

}  // namespace lectern::forward
