#include "media/worker/leg_receiver.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"

#include <algorithm>
#include <utility>

namespace lectern::worker {
namespace {

constexpr uint32_t kOwnSsrc = 0x4C00FFFF;  // of our feedback; no stream's
// A leg stays inside a site, and loopback keeps the order: a hole is a loss, repaired before
// anybody's player notices it.
constexpr Duration kRoundTrip = Duration::milliseconds(4);
constexpr Duration kWishInterval = Duration::seconds(1);
constexpr Duration kPatience = Duration::milliseconds(100);
constexpr Duration kKeep = Duration::seconds(10);
// No queue of a thin link swallows what is asked for: the pace need not slow down.
constexpr rtp::NackTiming kTiming{.grace = Duration::milliseconds(1),
                                  .least_interval = kRoundTrip,
                                  .longest_interval = 2 * kRoundTrip};

}  // namespace

// The two ends are opened by messages to two processes: a wish may have come before the far end was
// there to hear it. If it speaks and sends no picture that was wished, it is told again, not only
// with the next interval.
void LegReceiver::note_heard(Instant now) {
  if (!std::exchange(is_heard_, true)) repeat_wish_at_ = now + kPatience;
}

void LegReceiver::handle_rtp(Instant now, Bytes packet, ClassMedia& media, DropCounters& drops) {
  note_heard(now);
  const auto view = rtp::parse(packet);
  if (!view) return drops.add(DropReason::kLegMalformed);
  const auto index = leg_stream(view->header.ssrc);
  if (!index) return drops.add(DropReason::kRtpUnknownSsrc);
  const LegPlace place = leg_place(*index);
  const auto type =
      std::find(kLegPayloadTypes.begin(), kLegPayloadTypes.end(), view->header.payload_type);
  if (type == kLegPayloadTypes.end()) return drops.add(DropReason::kRtpUnknownPayloadType);
  auto& stream = streams_[*index];
  if (!stream) {
    stream = std::make_unique<ReceiveStream>(
        view->header.ssrc, place.track == kAudio ? 48'000 : 90'000, true, kTiming);
    stream->set_round_trip(kRoundTrip);
    if (place.track != kAudio) repeat_wish_at_ = Instant::never();  // the wish was heard
  }
  const rtp::Header& header = view->header;
  const int64_t position = stream->on_packet(now, header.sequence_number, header.timestamp, false);
  const auto accepted =
      media.track(place.track)
          .accept(now, place.encoding,
                  {.sequence_number = header.sequence_number,
                   .timestamp = header.timestamp,
                   .marker = header.marker,
                   .codec = static_cast<forward::Codec>(type - kLegPayloadTypes.begin()),
                   .payload = view->payload,
                   .has_steady_time = true});
  if (!accepted) return drops.add(accepted.error());
  if (accepted->starts_keyframe) stream->on_keyframe(position - accepted->before_keyframe);
  if (accepted->starts_keyframe || accepted->starts_epoch) media.note_change();
}

void LegReceiver::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops) {
  note_heard(now);
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (const auto offers = parse_leg_offers(*packet)) handle_offers(now, *offers, media);
    if (packet->type != rtcp::PacketType::kSenderReport) continue;
    const auto report = rtcp::parse_sender_report(*packet);
    const auto stream = report ? leg_stream(report->sender.ssrc) : std::nullopt;
    if (!stream) continue;
    const LegPlace place = leg_place(*stream);
    media.track(place.track)
        .handle_sender_report(now, place.encoding,
                              {.ntp = report->sender.ntp, .rtp = report->sender.rtp_timestamp});
  }
  if (reader.malformed()) drops.add(DropReason::kRtcpMalformed);
}

void LegReceiver::handle_offers(Instant now, const LegOffers& offers, ClassMedia& media) {
  for (size_t stream = 1; stream < kLegStreams; ++stream) {
    const LegPlace place = leg_place(stream);
    media.track(place.track).offer(now, place.encoding, offers[stream]);
  }
  media.note_change();
}

bool LegReceiver::follow_demand(Instant now, const ClassMedia& media) {
  LegWish wish(1);
  for (size_t stream = 1; stream < kLegStreams; ++stream) {
    const LegPlace place = leg_place(stream);
    if (media.track(place.track).is_wanted(place.encoding)) wanted_until_[stream] = now + kKeep;
    wish[stream] = now < wanted_until_[stream];
  }
  if (wish != wish_) next_wish_ = now;
  wish_ = wish;
  return next_wish_ <= now;
}

bool LegReceiver::write_wish(Instant now, ByteWriter& out) {
  if (now < std::min(next_wish_, repeat_wish_at_)) return false;
  repeat_wish_at_ = Instant::never();
  next_wish_ = now + kWishInterval;
  return write_leg_wish(kOwnSsrc, wish_, out);
}

bool LegReceiver::write_feedback(Instant now, ClassMedia& media, ByteWriter& out) {
  bool has_written = write_wish(now, out);
  for (size_t index = 0; index < kLegStreams; ++index) {
    const auto& stream = streams_[index];
    if (!stream) continue;
    const LegPlace place = leg_place(index);
    has_written |= stream->write_nack(now, kOwnSsrc, out) > 0;
    if (place.track == kAudio) continue;
    forward::Track& track = media.track(place.track);
    if (stream->take_keyframe_wanted()) track.want_keyframe(place.encoding);
    if (!track.take_keyframe_request(now, place.encoding)) continue;
    has_written |= rtcp::write_pli({.sender_ssrc = kOwnSsrc, .media_ssrc = stream->ssrc()}, out);
  }
  return has_written;
}

Instant LegReceiver::next_timeout(const ClassMedia& media) const {
  Instant next = std::min({next_wish_, repeat_wish_at_, media.next_keyframe_request()});
  for (const auto& stream : streams_)
    if (stream) next = std::min(next, stream->next_nack());
  return next;
}

}  // namespace lectern::worker
