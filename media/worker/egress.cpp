#include "media/worker/egress.h"

#include "media/rtp/extensions.h"

#include <utility>

namespace lectern::worker {
namespace {

// An RTCP datagram of ours, before protection.
constexpr size_t kMaxRtcp = 1200;

// Prefetch distances, in viewers: the subscription 6 ahead, the peer 4, the key 2, because each is
// found through the one before.
constexpr size_t kFetchSubscription = 6;
constexpr size_t kFetchPeer = 4;
constexpr size_t kFetchKey = 2;
constexpr size_t kLine = 64;  // of a cache
constexpr size_t kPeerInUse = 5 * kLine;
constexpr size_t kKeyInUse = 8 * kLine;

void fetch(const void* at, size_t size) {
  const auto* byte = static_cast<const char*>(at);
  for (size_t offset = 0; offset < size; offset += kLine) __builtin_prefetch(byte + offset);
}

}  // namespace

const Repetition* Egress::Repetitions::take() {
  if (next == entries.size()) {
    entries.clear();
    next = 0;
    return nullptr;
  }
  return &entries[next++];
}

void Egress::note(Peer& peer) {
  if (!std::exchange(peer.is_ready, true)) ready_.push_back(peer.id);
}

void Egress::note(SlotId id, LegSender& sender) {
  if (!std::exchange(sender.is_ready, true)) ready_senders_.push_back(id);
}

void Egress::note(SlotId id, LegReceiver& receiver) {
  if (!std::exchange(receiver.is_ready, true)) ready_receivers_.push_back(id);
}

std::vector<SlotId> Egress::take_finished() {
  return std::exchange(finished_, {});
}

bool Egress::fill(Instant now, SendBatch& batch) {
  const uint32_t abs_send_time = rtp::to_abs_send_time(now);
  if (!fill_sessions(now, batch)) return true;
  fill_repetitions(abs_send_time, batch);
  return fill_media(now, abs_send_time, batch);
}

// False: the batch is full and there may be more.
bool Egress::fill_sessions(Instant now, SendBatch& batch) {
  while (!ready_.empty()) {
    Peer* peer = registry_.peers().find(ready_.front());
    if (peer != nullptr) {
      if (!serve(now, *peer, batch)) return false;
      peer->is_ready = false;
      registry_.schedule(now, *peer);
      if (peer->phase == control::SessionPhase::kClosed) finished_.push_back(peer->id);
    }
    ready_.pop_front();
  }
  return true;
}

bool Egress::serve(Instant now, Peer& peer, SendBatch& batch) {
  if (peer.transport.fill(now, batch)) return false;
  if (peer.transport.state() != transport::State::kConnected) return true;
  while (true) {
    if (batch.is_full()) return false;
    if (!write_rtcp(now, peer, batch)) return true;
  }
}

bool Egress::write_rtcp(Instant now, Peer& peer, SendBatch& batch) {
  ClassMedia* media = registry_.class_to_send(peer.class_id);
  if (media == nullptr) return false;
  const MutableBytes out = batch.next();
  ByteWriter writer(out.first(kMaxRtcp));
  const uint64_t requests = peer.publisher ? peer.publisher->keyframe_requests() : 0;
  const bool has_written = peer.publisher ? peer.publisher->write_feedback(now, *media, writer)
                                          : peer.viewer->write_reports(now, *media, writer);
  if (!has_written || writer.size() == 0) return false;
  if (peer.publisher)
    for (uint64_t count = requests; count < peer.publisher->keyframe_requests(); ++count)
      statistics_.count_keyframe_request();
  const size_t size = peer.transport.protect_rtcp(out, writer.size());
  batch.commit(size, *peer.transport.path());
  statistics_.count_sent(Sent::kRtcp, size);
  return true;
}

Peer* Egress::connected_peer(SlotId id) {
  Peer* peer = registry_.peers().find(id);
  return peer != nullptr && peer->transport.state() == transport::State::kConnected ? peer
                                                                                    : nullptr;
}

void Egress::fill_repetitions(uint32_t abs_send_time, SendBatch& batch) {
  while (!batch.is_full()) {
    const Repetition* repetition = repetitions_.take();
    if (repetition == nullptr) return;
    Peer* peer = connected_peer(repetition->owner);
    if (peer == nullptr || !peer->viewer) continue;
    forward::Subscription* subscription = peer->viewer->subscription(repetition->stream);
    if (subscription == nullptr) continue;
    const auto sent = subscription->find_sent(repetition->sequence_number);
    if (!sent) continue;
    const MutableBytes out = batch.next();
    const auto written = repetition->stream == kAudio
                             ? std::optional(subscription->write_again(*sent, out))
                             : subscription->write_rtx(*sent, abs_send_time, out);
    if (!written) continue;
    const size_t size =
        peer->transport.protect_rtp(out, written->header_size, written->size, written->index);
    batch.commit(size, *peer->transport.path());
    statistics_.count_sent(Sent::kRetransmission, size);
  }
}

// True: the batch is full and there may be more.
bool Egress::fill_media(Instant now, uint32_t abs_send_time, SendBatch& batch) {
  Peer* peer = nullptr;
  while (!batch.is_full()) {
    const auto due = registry_.fanouts().viewers.next();
    if (!due) return false;
    forward::Subscription& subscription = *due->subscription;
    if (peer == nullptr || !(peer->id == subscription.owner())) {
      peer = connected_peer(subscription.owner());
      fetch_ahead();
    }
    if (peer == nullptr) {
      subscription.leave();
      continue;
    }
    if (subscription.is_behind(*due->packet, now)) {
      drops_.add(DropReason::kBehind, subscription.skip());
      peer->viewer->choose_soon(now);
      registry_.schedule(now, *peer);
      continue;
    }
    if (const size_t repeats = peer->viewer->repeats(subscription.stream())) {
      if (batch.count() + repeats >= SendBatch::kMaxDatagrams) return true;
      write_earlier_sound(*due, repeats, *peer, batch);
    }
    if (due->packet->starts_keyframe) peer->viewer->note_keyframe_sent(now, subscription.stream());
    const MutableBytes out = batch.next();
    const auto written = subscription.write_next(*due->packet, abs_send_time, out);
    const size_t size =
        peer->transport.protect_rtp(out, written.header_size, written.size, written.index);
    batch.commit(size, *peer->transport.path());
    statistics_.count_sent(Sent::kMedia, size);
  }
  return true;
}

// A thousand viewers' state does not stay in the nearest caches from one frame to the next, and
// where it lies is known a few viewers ahead.
void Egress::fetch_ahead() {
  const forward::Fanout& fanout = registry_.fanouts().viewers;
  if (const forward::Subscription* subscription = fanout.upcoming(kFetchSubscription))
    fetch(subscription, sizeof(*subscription));
  if (const forward::Subscription* subscription = fanout.upcoming(kFetchPeer))
    if (const Peer* peer = registry_.peers().find(subscription->owner())) fetch(peer, kPeerInUse);
  if (const forward::Subscription* subscription = fanout.upcoming(kFetchKey))
    if (const Peer* peer = registry_.peers().find(subscription->owner()))
      if (const void* key = peer->transport.key_in_use()) fetch(key, kKeyInUse);
}

// Oldest first, so that what was lost comes before what follows it.
void Egress::write_earlier_sound(const forward::Fanout::Due& due, size_t repeats, Peer& peer,
                                 SendBatch& batch) {
  const forward::Subscription& subscription = *due.subscription;
  for (size_t steps = repeats; steps > 0; --steps) {
    const auto sent = subscription.find_earlier(*due.packet, static_cast<int64_t>(steps));
    if (!sent) continue;
    const MutableBytes out = batch.next();
    const auto written = subscription.write_again(*sent, out);
    const size_t size =
        peer.transport.protect_rtp(out, written.header_size, written.size, written.index);
    batch.commit(size, *peer.transport.path());
    statistics_.count_sent(Sent::kRetransmission, size);
  }
}

bool Egress::fill_legs(Instant now, SendBatch& batch) {
  if (!fill_leg_reports(now, batch) || !fill_leg_feedback(now, batch)) return true;
  fill_leg_repetitions(batch);
  fill_leg_media(batch);
  return batch.is_full();
}

void Egress::commit_leg(control::LegId leg, const Endpoint& destination, size_t size,
                        SendBatch& batch) {
  store_be64(batch.next().data(), leg);
  batch.commit(kLegHeaderSize + size, {.remote = destination, .local = leg_endpoint_});
  statistics_.count_sent(Sent::kLeg, kLegHeaderSize + size);
}

bool Egress::fill_leg_reports(Instant now, SendBatch& batch) {
  while (!ready_senders_.empty()) {
    if (batch.is_full()) return false;
    const SlotId id = ready_senders_.front();
    ready_senders_.pop_front();
    LegSender* sender = registry_.senders().find(id);
    if (sender == nullptr) continue;
    sender->is_ready = false;
    ByteWriter writer(batch.next().subspan(kLegHeaderSize, kMaxRtcp));
    if (sender->write_reports(now, *registry_.class_to_send(sender->class_id()), writer))
      commit_leg(sender->leg(), sender->destination(), writer.size(), batch);
    registry_.timers().bring_forward({TimerKey::Kind::kLegSender, id}, sender->scheduled,
                                     sender->next_timeout());
  }
  return true;
}

bool Egress::fill_leg_feedback(Instant now, SendBatch& batch) {
  while (!ready_receivers_.empty()) {
    const SlotId id = ready_receivers_.front();
    LegReceiver* receiver = registry_.receivers().find(id);
    while (receiver != nullptr) {
      if (batch.is_full()) return false;
      ByteWriter writer(batch.next().subspan(kLegHeaderSize, kMaxRtcp));
      ClassMedia& media = *registry_.class_to_send(receiver->class_id());
      if (!receiver->write_feedback(now, media, writer)) {
        receiver->is_ready = false;
        registry_.schedule(now, id, *receiver);
        break;
      }
      commit_leg(receiver->leg(), receiver->source(), writer.size(), batch);
    }
    ready_receivers_.pop_front();
  }
  return true;
}

void Egress::fill_leg_repetitions(SendBatch& batch) {
  while (!batch.is_full()) {
    const Repetition* repetition = leg_repetitions_.take();
    if (repetition == nullptr) return;
    LegSender* sender = registry_.senders().find(repetition->owner);
    if (sender == nullptr) continue;
    const forward::Subscription& subscription = sender->subscription(repetition->stream);
    const auto sent = subscription.find_sent(repetition->sequence_number);
    if (!sent) continue;
    const auto written = subscription.write_again(*sent, batch.next().subspan(kLegHeaderSize));
    commit_leg(sender->leg(), sender->destination(), written.size, batch);
  }
}

void Egress::fill_leg_media(SendBatch& batch) {
  while (!batch.is_full()) {
    const auto due = registry_.fanouts().legs.next();
    if (!due) return;
    forward::Subscription& subscription = *due->subscription;
    LegSender* sender = registry_.senders().find(subscription.owner());
    const auto written =
        subscription.write_next(*due->packet, 0, batch.next().subspan(kLegHeaderSize));
    commit_leg(sender->leg(), sender->destination(), written.size, batch);
  }
}

}  // namespace lectern::worker
