// A class that comes from another worker by a leg: a source like a publisher.
//
// What it is: clear RTP from one announced address under one leg id; what is missing is asked for
// again (NACK), keyframes are asked for (PLI), the far end's sender reports carry the publisher's
// clock, and it is told which encodings somebody here wants (leg.h). Left out on purpose: RTX and
// encryption, which a leg does not use.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "media/worker/class_media.h"
#include "media/worker/leg.h"
#include "media/worker/receive_stream.h"

#include <array>
#include <cstdint>
#include <memory>

namespace lectern::worker {

class LegReceiver {
 public:
  LegReceiver(SlotId class_id, control::LegId leg, const Endpoint& source)
      : class_id_(class_id), leg_(leg), source_(source) {}

  [[nodiscard]] control::LegId leg() const { return leg_; }
  [[nodiscard]] SlotId class_id() const { return class_id_; }
  [[nodiscard]] const Endpoint& source() const { return source_; }
  void set_source(const Endpoint& source) { source_ = source; }

  void handle_rtp(Instant now, Bytes packet, ClassMedia& media, DropCounters& drops);
  void handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops);

  // Looks at what is wanted here; true when the far end is to be told now. What nobody wants any
  // more is kept for a while: students go up and down.
  [[nodiscard]] bool follow_demand(Instant now, const ClassMedia& media);

  // Wish, NACK and PLI, when due; call again while it returns true.
  bool write_feedback(Instant now, ClassMedia& media, ByteWriter& out);
  [[nodiscard]] Instant next_timeout(const ClassMedia& media) const;

  bool is_confirmed = true;  // by signaling, since it last connected
  bool is_ready = false;     // stands in the worker's list of those who have something to send
  Instant scheduled = Instant::never();

 private:
  void note_heard(Instant now);
  static void handle_offers(Instant now, const LegOffers& offers, ClassMedia& media);
  bool write_wish(Instant now, ByteWriter& out);

  SlotId class_id_;
  control::LegId leg_;
  Endpoint source_;
  std::array<std::unique_ptr<ReceiveStream>, kLegStreams> streams_;
  std::array<Instant, kLegStreams> wanted_until_{};
  LegWish wish_{1};    // sound
  Instant next_wish_;  // at once
  Instant repeat_wish_at_ = Instant::never();
  bool is_heard_ = false;
};

}  // namespace lectern::worker
