#include "media/worker/leg_receiver.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"
#include "media/worker/leg_sender.h"

#include <algorithm>

namespace lectern::worker {
namespace {

constexpr uint32_t kOwnSsrc = 0x4C00FFFF;  // of our feedback; no stream's
// A leg stays inside a site, and loopback keeps the order: a hole is a loss, repaired before
// anybody's player notices it.
constexpr Duration kRoundTrip = Duration::milliseconds(4);
constexpr rtp::NackTiming kTiming{.grace = Duration::milliseconds(1), .least_interval = kRoundTrip};

}  // namespace

bool LegReceiver::find_place(uint32_t ssrc, Place& place) {
  place = {.track = ssrc >> 8 & 0xFF, .encoding = ssrc & 0xFF};
  const size_t encodings = place.track == kAudio ? 1 : forward::kMaxEncodings;
  return ssrc >> 16 == 0x4C00 && place.track < kTracks && place.encoding < encodings;
}

void LegReceiver::handle_rtp(Instant now, Bytes packet, ClassMedia& media, DropCounters& drops) {
  const auto view = rtp::parse(packet);
  if (!view) return drops.add(DropReason::kLegMalformed);
  Place place{};
  if (!find_place(view->header.ssrc, place)) return drops.add(DropReason::kRtpUnknownSsrc);
  const auto type =
      std::find(kLegPayloadTypes.begin(), kLegPayloadTypes.end(), view->header.payload_type);
  if (type == kLegPayloadTypes.end()) return drops.add(DropReason::kRtpUnknownPayloadType);
  auto& stream = streams_[place.track][place.encoding];
  if (!stream) {
    stream = std::make_unique<ReceiveStream>(
        view->header.ssrc, place.track == kAudio ? 48'000 : 90'000, true, kTiming);
    stream->set_round_trip(kRoundTrip);
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
                   .payload = view->payload});
  if (!accepted) return drops.add(accepted.error());
  if (accepted->starts_keyframe) stream->on_keyframe(position);
  if (accepted->starts_keyframe || accepted->starts_epoch) media.note_change();
}

void LegReceiver::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops) {
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (packet->type != rtcp::PacketType::kSenderReport) continue;
    const auto report = rtcp::parse_sender_report(*packet);
    Place place{};
    if (!report || !find_place(report->sender.ssrc, place)) continue;
    media.track(place.track)
        .handle_sender_report(now, place.encoding,
                              {.ntp = report->sender.ntp, .rtp = report->sender.rtp_timestamp});
  }
  if (reader.malformed()) drops.add(DropReason::kRtcpMalformed);
}

bool LegReceiver::write_feedback(Instant now, ClassMedia& media, ByteWriter& out) {
  bool has_written = false;
  for (size_t track = 0; track < kTracks; ++track) {
    for (size_t encoding = 0; encoding < forward::kMaxEncodings; ++encoding) {
      const auto& stream = streams_[track][encoding];
      if (!stream) continue;
      has_written |= stream->write_nack(now, kOwnSsrc, out) > 0;
      if (track == kAudio) continue;
      if (stream->take_keyframe_wanted()) media.track(track).want_keyframe(encoding);
      if (!media.track(track).take_keyframe_request(now, encoding)) continue;
      has_written |= rtcp::write_pli({.sender_ssrc = kOwnSsrc, .media_ssrc = stream->ssrc()}, out);
    }
  }
  return has_written;
}

Instant LegReceiver::next_timeout(const ClassMedia& media) const {
  Instant next = media.next_keyframe_request();
  for (const auto& track : streams_)
    for (const auto& stream : track)
      if (stream) next = std::min(next, stream->next_nack());
  return next;
}

}  // namespace lectern::worker
