#include "media/worker/worker.h"

#include "base/check.h"
#include "media/control/codec.h"
#include "media/ice/ufrag.h"
#include "media/stun/message.h"
#include "media/transport/demux.h"
#include "media/worker/worker_parts.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace lectern::worker {
namespace {

// Payloads kept at most: 3 s of 200 classes with three encodings, about 300 MB when full.
constexpr size_t kMaxPackets = 200'000;
// While nobody is connected the shell takes events and drops them; this is for one that does not.
constexpr size_t kMaxEvents = 10'000;
constexpr Duration kLoadInterval = Duration::seconds(1);
constexpr Duration kBeat = Duration::milliseconds(500);  // control::Alive

}  // namespace

Worker::Parts::Parts(const WorkerConfig& settings, Rng& random)
    : config(settings),
      rng(random),
      certificate(dtls::Certificate::generate()),
      context(certificate),
      registry(kMaxPackets),
      egress(registry, statistics, drops, settings.leg_endpoint) {
  LECTERN_CHECK(!config.media_endpoints.empty());
  rng.fill(ufrag_key);
}

Instant Worker::Parts::advance(Instant now) {
  return latest = std::max(latest, now);
}

void Worker::Parts::ask_sources(Instant now) {
  registry.take_touched([&](ClassMedia& media) {
    if (media.take_demand_change()) ask_for_encodings(now, media);
    ask_for_keyframes(now, media);
  });
}

void Worker::Parts::tell(control::FromWorker event) {
  if (events.size() < kMaxEvents) events.push_back(std::move(event));
}

Worker::Worker(const WorkerConfig& config, Rng& rng)
    : parts_(std::make_unique<Parts>(config, rng)) {}

Worker::~Worker() = default;

void Worker::handle_datagram(Instant wanted, const Path& path, MutableBytes datagram) {
  const Parts::Turn turn(*parts_, wanted);
  const Instant now = turn.now();
  parts_->statistics.count_received(datagram.size());
  Peer* peer = parts_->find_peer(now, path, datagram);
  if (peer == nullptr) return;
  const bool is_handshake = peer->transport.state() == transport::State::kSecuring &&
                            transport::classify(datagram) == transport::Protocol::kDtls;
  HandshakeQueue& handshakes = parts_->handshakes;
  if (!is_handshake || (handshakes.is_empty() && handshakes.spend(now)))
    return parts_->handle_datagram(now, *peer, path, datagram);
  if (!handshakes.push(peer->id, peer->handshakes_waiting, path, datagram))
    parts_->drops.add(DropReason::kHandshakesWaiting);
}

void Worker::Parts::handle_datagram(Instant now, Peer& peer, const Path& path,
                                    MutableBytes datagram) {
  const transport::Received received = peer.transport.handle_datagram(now, path, datagram);
  if (received.kind != transport::Received::Kind::kNone)
    return handle_received(now, peer, received);
  if (received.is_unopened_rtp && peer.publisher) peer.publisher->note_unopened(now);
  // What was under way when a session closed finds it until its goodbye is sent, and claims
  // nothing.
  if (peer.phase == control::SessionPhase::kClosed) return;
  if (peer.transport.is_validated(path)) registry.learn_path(now, peer, path);
  follow(now, peer);
}

void Worker::Parts::advance_handshakes(Instant now) {
  while (!handshakes.is_empty() && handshakes.spend(now)) {
    HandshakeQueue::Datagram datagram = handshakes.take();
    Peer* peer = registry.peers().find(datagram.peer);
    if (peer == nullptr) continue;
    --peer->handshakes_waiting;
    handle_datagram(now, *peer, datagram.path, datagram.bytes);
  }
}

// Checks are found by the ufrag that we gave out: a new session may use an old one's port.
// Everything else is found by its address.
Peer* Worker::Parts::find_peer(Instant now, const Path& path, Bytes datagram) {
  const transport::Protocol protocol = transport::classify(datagram);
  if (protocol != transport::Protocol::kStun) {
    Peer* peer = registry.find_path(path, protocol == transport::Protocol::kDtls);
    if (peer == nullptr) drops.add(DropReason::kUnknownPath);
    return peer;
  }
  const auto message = stun::parse(datagram);
  if (!message) {
    drops.add(DropReason::kStunMalformed);
    return nullptr;
  }
  const auto username = stun::split_username(*message);
  const auto fields = username ? ice::decode_ufrag(username->receiver, ufrag_key) : std::nullopt;
  Peer* peer = fields
                   ? registry.peers().find({.slot = fields->slot, .generation = fields->generation})
                   : nullptr;
  if (peer == nullptr) {
    drops.add(DropReason::kStunBadTag);
  } else if (!registry.may_claim(now, *peer, path)) {
    drops.add(DropReason::kPathTaken);
    return nullptr;
  }
  return peer;
}

