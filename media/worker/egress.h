// What leaves a worker: pulls from transports, sessions and the fan-out into the shell's batches.
//
// What it is: three sources in order of urgency: handshakes, checks and reports of the sessions
// that have some; repetitions; the fan-out. Nothing is allocated for a packet: it is patched while
// it is copied into the batch and encrypted there. Left out on purpose: pacing.
#pragma once

#include "base/drop_reason.h"
#include "base/send_batch.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/worker/registry.h"
#include "media/worker/statistics.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace lectern::worker {

class Egress {
 public:
  // `leg_endpoint`: the source address of leg datagrams.
  Egress(Registry& registry, Statistics& statistics, DropCounters& drops,
         const Endpoint& leg_endpoint)
      : registry_(registry), statistics_(statistics), drops_(drops), leg_endpoint_(leg_endpoint) {}

  // The session or leg may have something to send besides media.
  void note(Peer& peer);
  void note(SlotId id, LegSender& sender);
  void note(SlotId id, LegReceiver& receiver);

  // Where sessions put what is to be sent again; bounded by kMaxRepetitions.
  static constexpr size_t kMaxRepetitions = 8192;
  [[nodiscard]] std::vector<Repetition>& repetitions() { return repetitions_.entries; }
  [[nodiscard]] std::vector<Repetition>& leg_repetitions() { return leg_repetitions_.entries; }

  // True: the batch is full and there is more.
  bool fill(Instant now, SendBatch& batch);
  bool fill_legs(Instant now, SendBatch& batch);
  // Closed sessions that have said goodbye: to be erased by the caller.
  [[nodiscard]] std::vector<SlotId> take_finished();

 private:
  // A list that is appended to at one end and read from the other.
  struct Repetitions {
    std::vector<Repetition> entries;
    size_t next = 0;
    [[nodiscard]] const Repetition* take();
  };

  bool fill_sessions(Instant now, SendBatch& batch);
  bool serve(Instant now, Peer& peer, SendBatch& batch);
  bool write_rtcp(Instant now, Peer& peer, SendBatch& batch);
  void fill_repetitions(uint32_t abs_send_time, SendBatch& batch);
  bool fill_media(Instant now, uint32_t abs_send_time, SendBatch& batch);
  void write_earlier_sound(const forward::Fanout::Due& due, size_t repeats, Peer& peer,
                           SendBatch& batch);
  Peer* connected_peer(SlotId id);
  void fetch_ahead();

  bool fill_leg_reports(Instant now, SendBatch& batch);
  bool fill_leg_feedback(Instant now, SendBatch& batch);
  void fill_leg_repetitions(SendBatch& batch);
  void fill_leg_media(SendBatch& batch);
  void commit_leg(control::LegId leg, const Endpoint& destination, size_t size, SendBatch& batch);

  Registry& registry_;
  Statistics& statistics_;
  DropCounters& drops_;
  Endpoint leg_endpoint_;
  std::deque<SlotId> ready_;
  std::deque<SlotId> ready_senders_;
  std::deque<SlotId> ready_receivers_;
  std::vector<SlotId> finished_;
  Repetitions repetitions_;
  Repetitions leg_repetitions_;
};

}  // namespace lectern::worker
