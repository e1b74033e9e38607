#include "media/forward/encoding_stream.h"

#include "media/codec/h264.h"
#include "media/codec/vp8.h"

#include <algorithm>
#include <cstdlib>

namespace lectern::forward {
namespace {

// A hole of more packets than this is not waited for: about 2 s of 2.5 Mbit/s.
constexpr int kLongestHole = 600;
// Packets in a row that are all too old: then their source counts anew.
constexpr int kTooOldRun = 32;
// Distance between the positions of two sources.
constexpr int64_t kEpochDistance = 100'000;
// A stream without a B-picture among as many has none: encoders put 16 in a row at most, and
// mostly 3, between others.
constexpr int kPicturesToKnow = 30;
constexpr int32_t kWidePictureIds = 1 << 15;
constexpr int32_t kNarrowPictureIds = 1 << 7;
constexpr int32_t kLargestPictureGap = kLongestHole;

}  // namespace

void EncodingStream::restart() {
  parameter_sets_.clear();
  epoch_pending_ = true;
}

std::expected<MediaPacket, DropReason> EncodingStream::accept(Instant now,
                                                              const IncomingPacket& incoming,
                                                              const Shared& shared) {
  MediaPacket packet;
  packet.arrival = now;
  packet.codec = incoming.codec;
  packet.marker = incoming.marker;
  packet.is_padding = incoming.payload.empty();
  if (incoming.payload.size() > kMaxPayload) return std::unexpected(DropReason::kRtpTooLong);
  if (is_new_source(incoming)) {
    begin_epoch(incoming);
    packet.starts_epoch = true;
  }
  packet.position = position_base_ + sequence_.unwrap(incoming.sequence_number);
  const int64_t newest = newest_position_;
  if (const auto refusal = note_position(packet.position)) {
    too_old_ = *refusal == DropReason::kRtpTooOld ? too_old_ + 1 : 0;
    return std::unexpected(*refusal);
  }
  too_old_ = 0;
  // A probe of bandwidth has a number but nothing else: no frame, and its timestamp means nothing.
  if (packet.is_padding) return packet;

  packet.is_understood = incoming.codec == Codec::kOpus;
  if (incoming.codec == Codec::kVp8) read_vp8(incoming, packet);
  if (is_h264(incoming.codec)) read_h264(incoming, packet, newest, shared.slab);
  packet.payload = shared.slab.store(incoming.payload);
  if (packet.payload.payload().empty()) return std::unexpected(DropReason::kRtpTooLong);
  if (!clock_.has_started()) start_clock(incoming, now, shared.clock);
  if (packet.position > newest && !incoming.has_steady_time) follow_clock(incoming, packet, newest);
  place_in_time(incoming, packet, shared);
  codec_ = packet.codec;
  top_temporal_id_ = std::max(top_temporal_id_, packet.temporal_id);
  last_media_ = now;
  return packet;
}

bool EncodingStream::is_new_source(const IncomingPacket& incoming) const {
  if (epoch_pending_) return true;
  const int64_t step = sequence_.peek(incoming.sequence_number) - *sequence_.last();
  return step > kLongestHole || too_old_ >= kTooOldRun;
}

void EncodingStream::begin_epoch(const IncomingPacket& incoming) {
  epoch_pending_ = false;
  too_old_ = 0;
  sequence_.reset();
  position_base_ = newest_position_ + kEpochDistance - incoming.sequence_number;
  newest_position_ += kEpochDistance - 1;
  seen_.fill(0);
  clock_.restart();
  frame_timestamp_ = incoming.timestamp - 1;
  key_timestamp_.reset();
  prelude_ = {};
  order_ = {};
  top_temporal_id_ = 0;
  profile_.reset();
  last_media_.reset();
}

std::optional<DropReason> EncodingStream::note_position(int64_t position) {
  if (position <= newest_position_ - kWindow) return DropReason::kRtpTooOld;
  // Forget what the window has moved over.
  for (; newest_position_ < position; ++newest_position_) {
    const auto bit = static_cast<uint64_t>(newest_position_ + 1) % kWindow;
    seen_[bit / 64] &= ~(uint64_t{1} << bit % 64);
  }
  const auto bit = static_cast<uint64_t>(position) % kWindow;
  const uint64_t mask = uint64_t{1} << bit % 64;
  if ((seen_[bit / 64] & mask) != 0) return DropReason::kRtpDuplicate;
  seen_[bit / 64] |= mask;
  return std::nullopt;
}

void EncodingStream::read_vp8(const IncomingPacket& incoming, MediaPacket& packet) {
  const auto descriptor = codec::vp8::parse_descriptor(incoming.payload);
  if (!descriptor) return;
  packet.is_understood = true;
  packet.is_start_certain = true;
  packet.starts_frame = descriptor->starts_frame();
  packet.starts_keyframe = codec::vp8::starts_keyframe(*descriptor, incoming.payload);
  packet.has_layers = descriptor->temporal_id.has_value();
  packet.temporal_id = std::min(descriptor->temporal_id.value_or(0), kMaxTemporalId);
  packet.is_layer_sync = descriptor->layer_sync;
  if (descriptor->has_tl0picidx()) {
    packet.tl0_offset = descriptor->tl0picidx_offset;
    packet.tl0 = descriptor->tl0picidx;
  }
  if (descriptor->has_picture_id()) {
    packet.picture_id_offset = descriptor->picture_id_offset;
    packet.has_wide_picture_id = descriptor->has_wide_picture_id;
    unwrap_picture(descriptor->picture_id, descriptor->has_wide_picture_id, packet);
  }
  if (const auto size = codec::vp8::keyframe_size(*descriptor, incoming.payload)) size_ = size;
}

void EncodingStream::unwrap_picture(uint16_t picture_id, bool is_wide, MediaPacket& packet) {
  const int32_t count = is_wide ? kWidePictureIds : kNarrowPictureIds;
  if (!newest_picture_ || packet.starts_epoch) {
    // As far after the last source's pictures as keeps the ids of this one in their low bits.
    const int64_t after = newest_picture_ ? *newest_picture_ + 2 * kWidePictureIds : 0;
    newest_picture_ = after - after % kWidePictureIds + picture_id;
    packet.picture = *newest_picture_;
    return;
  }
  const auto newest = static_cast<int32_t>(*newest_picture_ % count);
  int32_t apart = (picture_id - newest + count) % count;
  if (apart > count / 2) apart -= count;
  // Another counter (or one of another width): more pictures than that are not lost without a hole.
  if (packet.position > newest_picture_position_ && std::abs(apart) > kLargestPictureGap) {
    newest_picture_ = (*newest_picture_ / kWidePictureIds + 2) * kWidePictureIds + picture_id;
    newest_picture_position_ = packet.position;
    packet.picture = *newest_picture_;
    packet.starts_pictures = true;
    return;
  }
  newest_picture_position_ = std::max(newest_picture_position_, packet.position);
  packet.picture = *newest_picture_ + apart;
  newest_picture_ = std::max(*newest_picture_, packet.picture);
}

// `newest`: the highest position before this packet.
void EncodingStream::read_h264(const IncomingPacket& incoming, MediaPacket& packet, int64_t newest,
                               PacketSlab& slab) {
  const auto info = codec::h264::inspect(incoming.payload);
  packet.is_understood = info.is_understood;
  packet.is_prelude = info.is_prelude;
  packet.starts_frame = info.starts_frame && incoming.timestamp != frame_timestamp_;
  if (packet.starts_frame) frame_timestamp_ = incoming.timestamp;
  // Redundant slices look like a start again: the first one counts.
  packet.starts_keyframe = info.starts_keyframe && key_timestamp_ != incoming.timestamp;
  if (packet.starts_keyframe) key_timestamp_ = incoming.timestamp;
  if (info.size) size_ = info.size;
  if (info.profile) profile_ = info.profile;
  order_.is_b = info.is_b;
  order_.has_b = order_.has_b || info.is_b.value_or(false);
  if (packet.position > newest) complete_keyframe(info, newest, slab, packet);
  if (info.has_sps || info.has_pps) parameter_sets_.note(incoming.payload);
  if (profile_) packet.codec = h264_codec(codec::h264::profile_of(*profile_));
}

// A keyframe that comes without parameter sets gets the last ones that were seen, unless something
// is missing before it: that might be newer ones.
void EncodingStream::complete_keyframe(const codec::h264::PayloadInfo& info, int64_t newest,
                                       PacketSlab& slab, MediaPacket& packet) {
  prelude_.is_whole = prelude_.is_whole && packet.position == newest + 1;
  prelude_.has_sps = prelude_.has_sps || info.has_sps;
  prelude_.has_pps = prelude_.has_pps || info.has_pps;
  const bool is_complete = prelude_.has_sps && prelude_.has_pps;
  if (packet.starts_keyframe && prelude_.is_whole && !is_complete) {
    if (const auto payload = parameter_sets_.payload(); !payload.empty()) {
      packet.parameter_sets = slab.store(payload);
      const auto known = codec::h264::inspect(payload);
      if (known.size) size_ = known.size;
      if (known.profile) profile_ = known.profile;
    }
  }
  if (!info.is_prelude) prelude_ = {};
}

// With the first media: a probe before it has no time.
void EncodingStream::start_clock(const IncomingPacket& incoming, Instant now,
                                 const TrackClock& clock) {
  clock_.start(incoming.timestamp, clock.begin(now));
  newest_timestamp_ = incoming.timestamp - 1;
  followed_timestamp_ = newest_timestamp_;
}

// `newest`: the highest position before this packet.
void EncodingStream::follow_clock(const IncomingPacket& incoming, const MediaPacket& packet,
                                  int64_t newest) {
  if (incoming.timestamp == followed_timestamp_) return;
  followed_timestamp_ = incoming.timestamp;
  const ClockSteps::Frame frame{
      .arrival = packet.arrival,
      .timestamp = incoming.timestamp,
      .follows_directly = packet.position == newest + 1,
      .picture = is_h264(incoming.codec) ? picture_kind() : ClockSteps::Picture::kInOrder};
  if (!clock_.follow(frame, packet.position, newest_timestamp_)) return;
  newest_timestamp_ = incoming.timestamp - 1;
}

// The first packet of a picture tells, unless a delimiter or a parameter set has it to itself, or
// it was lost.
ClockSteps::Picture EncodingStream::picture_kind() {
  order_.pictures = std::min(order_.pictures + 1, kPicturesToKnow);
  if (order_.is_b) return *order_.is_b ? ClockSteps::Picture::kB : ClockSteps::Picture::kInOrder;
  const bool may_be_b = order_.has_b || order_.pictures < kPicturesToKnow;
  return may_be_b ? ClockSteps::Picture::kMaybeB : ClockSteps::Picture::kInOrder;
}

void EncodingStream::place_in_time(const IncomingPacket& incoming, MediaPacket& packet,
                                   const Shared& shared) {
  TrackClock& clock = shared.clock;
  // A keyframe whose start comes late (repaired, overtaken) changes nothing: what follows it has
  // its timestamps already.
  const bool is_newest = rtp::is_newer(incoming.timestamp, newest_timestamp_);
  const bool has_reference = shared.reference != nullptr && shared.reference != &clock_;
  if (packet.starts_keyframe && is_newest && has_reference) {
    // Under a millisecond is the grain of the reports themselves.
    const auto grain = static_cast<int32_t>(clock.rate() / 1000);
    const auto skew = clock_.skew_against(*shared.reference);
    if (skew && (*skew > grain || *skew < -grain)) {
      const uint32_t after_newest =
          clock_.map(newest_timestamp_, packet.position) + clock.rate() / 1000;
      clock_.correct(*skew, incoming.timestamp, packet.position, after_newest);
    }
  }
  if (is_newest) newest_timestamp_ = incoming.timestamp;
  packet.timestamp = clock_.map(incoming.timestamp, packet.position);
  clock.note(packet.timestamp);
}

}  // namespace lectern::forward