void Worker::Parts::handle_received(Instant now, Peer& peer, const transport::Received& received) {
  ClassMedia* media = registry.touch(peer.class_id);
  if (media == nullptr) return;
  // A publisher whose place another source has taken may go on sending for a while.
  const bool is_source =
      media->source() ==
      ClassMedia::Source{.kind = ClassMedia::Source::Kind::kPublisher, .id = peer.id};
  if (peer.publisher && !is_source) return drops.add(DropReason::kRtpUnknownSsrc);
  if (peer.viewer) {
    std::vector<Repetition>& repetitions = egress.repetitions();
    peer.viewer->handle_rtcp(now, received.packet, *media, drops, repetitions,
                             Egress::kMaxRepetitions);
    if (peer.viewer->is_held_back()) watch_link(now, peer, *media);
  } else if (received.kind == transport::Received::Kind::kRtp) {
    peer.publisher->handle_rtp(now, received.packet, *media, drops);
    if (media->has_change()) note_source_change(now, *media);
    if (peer.publisher->next_timeout(*media) <= now) egress.note(peer);
  } else {
    peer.publisher->handle_rtcp(now, received.packet, *media, drops);
  }
  registry.schedule(now, peer);
}

void Worker::Parts::follow(Instant now, Peer& peer) {
  while (const auto event = peer.transport.take_event()) {
    if (event->kind == transport::Event::Kind::kConnected) handle_connected(now, peer);
    if (event->kind != transport::Event::Kind::kClosed) continue;
    switch (event->reason) {
      case transport::CloseReason::kConnectTimeout:
        close(now, peer, "timeout");
        break;
      case transport::CloseReason::kConsentExpired:
        close(now, peer, "consent");
        break;
      case transport::CloseReason::kDtlsFailed:
        close(now, peer, "dtls");
        break;
      default:
        close(now, peer, "peer");
    }
  }
  if (peer.viewer && peer.phase == control::SessionPhase::kConnected)
    if (ClassMedia* media = registry.touch(peer.class_id)) watch_link(now, peer, *media);
  egress.note(peer);
  registry.schedule(now, peer);
}

// A viewer that falls silent, is heard again, or moves to a path that has proven nothing.
void Worker::Parts::watch_link(Instant now, Peer& peer, ClassMedia& media) {
  const auto last_heard = peer.transport.last_heard();
  const auto& path = peer.transport.path();
  if (!last_heard || !path) return;
  if (!peer.viewer->watch_link(now, *last_heard, peer.transport.is_proven(*path))) return;
  choose(now, peer, media);
}

void Worker::handle_leg_datagram(Instant now, const Endpoint& from, MutableBytes datagram) {
  const Parts::Turn turn(*parts_, now);
  parts_->statistics.count_received(datagram.size());
  parts_->handle_leg(turn.now(), from, datagram);
}

void Worker::handle_control(Instant now, const control::ToWorker& message) {
  const Parts::Turn turn(*parts_, now);
  std::visit([&](const auto& content) { parts_->handle(turn.now(), content); }, message);
}

std::vector<control::FromWorker> Worker::handle_control_connected(Instant wanted) {
  const Parts::Turn turn(*parts_, wanted);
  const Instant now = turn.now();
  parts_->events.clear();
  parts_->next_load = now + kLoadInterval;
  parts_->next_beat = now + kBeat;
  parts_->expect_legs(now);
  control::Hello hello{.worker = parts_->config.number,
                       .pid = parts_->config.pid,
                       .media_endpoints = parts_->config.media_endpoints,
                       .leg_endpoint = parts_->config.leg_endpoint,
                       .fingerprint = dtls::to_sdp(parts_->context.fingerprint()),
                       .sessions = {}};
  std::vector<control::SessionEntry> sessions;
  parts_->registry.peers().for_each([&](SlotId, const Peer& peer) {
    if (peer.phase == control::SessionPhase::kClosed) return;
    sessions.push_back({.id = peer.session,
                        .class_id = parts_->registry.classes().at(peer.class_id).name(),
                        .role = peer.role,
                        .phase = peer.phase,
                        .owner = peer.owner,
                        .etag = peer.etag});
  });
  std::vector<control::FromWorker> records = control::hello_records(std::move(hello), sessions);
  std::vector<SlotId> classes;
  parts_->registry.classes().for_each(
      [&classes](SlotId id, const ClassMedia&) { classes.push_back(id); });
  for (const SlotId id : classes) {
    ClassMedia& media = *parts_->registry.touch(id);
    parts_->tell_source(now, media);
    parts_->tell_demand(media);
    parts_->repeat_unusable(media);
    media.tell_times_anew();
  }
  std::move(parts_->events.begin(), parts_->events.end(), std::back_inserter(records));
  parts_->events.clear();
  return records;
}

