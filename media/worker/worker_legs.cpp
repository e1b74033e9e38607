// How legs of a Worker begin and end, and what comes by them.
#include "media/rtp/header.h"
#include "media/worker/worker_parts.h"

#include <algorithm>
#include <vector>

namespace lectern::worker {
namespace {

// After signaling has come back it opens its legs anew; what it does not name is over.
constexpr Duration kLegPatience = Duration::seconds(5);

}  // namespace

void Worker::Parts::handle(Instant now, const control::OpenLeg& message) {
  if (LegSender* sender = registry.senders().find(registry.sender_of(message.leg))) {
    sender->is_confirmed = true;
    sender->set_destination(message.destination);
    return;
  }
  if (!has_room_for_leg(message.class_id))
    return refuse_leg(message.leg, message.class_id, "classes");
  const SlotId class_id = registry.class_of(now, message.class_id);
  ClassMedia& media = *registry.touch(class_id);
  // A signaling that has come back names its legs anew.
  const auto at = std::ranges::find_if(media.senders, [&](SlotId id) {
    return registry.senders().at(id).destination() == message.destination;
  });
  const SlotId before = at == media.senders.end() ? SlotId{} : *at;
  if (!before.is_valid() && media.senders.size() >= config.limits.legs_per_class) {
    registry.release_class_if_unused(class_id);
    return refuse_leg(message.leg, message.class_id, "legs");
  }
  LegSender& sender = registry.add_sender(class_id, message.leg, message.destination);
  if (before.is_valid()) registry.erase_sender(before);
  sender.subscribe(now, media);
  egress.note(registry.sender_of(message.leg), sender);
  media.note_demand();
}

void Worker::Parts::handle(Instant now, const control::AcceptLeg& message) {
  if (LegReceiver* receiver = registry.receivers().find(registry.receiver_of(message.leg))) {
    receiver->is_confirmed = true;
    receiver->set_source(message.source);
    return find_source(now, *registry.touch(receiver->class_id()));
  }
  if (!has_room_for_leg(message.class_id))
    return refuse_leg(message.leg, message.class_id, "classes");
  const SlotId class_id = registry.class_of(now, message.class_id);
  ClassMedia& media = *registry.touch(class_id);
  const std::vector<SlotId> before = media.receivers;
  const SlotId id = registry.add_receiver(class_id, message.leg, message.source);
  media.set_source({.kind = ClassMedia::Source::Kind::kLeg, .id = id});
  for (SlotId old : before) registry.erase_receiver(old);
  note_source_change(now, media);
  media.note_demand();
}

bool Worker::Parts::has_room_for_leg(const std::string& class_id) const {
  return registry.has_class(class_id) || registry.classes().size() < config.limits.classes;
}

void Worker::Parts::refuse_leg(control::LegId leg, const std::string& class_id,
                               std::string_view reason) {
  tell(control::LegRefused{.leg = leg, .class_id = class_id, .reason = std::string(reason)});
}

void Worker::Parts::handle(Instant now, const control::CloseLeg& message) {
  const SlotId sender = registry.sender_of(message.leg);
  if (sender.is_valid()) registry.erase_sender(sender);
  const SlotId receiver_id = registry.receiver_of(message.leg);
  const LegReceiver* receiver = registry.receivers().find(receiver_id);
  if (receiver == nullptr) return;
  const SlotId class_id = receiver->class_id();
  registry.erase_receiver(receiver_id);
  if (ClassMedia* media = registry.touch(class_id)) find_source(now, *media);
}

void Worker::Parts::handle_leg(Instant now, const Endpoint& from, Bytes datagram) {
  if (datagram.size() < kLegHeaderSize + rtp::kExtensionHeaderSize)
    return drops.add(DropReason::kLegMalformed);
  const control::LegId leg = load_be64(datagram.data());
  const Bytes packet = datagram.subspan(kLegHeaderSize);
  const SlotId receiver_id = registry.receiver_of(leg);
  if (LegReceiver* receiver = registry.receivers().find(receiver_id)) {
    if (!(receiver->source() == from)) return drops.add(DropReason::kLegUnknown);
    ClassMedia& media = *registry.touch(receiver->class_id());
    const ClassMedia::Source self{.kind = ClassMedia::Source::Kind::kLeg, .id = receiver_id};
    if (!(media.source() == self)) return drops.add(DropReason::kLegUnknown);
    if (rtp::is_rtcp(packet))
      receiver->handle_rtcp(now, packet, media, drops);
    else
      receiver->handle_rtp(now, packet, media, drops);
    if (media.has_change()) note_source_change(now, media);
    if (receiver->next_timeout(media) <= now) egress.note(receiver_id, *receiver);
    return registry.schedule(now, receiver_id, *receiver);
  }
  const SlotId sender_id = registry.sender_of(leg);
  LegSender* sender = registry.senders().find(sender_id);
  if (sender == nullptr || !(sender->destination() == from))
    return drops.add(DropReason::kLegUnknown);
  ClassMedia& media = *registry.touch(sender->class_id());
  sender->handle_rtcp(now, packet, media, drops, egress.leg_repetitions(), Egress::kMaxRepetitions);
  media.note_demand();
}

void Worker::Parts::expect_legs(Instant now) {
  registry.senders().for_each([](SlotId, LegSender& sender) { sender.is_confirmed = false; });
  registry.receivers().for_each(
      [](SlotId, LegReceiver& receiver) { receiver.is_confirmed = false; });
  legs_expected_until = now + kLegPatience;
}

void Worker::Parts::close_unconfirmed_legs(Instant now) {
  legs_expected_until = Instant::never();
  std::vector<control::LegId> over;
  registry.senders().for_each([&over](SlotId, const LegSender& sender) {
    if (!sender.is_confirmed) over.push_back(sender.leg());
  });
  registry.receivers().for_each([&over](SlotId, const LegReceiver& receiver) {
    if (!receiver.is_confirmed) over.push_back(receiver.leg());
  });
  for (control::LegId leg : over) handle(now, control::CloseLeg{.leg = leg});
}

}  // namespace lectern::worker
