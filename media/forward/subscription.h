// One receiver's view of one track: a cursor on a tier and the constants that turn the tier's
// numbers into this receiver's.
//
// What it is: there is no queue here. A packet due is found in the tier's ring, patched while it is
// copied out, and forgotten. A change of tier is a record {first number, deltas}; a retransmission
// finds its record, so it repeats the very same header. Towards the receiver numbers, picture ids
// and timestamps go on without a gap through every change.
//
//   idle --keyframe--> receiving --new target--> receiving + waiting --keyframe--> armed -->
//   receiving (the old tier goes out up to the cut, then the new one)
//
// A receiver that starts at a cached keyframe gets the frames up to now at once, with timestamps
// pressed together 32 times and ending now: its jitter buffer is not taught two seconds of delay.
// Example (90 kHz): the keyframe is of 180,000, the newest frame of 360,000, two seconds later. The
// keyframe goes out as 360,000 - 180,000 / 32 = 354,375, a frame of 270,000 as 357,188, and what is
// newer than 360,000 as it is: two seconds of pictures are shown within 62 ms.
//
// Left out on purpose: encryption, pacing, choosing the tier.
#pragma once

#include "base/bytes.h"
#include "base/slot_map.h"
#include "media/forward/tier_stream.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace lectern::forward {

inline constexpr uint8_t kNoPayloadType = 0xFF;
using PayloadTypes = std::array<uint8_t, kCodecs>;  // by Codec
inline constexpr PayloadTypes kNoPayloadTypes = [] {
  PayloadTypes types{};
  types.fill(kNoPayloadType);
  return types;
}();

// What a stream is called towards one receiver.
struct StreamIdentity {
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;
  // By Codec; kNoPayloadType: the receiver cannot decode it, or takes no RTX for it.
  PayloadTypes payload_types = kNoPayloadTypes;
  PayloadTypes rtx_payload_types = kNoPayloadTypes;
  uint8_t abs_send_time_id = 0;  // 0: not negotiated
};

// At which packets of the target a waiting subscription may begin.
enum class JoinPoint : uint8_t {
  kKeyframe,
  kBaseFrame,  // fewer layers of the same encoding: any frame of the base layer
  kLayerSync,  // more layers: a frame of a new layer that needs the base layer only
};