void Worker::take_leave(Instant now) {
  const Parts::Turn turn(*parts_, now);
  parts_->is_draining = true;
  std::vector<SlotId> ids;
  parts_->registry.peers().for_each([&](SlotId id, const Peer&) { ids.push_back(id); });
  for (const SlotId id : ids)
    parts_->close(turn.now(), parts_->registry.peers().at(id), "stopping");
}

void Worker::handle_timeout(Instant wanted) {
  const Parts::Turn turn(*parts_, wanted);
  const Instant now = turn.now();
  while (const auto key = parts_->registry.timers().take_due(now)) parts_->handle_due(now, *key);
  parts_->advance_handshakes(now);
  parts_->registry.fanouts().release(now);
  if (now >= parts_->legs_expected_until) parts_->close_unconfirmed_legs(now);
  if (now < parts_->next_beat) return;
  parts_->next_beat = now + kBeat;
  if (now < parts_->next_load) return parts_->tell(control::Alive{});
  parts_->next_load = now + kLoadInterval;
  parts_->report_load(now);
}

void Worker::Parts::handle_due(Instant now, TimerKey key) {
  switch (key.kind) {
    case TimerKey::Kind::kPeer:
      return handle_peer_timeout(now, key.id);
    case TimerKey::Kind::kClass:
      return look_after(now, key.id);
    case TimerKey::Kind::kLegSender: {
      LegSender& sender = registry.senders().at(key.id);
      sender.scheduled = Instant::never();
      return egress.note(key.id, sender);
    }
    case TimerKey::Kind::kLegReceiver: {
      LegReceiver& receiver = registry.receivers().at(key.id);
      receiver.scheduled = Instant::never();
      return egress.note(key.id, receiver);
    }
  }
}

void Worker::Parts::handle_peer_timeout(Instant now, SlotId id) {
  Peer& peer = registry.peers().at(id);
  peer.scheduled = Instant::never();
  peer.transport.handle_timeout(now);
  if (now >= peer.first_check_deadline()) return close(now, peer, "timeout");
  if (peer.viewer && peer.viewer->is_choice_due(now))
    if (ClassMedia* media = registry.touch(peer.class_id)) choose(now, peer, *media);
  follow(now, peer);
}

Instant Worker::next_timeout() const {
  if (!parts_->handshakes.is_empty()) return parts_->latest;
  return std::min({parts_->registry.timers().next(), parts_->registry.fanouts().next_release(),
                   parts_->next_beat, parts_->legs_expected_until});
}

bool Worker::fill(Instant now, SendBatch& batch) {
  now = parts_->advance(now);
  const bool has_more = parts_->egress.fill(now, batch);
  if (!has_more) parts_->handshakes.begin_turn(now);
  for (SlotId id : parts_->egress.take_finished()) parts_->registry.erase_peer(id);
  return has_more;
}

bool Worker::fill_legs(Instant now, SendBatch& batch) {
  return parts_->egress.fill_legs(parts_->advance(now), batch);
}

std::vector<control::FromWorker> Worker::take_events() {
  return std::exchange(parts_->events, {});
}

void Worker::count_drop(DropReason reason, uint64_t count) {
  parts_->drops.add(reason, count);
}

void Worker::set_loop_delay(Duration p99) {
  parts_->statistics.set_loop_delay(p99);
}

Worker::Census Worker::census() const {
  const Registry& registry = parts_->registry;
  return {.sessions = registry.peers().size(),
          .paths = registry.path_count(),
          .classes = registry.classes().size(),
          .legs = registry.senders().size() + registry.receivers().size(),
          .packets = registry.slab().in_use(),
          .timers = registry.timers().size()};
}

}  // namespace lectern::worker
