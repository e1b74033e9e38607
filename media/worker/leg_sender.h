// A class on its way to another worker, over a leg (leg.h): the sound, and those encodings that
// somebody there wants.
//
// What it is: a receiver like a viewer, without keys and without choice: one subscription for each
// encoding, idle until the far end wishes it. Lost packets are sent again as they were (nothing is
// encrypted, so no nonce is used twice). The far end is told what it could wish.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "media/forward/nack_responder.h"
#include "media/forward/subscription.h"
#include "media/worker/class_media.h"
#include "media/worker/leg.h"
#include "media/worker/viewer_session.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace lectern::worker {

class LegSender {
 public:
  LegSender(SlotId id, SlotId class_id, control::LegId leg, const Endpoint& destination);

  [[nodiscard]] control::LegId leg() const { return leg_; }
  [[nodiscard]] SlotId class_id() const { return class_id_; }
  [[nodiscard]] const Endpoint& destination() const { return destination_; }
  void set_destination(const Endpoint& destination) { destination_ = destination; }

  // What is wished, at the start and again with each report: an encoding whose keyframe got lost
  // needs another.
  void subscribe(Instant now, ClassMedia& media);
  // Feedback of the far end.
  void handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);
  [[nodiscard]] forward::Subscription& subscription(size_t stream) { return *streams_[stream]; }

  // When due: sender reports, which put the far end's clocks in step, and what could be wished.
  bool write_reports(Instant now, ClassMedia& media, ByteWriter& out);
  // What could be wished has changed.
  void report_soon(Instant now) { next_report_ = std::min(next_report_, now); }
  [[nodiscard]] Instant next_timeout() const { return next_report_; }

  bool is_confirmed = true;  // by signaling, since it last connected
  bool is_ready = false;     // stands in the worker's list of those who have something to send
  Instant scheduled = Instant::never();

 private:
  forward::Subscription* find(uint32_t ssrc);
  static LegOffers offers(Instant now, ClassMedia& media);
  void handle_wish(Instant now, const LegWish& wish, ClassMedia& media);
  void handle_pli(const rtcp::PacketView& packet, ClassMedia& media);
  void handle_nack(Instant now, const rtcp::PacketView& packet, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);

  SlotId id_;
  SlotId class_id_;
  control::LegId leg_;
  Endpoint destination_;
  std::array<std::unique_ptr<forward::Subscription>, kLegStreams> streams_;
  LegWish wish_{1};  // sound
  forward::NackResponder responder_;
  Instant opened_at_ = Instant::never();
  Instant next_report_;  // at once
};

}  // namespace lectern::worker
