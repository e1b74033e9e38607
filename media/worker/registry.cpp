#include "media/worker/registry.h"

#include "base/check.h"

#include <algorithm>

namespace lectern::worker {
namespace {

// As many paths as ICE keeps valid for a peer at one time.
constexpr size_t kMaxPaths = 8;
// After that much silence a path may have become somebody else's: a browser's checks come each 2.5
// s at the latest, its reports each second.
constexpr Duration kPathLife = Duration::seconds(5);
constexpr Duration kLeastWait = Duration::milliseconds(1);

void remove_id(std::vector<SlotId>& ids, SlotId id) {
  const auto at = std::find(ids.begin(), ids.end(), id);
  if (at == ids.end()) return;
  *at = ids.back();
  ids.pop_back();
}

}  // namespace

SlotId Registry::class_of(Instant now, const std::string& name) {
  const auto [at, is_new] = class_names_.try_emplace(name);
  if (is_new) {
    at->second = classes_.emplace(name, slab_, fanouts_, class_time_);
    timers_.set({TimerKey::Kind::kClass, at->second}, classes_.at(at->second).scheduled, now);
  }
  return at->second;
}

ClassMedia* Registry::touch(SlotId id) {
  ClassMedia* media = classes_.find(id);
  if (media != nullptr && (touched_.empty() || !(touched_.back() == id))) touched_.push_back(id);
  return media;
}

void Registry::release_class_if_unused(SlotId id) {
  ClassMedia* media = classes_.find(id);
  if (media == nullptr || !media->is_unused()) return;
  LECTERN_CHECK(!media->audience_was_reported);  // or signaling would show viewers for ever
  timers_.set({TimerKey::Kind::kClass, id}, media->scheduled, Instant::never());
  class_names_.erase(media->name());
  classes_.erase(id);
}

void Registry::enter_peer(const Peer& peer) {
  sessions_[peer.session] = peer.id;
  ClassMedia& media = classes_.at(peer.class_id);
  (peer.role == control::Role::kPublish ? media.publishers : media.viewers).push_back(peer.id);
}

Peer* Registry::find_session(const std::string& session) {
  const auto at = sessions_.find(session);
  return at == sessions_.end() ? nullptr : peers_.find(at->second);
}

Peer* Registry::find_path(const Path& path, bool is_dtls) {
  const auto at = paths_.find(path);
  if (at == paths_.end()) return nullptr;
  const auto& [media, handshake] = at->second;
  Peer* first = peers_.find(is_dtls ? handshake.peer : media.peer);
  return first != nullptr ? first : peers_.find(is_dtls ? media.peer : handshake.peer);
}

// True: another peer than `peer` holds the claim and does not give it away.
bool Registry::is_held(Instant now, const Peer& peer, const Path& path, const Claim& claim) const {
  const Peer* holder = peers_.find(claim.peer);
  if (holder == nullptr || holder == &peer) return false;
  if (holder->transport.is_proven(path))
    return now - *holder->transport.last_heard(path) <= kPathLife;
  // Checks of one who has proven nothing do not renew a claim, and yield to one who has.
  return now - claim.since <= kPathLife && !peer.transport.is_proven(path);
}

bool Registry::may_claim(Instant now, const Peer& peer, const Path& path) const {
  const auto at = paths_.find(path);
  return at == paths_.end() || (!is_held(now, peer, path, at->second.media) &&
                                !is_held(now, peer, path, at->second.handshake));
}

void Registry::learn_path(Instant now, Peer& peer, const Path& path) {
  if (!may_claim(now, peer, path)) return;
  if (peer.transport.state() == transport::State::kConnected)
    claim(now, peer, path, &PathClaims::media);
  else
    claim(now, peer, path, &PathClaims::handshake);
  if (std::ranges::find(peer.paths, path) != peer.paths.end()) return;
  peer.paths.push_back(path);
  if (peer.paths.size() > kMaxPaths) forget_stale_path(peer, path);
}

void Registry::open_paths(Instant now, Peer& peer) {
  for (const Path& path : peer.paths) {
    PathClaims& claims = paths_.at(path);
    if (!(claims.handshake.peer == peer.id) || is_held(now, peer, path, claims.media)) continue;
    claims.handshake = {};
    claim(now, peer, path, &PathClaims::media);
  }
}

void Registry::claim(Instant now, Peer& peer, const Path& path, Claim PathClaims::* place) {
  PathClaims& claims = paths_[path];
  const SlotId before = (claims.*place).peer;
  if (before == peer.id) return;
  claims.*place = {.peer = peer.id, .since = now};
  Peer* loser = peers_.find(before);
  if (loser == nullptr || claims.media.peer == before || claims.handshake.peer == before) return;
  std::erase(loser->paths, path);
}

// Room for a newer path: of those that it does not send to, one that ICE has given up comes first.
void Registry::forget_stale_path(Peer& peer, const Path& newest) {
  const auto is_spare = [&](const Path& old) {
    return !(old == newest) && peer.transport.path() != old;
  };
  auto stale = std::ranges::find_if(peer.paths, [&](const Path& old) {
    return is_spare(old) && !peer.transport.is_validated(old);
  });
  if (stale == peer.paths.end()) stale = std::ranges::find_if(peer.paths, is_spare);
  if (stale == peer.paths.end()) return;
  forget_path(peer, *stale);
  peer.paths.erase(stale);
}

void Registry::forget_path(const Peer& peer, const Path& path) {
  const auto at = paths_.find(path);
  if (at == paths_.end()) return;
  for (Claim* claim : {&at->second.media, &at->second.handshake})
    if (claim->peer == peer.id) *claim = {};
  if (!at->second.media.peer.is_valid() && !at->second.handshake.peer.is_valid()) paths_.erase(at);
}

void Registry::retire_peer(Peer& peer) {
  sessions_.erase(peer.session);
  for (const Path& path : peer.paths) forget_path(peer, path);
  peer.paths.clear();
  if (ClassMedia* media = classes_.find(peer.class_id)) {
    remove_id(media->publishers, peer.id);
    remove_id(media->viewers, peer.id);
    media->end_source({.kind = ClassMedia::Source::Kind::kPublisher, .id = peer.id});
    release_class_if_unused(peer.class_id);
  }
}

void Registry::erase_peer(SlotId id) {
  Peer* peer = peers_.find(id);
  if (peer == nullptr) return;
  timers_.set({TimerKey::Kind::kPeer, id}, peer->scheduled, Instant::never());
  peers_.erase(id);
}

void Registry::schedule(Instant now, Peer& peer) {
  Instant next = std::min(peer.transport.next_timeout(), peer.first_check_deadline());
  if (peer.viewer) next = std::min(next, peer.viewer->next_timeout());
  const ClassMedia* media = classes_.find(peer.class_id);
  if (peer.publisher && media != nullptr && peer.transport.state() == transport::State::kConnected)
    next = std::min(next, peer.publisher->next_timeout(*media));
  timers_.bring_forward({TimerKey::Kind::kPeer, peer.id}, peer.scheduled,
                        std::max(next, now + kLeastWait));
}

void Registry::schedule(Instant now, SlotId id, LegReceiver& receiver) {
  const Instant next = receiver.next_timeout(classes_.at(receiver.class_id()));
  timers_.bring_forward({TimerKey::Kind::kLegReceiver, id}, receiver.scheduled,
                        std::max(next, now + kLeastWait));
}

LegSender& Registry::add_sender(SlotId class_id, control::LegId leg, const Endpoint& destination) {
  const SlotId id = senders_.next_id();
  senders_.emplace(id, class_id, leg, destination);
  sender_legs_[leg] = id;
  classes_.at(class_id).senders.push_back(id);
  return *senders_.find(id);
}

SlotId Registry::add_receiver(SlotId class_id, control::LegId leg, const Endpoint& source) {
  const SlotId id = receivers_.emplace(class_id, leg, source);
  receiver_legs_[leg] = id;
  classes_.at(class_id).receivers.push_back(id);
  return id;
}

SlotId Registry::sender_of(control::LegId leg) const {
  const auto at = sender_legs_.find(leg);
  return at == sender_legs_.end() ? SlotId{} : at->second;
}

SlotId Registry::receiver_of(control::LegId leg) const {
  const auto at = receiver_legs_.find(leg);
  return at == receiver_legs_.end() ? SlotId{} : at->second;
}

void Registry::erase_sender(SlotId id) {
  LegSender* sender = senders_.find(id);
  LECTERN_CHECK(sender != nullptr);
  const SlotId class_id = sender->class_id();
  timers_.set({TimerKey::Kind::kLegSender, id}, sender->scheduled, Instant::never());
  sender_legs_.erase(sender->leg());
  remove_id(classes_.at(class_id).senders, id);
  senders_.erase(id);
  release_class_if_unused(class_id);
}

void Registry::erase_receiver(SlotId id) {
  LegReceiver* receiver = receivers_.find(id);
  LECTERN_CHECK(receiver != nullptr);
  const SlotId class_id = receiver->class_id();
  timers_.set({TimerKey::Kind::kLegReceiver, id}, receiver->scheduled, Instant::never());
  receiver_legs_.erase(receiver->leg());
  ClassMedia& media = classes_.at(class_id);
  remove_id(media.receivers, id);
  media.end_source({.kind = ClassMedia::Source::Kind::kLeg, .id = id});
  receivers_.erase(id);
  release_class_if_unused(class_id);
}

}  // namespace lectern::worker
