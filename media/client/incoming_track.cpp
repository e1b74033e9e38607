#include "media/client/incoming_track.h"

#include "media/codec/h264.h"
#include "media/codec/vp8.h"
#include "media/rtp/rtx.h"

#include <algorithm>

namespace lectern::client {
namespace {

constexpr Duration kPliInterval = Duration::milliseconds(500);
// Browsers ask for what is missing as soon as they see the gap.
constexpr rtp::NackTiming kTiming{.grace = Duration::milliseconds(1)};
// Decoding, rendering and the jitter of a good link.
constexpr Duration kPictureDelay = Duration::milliseconds(40);

uint32_t clock_rate(sdp::TrackKind kind) {
  return kind == sdp::TrackKind::kAudio ? 48'000 : 90'000;
}

}  // namespace

IncomingTrack::IncomingTrack(const sdp::NegotiatedMedia& media, bool is_sampled)
    : media_(media),
      is_audio_(media.kind == sdp::TrackKind::kAudio),
      is_sampled_(is_sampled),
      statistics_(clock_rate(media.kind)),
      nacks_(kTiming),
      keyframe_wanted_(!is_audio_) {
  if (!media.streams.empty()) {
    ssrc_ = media.streams.front().ssrc;
    rtx_ssrc_ = media.streams.front().rtx_ssrc;
  }
  if (!is_audio_) frames_ = std::make_unique<FrameAssembler>(!is_sampled);
}

void IncomingTrack::on_packet(Instant now, MutableBytes packet, size_t wire_size) {
  auto view = rtp::parse(packet);
  if (!view) return;
  const sdp::NegotiatedCodec* codec = media_.codec_of(view->header.payload_type);
  if (codec == nullptr) return;
  const bool is_repair = view->header.payload_type == codec->rtx_payload_type;
  stats_.bytes += wire_size;
  if (is_repair) {
    const auto original = rtp::undo_rtx(packet, codec->payload_type, ssrc_);
    if (!original) return;  // a padding probe
    view = rtp::parse(*original);
    if (!view) return;
  } else {
    statistics_.on_packet(now, view->header.sequence_number, view->header.timestamp);
  }
  stats_.codec = codec->name;
  take(now, view->header, inspect(*view, codec->name), is_repair);
}

void IncomingTrack::on_header(Instant now, const rtp::Header& header, size_t wire_size) {
  stats_.bytes += wire_size;
  statistics_.on_packet(now, header.sequence_number, header.timestamp);
  take(now, header, {.timestamp = header.timestamp, .is_marker = header.marker}, false);
}

PacketFacts IncomingTrack::inspect(const rtp::PacketView& view, sdp::CodecName codec) {
  PacketFacts facts{.timestamp = view.header.timestamp, .is_marker = view.header.marker};
  std::optional<codec::PictureSize> size;
  if (codec == sdp::CodecName::kVp8) {
    const auto descriptor = codec::vp8::parse_descriptor(view.payload);
    if (!descriptor) return facts;
    facts.starts_keyframe = codec::vp8::starts_keyframe(*descriptor, view.payload);
    if (facts.starts_keyframe) size = codec::vp8::keyframe_size(*descriptor, view.payload);
    if (descriptor->starts_frame() && descriptor->has_picture_id()) {
      facts.picture_id = descriptor->picture_id;
    }
  }
  if (codec == sdp::CodecName::kH264) {
    const auto info = codec::h264::inspect(view.payload);
    facts.starts_keyframe = info.starts_keyframe;
    size = info.size;
  }
  if (size) stats_.picture_size = size;
  return facts;
}

bool IncomingTrack::note_arrival(int64_t position) {
  if (!begin_) {
    begin_ = position;
    newest_ = position - 1;
  }
  if (position < *begin_ || position <= newest_ - static_cast<int64_t>(kWindow)) return false;
  while (newest_ < position) {
    ++newest_;
    bool& slot = arrived_[static_cast<size_t>(newest_) % kWindow];
    if (newest_ - *begin_ >= static_cast<int64_t>(kWindow) && !slot) ++lost_for_good_;
    slot = false;
  }
  bool& slot = arrived_[static_cast<size_t>(position) % kWindow];
  return !std::exchange(slot, true);
}

void IncomingTrack::take(Instant now, const rtp::Header& header, PacketFacts facts,
                         bool is_repair) {
  const int64_t position = sequence_.unwrap(header.sequence_number) + kOrigin;
  if (!note_arrival(position)) {
    ++stats_.duplicates;
    return;
  }
  ++stats_.packets;
  if (position == newest_ && !is_repair) {
    stats_.newest_timestamp = header.timestamp;
    stats_.newest_arrival = now;
  }
  if (is_repair) ++stats_.repaired;
  if (!stats_.first_packet) stats_.first_packet = now;
  // A repair that was asked for once is a sample of the round trip.
  const auto round_trip = nacks_.on_packet(now, position);
  if (is_repair && round_trip) nacks_.set_round_trip(*round_trip);
  if (is_audio_) {
    playout_.on_packet(now, position, header.timestamp);
    if (position == newest_) check_timestamp(header.timestamp);
    return;
  }
  facts.position = position;
  if (facts.starts_keyframe) nacks_.on_keyframe(position);
  frames_->insert(now, facts);
  take_frames(now);
}

void IncomingTrack::check_timestamp(uint32_t timestamp) {
  const auto step = static_cast<int32_t>(timestamp - last_timestamp_.value_or(timestamp));
  if (step < 0) ++stats_.timestamp_regressions;
  last_timestamp_ = timestamp;
}

void IncomingTrack::take_frames(Instant now) {
  while (const auto frame = frames_->next(now)) on_frame(now, *frame);
  if (frames_->waits_for_keyframe() && nacks_.take_keyframe_wanted()) keyframe_wanted_ = true;
}

void IncomingTrack::on_frame(Instant now, const AssembledFrame& frame) {
  check_timestamp(frame.timestamp);
  // Sampled, most pictures have no known id, and the next known one is not the next picture's.
  if (frame.picture_id && !is_sampled_) {
    // RFC 7741 §4.2: 7 or 15 bits; a step of one wraps to 0 in either.
    const bool follows = !last_picture_id_ || frame.follows_hole || *frame.picture_id == 0 ||
                         *frame.picture_id == static_cast<uint16_t>(*last_picture_id_ + 1);
    if (!follows) ++stats_.picture_id_jumps;
    last_picture_id_ = frame.picture_id;
  }
  if (!frame.is_decodable) {
    keyframe_wanted_ = true;
    return;
  }
  ++stats_.frames;
  if (frame.is_keyframe) ++stats_.keyframes;
  if (!stats_.first_frame) stats_.first_frame = now;
  if (last_frame_) add_gap(now - *last_frame_, stats_);
  last_frame_ = now;
}

void IncomingTrack::add_gap(Duration gap, TrackStats& stats) {
  stats.longest_gap = std::max(stats.longest_gap, gap);
  if (gap <= kFreeze) return;
  ++stats.freezes;
  stats.frozen += gap;
}

void IncomingTrack::handle_timeout(Instant now) {
  if (frames_) take_frames(now);
}

size_t IncomingTrack::take_nacks(Instant now, std::span<uint16_t> out) {
  const size_t count = nacks_.take_due(now, out);
  stats_.nacked += count;
  return count;
}

Duration IncomingTrack::player_delay(Duration round_trip) const {
  // As in libwebrtc: once a few packets have been asked for, most of a round trip on top.
  return stats_.nacked >= 3 ? kPictureDelay + round_trip * 9 / 10 : kPictureDelay;
}

bool IncomingTrack::take_keyframe_wanted(Instant now) {
  if (is_audio_) return false;
  // Until the first picture is there the wish stands, as in a browser.
  const bool is_wanted = keyframe_wanted_ || (stats_.frames == 0 && frames_->waits_for_keyframe());
  if (!is_wanted || (stats_.plis > 0 && now - last_pli_ < kPliInterval)) return false;
  keyframe_wanted_ = false;
  last_pli_ = now;
  ++stats_.plis;
  return true;
}

rtp::ReportBlock IncomingTrack::report(Instant now) {
  return statistics_.report(now, ssrc_);
}

void IncomingTrack::on_sender_report(Instant now, const rtcp::SenderInfo& report) {
  statistics_.on_sender_report(now, report.ntp);
  stats_.report = report;
}

uint64_t IncomingTrack::holes() const {
  if (!begin_) return 0;
  const int64_t oldest = std::max(*begin_, newest_ - static_cast<int64_t>(kWindow) + 1);
  uint64_t count = 0;
  for (int64_t position = oldest; position <= newest_; ++position) {
    count += arrived_[static_cast<size_t>(position) % kWindow] ? 0U : 1U;
  }
  return count;
}

TrackStats IncomingTrack::stats(Instant now) const {
  TrackStats stats = stats_;
  stats.lost = lost_for_good_ + holes();
  stats.concealed = playout_.concealed();
  stats.played = playout_.played();
  if (last_frame_) add_gap(now - *last_frame_, stats);
  return stats;
}

}  // namespace lectern::client
