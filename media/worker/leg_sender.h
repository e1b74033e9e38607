// A class on its way to another worker: every encoding as it is, in clear RTP, over a leg.
//
// What it is: a receiver like a viewer, without keys and without choice: one subscription for each
// encoding. Lost packets are sent again as they were (nothing is encrypted, so no nonce is used
// twice). Left out on purpose: sending only the tiers somebody there wants.
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
#include "media/worker/viewer_session.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace lectern::worker {

// What a leg's packets look like (see the control protocol's notes on legs).
inline constexpr size_t kLegHeaderSize = 8;
inline constexpr std::array<uint8_t, forward::kCodecs> kLegPayloadTypes = {111, 96, 97};
inline constexpr size_t kLegStreams = 1 + 2 * forward::kMaxEncodings;

constexpr uint32_t leg_ssrc(size_t track, size_t encoding) {
  return 0x4C000000U | static_cast<uint32_t>(track) << 8 | static_cast<uint32_t>(encoding);
}

class LegSender {
 public:
  LegSender(SlotId id, SlotId class_id, control::LegId leg, const Endpoint& destination);

  [[nodiscard]] control::LegId leg() const { return leg_; }
  [[nodiscard]] SlotId class_id() const { return class_id_; }
  [[nodiscard]] const Endpoint& destination() const { return destination_; }
  void set_destination(const Endpoint& destination) { destination_ = destination; }

  // At the start, and again with each report: an encoding whose keyframe got lost needs another.
  void subscribe(Instant now, ClassMedia& media);
  // Feedback of the far end.
  void handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);
  [[nodiscard]] forward::Subscription& subscription(size_t stream) { return *streams_[stream]; }

  // Sender reports, when due: what puts the far end's clocks in step.
  bool write_reports(Instant now, ClassMedia& media, ByteWriter& out);
  [[nodiscard]] Instant next_timeout() const { return next_report_; }

  bool is_confirmed = true;  // named since the control channel was made anew
  bool is_ready = false;     // stands in the worker's list of those who have something to send
  Instant scheduled = Instant::never();

 private:
  struct Place {
    size_t track;
    size_t encoding;
  };
  static Place place_of(size_t stream);
  forward::Subscription* find(uint32_t ssrc);
  void handle_pli(const rtcp::PacketView& packet, ClassMedia& media);
  void handle_nack(Instant now, const rtcp::PacketView& packet, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);

  SlotId id_;
  SlotId class_id_;
  control::LegId leg_;
  Endpoint destination_;
  std::array<std::unique_ptr<forward::Subscription>, kLegStreams> streams_;
  forward::NackResponder responder_;
  Instant next_report_ = Instant::never();
};

}  // namespace lectern::worker
