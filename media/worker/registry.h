// Who exists in a worker: classes, sessions, legs, and the names by which they are found. Every
// entry is taken out of every table when its owner goes.
#pragma once

#include "base/endpoint.h"
#include "base/slot_map.h"
#include "media/control/messages.h"
#include "media/forward/fanout.h"
#include "media/forward/packet_slab.h"
#include "media/worker/class_media.h"
#include "media/worker/leg_receiver.h"
#include "media/worker/leg_sender.h"
#include "media/worker/peer.h"
#include "media/worker/timer_queue.h"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::worker {

class Registry {
 public:
  explicit Registry(size_t max_packets) : slab_(max_packets) {}

  // Of all classes.
  [[nodiscard]] ToldClassTime& class_time() { return class_time_; }

  [[nodiscard]] forward::Fanouts& fanouts() { return fanouts_; }
  [[nodiscard]] const forward::PacketSlab& slab() const { return slab_; }
  [[nodiscard]] TimerQueue& timers() { return timers_; }
  [[nodiscard]] const TimerQueue& timers() const { return timers_; }

  // ---- classes: made when first named, gone with their last session or leg
  [[nodiscard]] const SlotMap<ClassMedia>& classes() const { return classes_; }
  // The class, to be changed: at the end of the worker's turn it is looked at for what follows
  // (take_touched). nullptr: it is gone.
  [[nodiscard]] ClassMedia* touch(SlotId id);
  // The class without a mark: sending from it gives no source anything new to do.
  [[nodiscard]] ClassMedia* class_to_send(SlotId id) { return classes_.find(id); }
  // Calls `look` with each class that was touched since the last call and is still there.
  template <typename Look>
  void take_touched(Look&& look) {
    for (const SlotId id : touched_)
      if (ClassMedia* media = classes_.find(id)) look(*media);
    touched_.clear();
  }
  [[nodiscard]] bool has_class(const std::string& name) const {
    return class_names_.contains(name);
  }
  SlotId class_of(Instant now, const std::string& name);
  void release_class_if_unused(SlotId id);

  // ---- sessions
  [[nodiscard]] SlotMap<Peer>& peers() { return peers_; }
  [[nodiscard]] const SlotMap<Peer>& peers() const { return peers_; }
  // Enters a peer into the tables of names; its id, class, session and role are set.
  void enter_peer(const Peer& peer);
  [[nodiscard]] Peer* find_session(const std::string& session);
  // Whose a datagram from `path` is, STUN apart: a handshake's for DTLS, a session's for media.
  [[nodiscard]] Peer* find_path(const Path& path, bool is_dtls);
  // Whether a check by `path` may count for this peer. A check proves who sends it, not from where:
  // a path of another peer that lives (heard within kPathLife) is not given to whoever names it.
  [[nodiscard]] bool may_claim(Instant now, const Peer& peer, const Path& path) const;
  // ICE has validated `path` for this peer: datagrams from there are now this peer's, unless
  // another peer holds the path. Until its handshake is done the peer gets only DTLS by it, and a
  // session that had the path before keeps its media.
  void learn_path(Instant now, Peer& peer, const Path& path);
  // The peer's handshake is done: it gets media by all its paths, too.
  void open_paths(Instant now, Peer& peer);
  // Out of its class and its name; it can still be found by id, to say goodbye.
  void retire_peer(Peer& peer);
  void erase_peer(SlotId id);
  // Sets the timer to what the owner next waits for, if that is earlier; never before a
  // millisecond has passed, so that nothing can keep the loop busy.
  void schedule(Instant now, Peer& peer);
  void schedule(Instant now, SlotId id, LegReceiver& receiver);
  [[nodiscard]] size_t path_count() const { return paths_.size(); }

  // ---- legs
  [[nodiscard]] SlotMap<LegSender>& senders() { return senders_; }
  [[nodiscard]] const SlotMap<LegSender>& senders() const { return senders_; }
  [[nodiscard]] SlotMap<LegReceiver>& receivers() { return receivers_; }
  [[nodiscard]] const SlotMap<LegReceiver>& receivers() const { return receivers_; }
  LegSender& add_sender(SlotId class_id, control::LegId leg, const Endpoint& destination);
  SlotId add_receiver(SlotId class_id, control::LegId leg, const Endpoint& source);
  [[nodiscard]] SlotId sender_of(control::LegId leg) const;
  [[nodiscard]] SlotId receiver_of(control::LegId leg) const;
  void erase_sender(SlotId id);
  void erase_receiver(SlotId id);

 private:
  // Who gets what comes by a path. One peer may have it for its media while another's handshake
  // runs: a browser that uses a port again.
  struct Claim {
    SlotId peer;
    Instant since;
  };
  struct PathClaims {
    Claim media;
    Claim handshake;
  };
  [[nodiscard]] bool is_held(Instant now, const Peer& peer, const Path& path,
                             const Claim& claim) const;
  void claim(Instant now, Peer& peer, const Path& path, Claim PathClaims::* place);
  void forget_stale_path(Peer& peer, const Path& newest);
  void forget_path(const Peer& peer, const Path& path);

  // In this order, so that what refers to something goes before it: receivers of packets before
  // tiers, tiers before the fan-out and the slab.
  ToldClassTime class_time_;
  forward::PacketSlab slab_;
  forward::Fanouts fanouts_;
  TimerQueue timers_;
  SlotMap<ClassMedia> classes_;
  std::vector<SlotId> touched_;  // no class twice in a row
  SlotMap<LegSender> senders_;
  SlotMap<LegReceiver> receivers_;
  SlotMap<Peer> peers_;

  std::unordered_map<std::string, SlotId> class_names_;
  std::unordered_map<std::string, SlotId> sessions_;
  std::unordered_map<Path, PathClaims> paths_;
  std::unordered_map<control::LegId, SlotId> sender_legs_;
  std::unordered_map<control::LegId, SlotId> receiver_legs_;
};

}  // namespace lectern::worker