class Subscription {
 public:
  // `owner`, `stream`: whom and which of its streams this is, for whoever drains the fan-out of
  // `route`.
  // `first_number`, `first_rtx_number`: random, below 2^15 (the receiver assumes ROC 0).
  Subscription(Route route, SlotId owner, uint8_t stream, const StreamIdentity& identity,
               uint16_t first_number, uint16_t first_rtx_number);
  ~Subscription() { leave(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  [[nodiscard]] Route route() const { return route_; }
  [[nodiscard]] SlotId owner() const { return owner_; }
  [[nodiscard]] uint8_t stream() const { return stream_; }
  [[nodiscard]] const StreamIdentity& identity() const { return identity_; }
  [[nodiscard]] bool can_take(Codec codec) const {
    return identity_.payload_types[static_cast<size_t>(codec)] != kNoPayloadType;
  }

  // The tier that is being received, nullptr when idle; and the one that is waited for.
  [[nodiscard]] TierStream* tier() const { return tier_; }
  [[nodiscard]] TierStream* target() const { return target_; }
  [[nodiscard]] JoinPoint join_point() const { return join_point_; }
  [[nodiscard]] bool is_armed() const { return start_.has_value(); }

  // Waits in `target`'s audience, until arm(); replaces what was waited for before.
  void wait_for(TierStream& target, JoinPoint join_point);
  void stop_waiting();
  // Nothing of the current tier from here on is for this receiver: the source has changed.
  void hold();
  // `entry`, which is due, has waited here for too long: the core is overloaded, or was stopped.
  // (What was kept for a newcomer is old by intent.)
  [[nodiscard]] bool is_behind(const TierStream::Entry& entry, Instant now) const {
    return entry.order >= live_order_ && now - entry.arrival > kMostDelay;
  }
  // Passes over all that is due and holds: the receiver goes on, without a gap in its numbers, when
  // it is put on its way to a tier again. Returns how many packets it will not get of those due.
  size_t skip();
  [[nodiscard]] bool is_held() const { return cut_order_ != kNoCut; }
  // Notes where the current tier ends, before a packet is given to the tiers.
  void mark_cut() { marked_cut_ = tier_ != nullptr ? tier_->end_order() : 0; }
  // The target may begin at its packet `number`; the tier in hand goes on to the mark (`at_mark`)
  // or to its present end.
  void arm(int64_t number, int64_t order, bool at_mark);
  // True when the tier in hand has been drained and the armed target is to be taken up.
  [[nodiscard]] bool is_switch_due() const {
    return start_.has_value() && (tier_ == nullptr || next_order_ >= cut_order_);
  }
  // Takes up the armed target. False when it has fallen out of the ring meanwhile: idle then.
  bool take_up();
  // Out of every list; idle.
  void leave();

  // The next packet of the tier that is due, nullptr when there is none.
  [[nodiscard]] const TierStream::Entry* next_due();

  struct Written {
    size_t header_size = 0;  // what stays clear under SRTP
    size_t size = 0;
    uint64_t index = 0;  // the extended sequence number
  };
  // Writes the packet that next_due() gave and moves on. `out`: room for kMaxPayload + 32 bytes.
  // `abs_send_time`: 24 bits (see rtp::to_abs_send_time).
  Written write_next(const TierStream::Entry& entry, uint32_t abs_send_time, MutableBytes out);

  // Where the number `sequence_number`, which was sent, comes from.
  struct Sent {
    int64_t number = 0;  // extended
    const TierStream::Entry* entry = nullptr;
    size_t record = 0;
  };
  // Nothing when it is not in the ring any more, or was never sent.
  [[nodiscard]] std::optional<Sent> find_sent(uint16_t sequence_number) const;
  // The packet again, as RTX (RFC 4588): another SSRC and number, so no nonce is used twice.
  // Nothing when the receiver takes no RTX for this codec.
  [[nodiscard]] std::optional<Written> write_rtx(const Sent& sent, uint32_t abs_send_time,
                                                 MutableBytes out);
  // The packet that was sent `steps` before the one that next_due() gave; nothing where this
  // receiver has had none from this tier.
  [[nodiscard]] std::optional<Sent> find_earlier(const TierStream::Entry& next,
                                                 int64_t steps) const;
  // The packet again, octet for octet as it was (but for a leg's padding): for legs, and for sound.
  // Under SRTP the same number with the same octets, clear and secret, gives the very same
  // ciphertext: the nonce is used again, but for no second text, so an eavesdropper learns nothing
  // (what RFC 7714 §8.4 forbids is another text). It holds because everything written comes from
  // the entry and the record, which do not change, and because no extension may change either:
  // streams sent again in this way have none (checked).
  // docs/decisions/0004-sound-is-sent-again-as-it-was.md.
  [[nodiscard]] Written write_again(const Sent& sent, MutableBytes out) const;

  // What a sender report says has been sent; RTX is not counted.
  [[nodiscard]] uint32_t packet_count() const { return packet_count_; }
  [[nodiscard]] uint32_t octet_count() const { return octet_count_; }
  [[nodiscard]] bool has_sent() const { return packet_count_ > 0; }

 private:
  static constexpr int64_t kNoCut = std::numeric_limits<int64_t>::max();
  static constexpr size_t kRecords = 3;
  static constexpr Duration kMostDelay = Duration::milliseconds(500);

  // From `first_number` on, the receiver's numbers are those of `tier` and these deltas.
  struct Record {
    TierStream* tier = nullptr;
    int64_t first_number = 0;
    int64_t number_delta = 0;
    uint32_t pressed_until = 0;  // timestamps before this are pressed together
    uint16_t picture_delta = 0;
    uint8_t tl0_delta = 0;
    bool is_pressed = false;
  };
  struct Start {
    int64_t number = 0;
    int64_t order = 0;
  };

  Record make_record(TierStream& target, const TierStream::Entry& first) const;
  void press_timestamps(const TierStream::Entry& first, Record& record) const;
  static uint32_t timestamp(const Record& record, const TierStream::Entry& entry);
  void note_sent(const Record& record, const TierStream::Entry& entry, int64_t number);
  size_t write_header(uint8_t payload_type, const TierStream::Entry& entry, const Record& record,
                      uint16_t number, uint32_t ssrc, std::optional<uint32_t> abs_send_time,
                      MutableBytes out) const;
  static size_t write_payload(const Record& record, const TierStream::Entry& entry,
                              MutableBytes out);
  void leave_tier();
  // A list is in no order: the last one takes the place of who leaves, so that leaving costs the
  // same among ten and among ten thousand.
  using Place = uint32_t Subscription::*;
  void put_into(std::vector<Subscription*>& list, Place place);
  void take_out_of(std::vector<Subscription*>& list, Place place);

  SlotId owner_;
  StreamIdentity identity_;
  uint8_t stream_;
  Route route_;
  JoinPoint join_point_ = JoinPoint::kKeyframe;

  TierStream* tier_ = nullptr;    // we are one of its members
  TierStream* target_ = nullptr;  // we wait there, or are armed for it
  uint32_t place_in_audience_ = 0;
  uint32_t place_in_waiting_ = 0;
  std::optional<Start> start_;
  int64_t next_order_ = 0;
  int64_t first_order_ = 0;
  int64_t live_order_ = 0;     // what is below it was stored before we came: never late
  int64_t first_of_tier_ = 0;  // tier numbers below this are not ours
  int64_t cut_order_ = kNoCut;
  int64_t marked_cut_ = 0;

  std::array<Record, kRecords> records_{};
  size_t record_ = 0;  // the current one
  int64_t next_number_;
  uint64_t next_rtx_number_;
  uint32_t newest_timestamp_ = 0;
  uint16_t newest_picture_ = 0;
  uint8_t newest_tl0_ = 0;
  uint32_t packet_count_ = 0;
  uint32_t octet_count_ = 0;
};

}  // namespace lectern::forward
