// The inside of a Worker; included by its sources only.
//
// worker.cpp routes datagrams and time, worker_sessions.cpp opens and closes sessions,
// worker_legs.cpp legs, worker_classes.cpp looks after classes.
#pragma once

#include "base/refusal_code.h"
#include "media/dtls/context.h"
#include "media/sdp/fragment.h"
#include "media/worker/egress.h"
#include "media/worker/handshake_queue.h"
#include "media/worker/negotiation.h"
#include "media/worker/registry.h"
#include "media/worker/statistics.h"
#include "media/worker/worker.h"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::worker {

struct Worker::Parts {
  Parts(const WorkerConfig& settings, Rng& random);

  // One input to the worker, or one look at its timers: each of Worker's entries begins with one.
  // At its end the sources of all classes that were touched meanwhile are asked for the keyframes
  // and encodings that are wanted by then.
  class Turn {
   public:
    Turn(Parts& parts, Instant wanted) : parts_(parts), now_(parts.advance(wanted)) {}
    ~Turn() { parts_.ask_sources(now_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] Instant now() const { return now_; }

   private:
    Parts& parts_;
    Instant now_;
  };

  // Time as it was at the latest call: it never goes back.
  Instant advance(Instant now);
  void ask_sources(Instant now);

  // worker.cpp
  Peer* find_peer(Instant now, const Path& path, Bytes datagram);
  void handle_datagram(Instant now, Peer& peer, const Path& path, MutableBytes datagram);
  void handle_received(Instant now, Peer& peer, const transport::Received& received);
  // As many as one turn may cost; the others wait for the next.
  void advance_handshakes(Instant now);
  // After anything that a transport was given: its events, its timers, its output.
  void follow(Instant now, Peer& peer);
  void watch_link(Instant now, Peer& peer, ClassMedia& media);
  void handle_peer_timeout(Instant now, SlotId id);
  void handle_due(Instant now, TimerKey key);
  void tell(control::FromWorker event);

  // worker_sessions.cpp
  void handle(Instant now, const control::CreateSession& message);
  void handle(Instant now, const control::PatchSession& message);
  void handle(Instant now, const control::DeleteSession& message);
  void handle(Instant now, const control::LimitTier& message);
  void handle(Instant now, const control::Drain& message);
  void handle(Instant /*now*/, const control::Unwelcome& /*message*/) {}  // the shell's business
  void handle(Instant now, const control::Clock& message) {
    registry.class_time().on_told(now, ClassTime::from_us(message.class_time_us));
  }
  // Why no session can be taken.
  struct Fullness {
    RefusalCode code;
    std::string_view sentence;
    uint32_t retry_after = 0;  // seconds; 0: signaling's own
  };
  [[nodiscard]] std::optional<Fullness> fullness(Instant now,
                                                 const control::CreateSession& message);
  // Of those who are connecting, the oldest of whom nothing is heard. False: there is none.
  bool give_up_silent(Instant now, control::Role role);
  void refuse(control::RequestNumber request, RefusalCode code, std::string detail,
              uint32_t retry_after = 0);
  Peer& open(Instant now, const control::CreateSession& message, SlotId id, Negotiated negotiated);
  void restart_ice(Instant now, Peer& peer, const control::PatchSession& message,
                   const sdp::Fragment& fragment);
  void handle_connected(Instant now, Peer& peer);
  void close(Instant now, Peer& peer, std::string_view reason);
  void tell_phase(const Peer& peer, std::string_view reason);
  [[nodiscard]] std::string ufrag(SlotId id, uint8_t restarts) const;

  // worker_legs.cpp
  void handle(Instant now, const control::OpenLeg& message);
  void handle(Instant now, const control::AcceptLeg& message);
  void handle(Instant now, const control::CloseLeg& message);
  [[nodiscard]] bool has_room_for_leg(const std::string& class_id) const;
  void refuse_leg(control::LegId leg, const std::string& class_id, std::string_view reason);
  void handle_leg(Instant now, const Endpoint& from, Bytes datagram);
  void expect_legs(Instant now);
  void close_unconfirmed_legs(Instant now);

  // worker_classes.cpp
  void look_after(Instant now, SlotId class_id);
  void note_source_change(Instant now, ClassMedia& media);
  // Somebody who could feed the class may have come or gone.
  void find_source(Instant now, ClassMedia& media);
  void choose(Instant now, Peer& viewer, ClassMedia& media);
  // Asks whoever feeds the class.
  void ask_for_keyframes(Instant now, ClassMedia& media);
  void ask_for_encodings(Instant now, ClassMedia& media);
  void tell_demand(const ClassMedia& media);
  void tell_source(Instant now, ClassMedia& media);
  void tell_unusable(Instant now, ClassMedia& media);
  void tell_unusable(const ClassMedia& media, const UnusableWatch::Change& change);
  // To a signaling that has just connected.
  void repeat_unusable(const ClassMedia& media);
  void tell_audience(ClassMedia& media);
  void tell_times(Instant now, ClassMedia& media);
  // The last viewer goes, and the class may go with it.
  void tell_empty_audience(ClassMedia& media);
  void report_load(Instant now);

  WorkerConfig config;
  Rng& rng;
  SipKey ufrag_key{};
  dtls::Certificate certificate;
  dtls::Context context;
  DropCounters drops;
  Statistics statistics;
  Registry registry;
  Egress egress;
  HandshakeQueue handshakes;
  std::vector<control::FromWorker> events;

  Instant latest;
  Instant next_load = Instant::never();
  Instant next_beat = Instant::never();
  Instant legs_expected_until = Instant::never();
  // Of one role.
  struct Seats {
    size_t taken = 0;
    std::set<std::pair<Instant, SlotId>> connecting;  // the oldest first
  };
  [[nodiscard]] Seats& seats_of(control::Role role) { return seats[static_cast<size_t>(role)]; }
  std::array<Seats, 2> seats;
  bool is_draining = false;
};

}  // namespace lectern::worker
