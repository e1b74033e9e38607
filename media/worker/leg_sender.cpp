#include "media/worker/leg_sender.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"

namespace lectern::worker {
namespace {

constexpr Duration kReportInterval = Duration::milliseconds(500);
constexpr Duration kStartupWindow = Duration::seconds(3);
// A leg stays inside a site: what is asked for again is sent again soon, and all of it.
constexpr forward::NackResponder::Link kLink{.round_trip = Duration::milliseconds(2),
                                             .rate = DataRate::kbps(50'000)};

}  // namespace

LegSender::LegSender(SlotId id, SlotId class_id, control::LegId leg, const Endpoint& destination)
    : id_(id), class_id_(class_id), leg_(leg), destination_(destination) {
  for (size_t stream = 0; stream < kLegStreams; ++stream) {
    forward::StreamIdentity identity{.ssrc = leg_ssrc(stream)};
    identity.payload_types = kLegPayloadTypes;
    streams_[stream] = std::make_unique<forward::Subscription>(forward::Route::kLegs, id_,
                                                               static_cast<uint8_t>(stream),
                                                               identity, uint16_t{1}, uint16_t{1});
  }
}

void LegSender::subscribe(Instant now, ClassMedia& media) {
  if (opened_at_.is_never()) opened_at_ = now;
  // At first everybody behind it is a newcomer, or has lost the leg before. Later there may be one
  // who changes tiers on a thin link.
  const Duration keyframe_age = now - opened_at_ < kStartupWindow
                                    ? forward::Track::kJoinKeyframeAge
                                    : forward::Track::kSwitchKeyframeAge;
  for (size_t stream = 0; stream < kLegStreams; ++stream) {
    if (!wish_[stream]) continue;
    const LegPlace place = leg_place(stream);
    media.track(place.track)
        .subscribe(now, *streams_[stream], {.encoding = static_cast<uint8_t>(place.encoding)},
                   keyframe_age);
  }
}

void LegSender::handle_wish(Instant now, const LegWish& wish, ClassMedia& media) {
  wish_ = wish;
  wish_.set(0);
  for (size_t stream = 0; stream < kLegStreams; ++stream)
    if (!wish_[stream]) streams_[stream]->leave();
  subscribe(now, media);
}

forward::Subscription* LegSender::find(uint32_t ssrc) {
  for (const auto& subscription : streams_)
    if (subscription->identity().ssrc == ssrc) return subscription.get();
  return nullptr;
}

void LegSender::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                            std::vector<Repetition>& repetitions, size_t room) {
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (const auto wish = parse_leg_wish(*packet)) handle_wish(now, *wish, media);
    if (packet->type == rtcp::PacketType::kPayloadFeedback && packet->count == rtcp::kPliFormat)
      handle_pli(*packet, media);
    if (packet->type == rtcp::PacketType::kTransportFeedback && packet->count == rtcp::kNackFormat)
      handle_nack(now, *packet, drops, repetitions, room);
  }
  if (reader.malformed()) drops.add(DropReason::kRtcpMalformed);
}

void LegSender::handle_pli(const rtcp::PacketView& packet, ClassMedia& media) {
  const auto pli = rtcp::parse_pli(packet);
  const forward::Subscription* subscription = pli ? find(pli->media_ssrc) : nullptr;
  if (subscription == nullptr || subscription->stream() == 0) return;
  const LegPlace place = leg_place(subscription->stream());
  media.track(place.track).want_keyframe(place.encoding);
}

void LegSender::handle_nack(Instant now, const rtcp::PacketView& packet, DropCounters& drops,
                            std::vector<Repetition>& repetitions, size_t room) {
  auto nack = rtcp::parse_nack(packet);
  const forward::Subscription* subscription = nack ? find(nack->media_ssrc) : nullptr;
  if (subscription == nullptr) return;
  while (const auto number = nack->numbers.next()) {
    const auto sent = subscription->find_sent(*number);
    if (!sent) {
      drops.add(DropReason::kNackNotInRing);
      continue;
    }
    const auto verdict = responder_.ask(now, subscription->stream(), *number,
                                        sent->entry->payload.payload().size(), kLink);
    if (verdict == forward::NackResponder::Verdict::kSend && repetitions.size() < room)
      repetitions.push_back({id_, subscription->stream(), *number});
    else
      drops.add(DropReason::kNackSuppressed);
  }
}

bool LegSender::write_reports(Instant now, ClassMedia& media, ByteWriter& out) {
  if (now < next_report_) return false;
  next_report_ = now + kReportInterval;
  subscribe(now, media);
  for (size_t stream = 0; stream < kLegStreams; ++stream) {
    const forward::Subscription& subscription = *streams_[stream];
    const LegPlace place = leg_place(stream);
    if (!subscription.has_sent()) continue;
    const auto clock =
        media.report_at(now, place.track, {.encoding = static_cast<uint8_t>(place.encoding)});
    if (!clock) continue;
    static_cast<void>(rtcp::write_sender_report({.ssrc = subscription.identity().ssrc,
                                                 .ntp = clock->ntp,
                                                 .rtp_timestamp = clock->rtp,
                                                 .packet_count = subscription.packet_count(),
                                                 .octet_count = subscription.octet_count()},
                                                {}, out));
  }
  return write_leg_offers(leg_ssrc(0), offers(now, media), out);
}

LegOffers LegSender::offers(Instant now, ClassMedia& media) {
  LegOffers offers;
  for (size_t stream = 1; stream < kLegStreams; ++stream) {
    const LegPlace place = leg_place(stream);
    for (const forward::LadderStep& step : media.ladder(now, place.track))
      if (step.id == forward::TierId{.encoding = static_cast<uint8_t>(place.encoding)})
        offers[stream] = forward::Track::Offer{
            .rate = step.rate, .height = step.height, .fps = step.fps, .is_asleep = step.is_asleep};
  }
  return offers;
}

}  // namespace lectern::worker
