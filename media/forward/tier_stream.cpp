#include "media/forward/tier_stream.h"

#include "base/check.h"
#include "media/rtp/sequence.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace lectern::forward {
namespace {

constexpr size_t kFirstRing = 64;
// Numbers kept free before the first packet of an epoch, for those that it overtook.
constexpr int64_t kEpochReserve = 16;
constexpr uint16_t kPictureIdMask = 0x7FFF;

}  // namespace

TierStream::TierStream(uint8_t top_temporal_id, const Limits& limits)
    : limits_(limits),
      top_temporal_id_(top_temporal_id),
      ring_(kFirstRing),
      orders_(2 * kFirstRing) {
  LECTERN_CHECK(std::has_single_bit(limits.max_packets) && limits.max_packets >= kFirstRing);
}

TierStream::Outcome TierStream::accept(const MediaPacket& packet) {
  if (packet.starts_epoch) begin_epoch(packet);
  if (packet.starts_pictures) pictures_.splice(packet.picture);
  if (!takes(packet)) return leave_out(packet);
  if (!packet.parameter_sets.payload().empty()) put_before(packet);
  const auto number = numbers_.forward(packet.position);
  if (!number) return {};
  Entry entry;
  if (!renumber_picture(packet, entry)) return {};
  entry.payload = packet.payload;
  entry.marker = packet.marker;
  entry.starts_keyframe = packet.starts_keyframe;
  entry.is_prelude = packet.is_prelude;
  entry.temporal_id = packet.temporal_id;
  if (!store(packet, *number, std::move(entry))) return {};
  if (packet.marker && packet.codec != Codec::kOpus) even_out_frame(*number);
  meter_.add(packet.arrival, packet.payload.payload().size(), is_new_frame(packet, *number));
  return {
      .is_stored = true, .completes_keyframe = follow_keyframe(packet, *number), .number = *number};
}

void TierStream::begin_epoch(const MediaPacket& packet) {
  numbers_.splice(packet.position - kEpochReserve);
  epoch_start_ = numbers_.next_number() + kEpochReserve;
  forming_.reset();
  keyframe_.reset();
  if (packet.has_picture_id()) pictures_.splice(packet.picture);
  // The frame after the last source's newest one.
  tl0_delta_ = static_cast<uint8_t>(newest_tl0_ + 1 - packet.tl0);
}

// The parameter sets take a number of their own: for viewers they are a packet like any other.
void TierStream::put_before(const MediaPacket& packet) {
  const auto number = numbers_.insert(packet.position);
  if (!number) return;
  Entry entry;
  entry.payload = packet.parameter_sets;
  entry.is_prelude = true;
  static_cast<void>(store(packet, *number, std::move(entry)));
}

TierStream::Outcome TierStream::leave_out(const MediaPacket& packet) {
  if (packet.has_picture_id()) static_cast<void>(pictures_.drop(packet.picture));
  const auto number = numbers_.drop(packet.position);
  if (!number) return {};
  // Its number was kept free and viewers may be asking for it: it goes out without content.
  Entry entry;
  return {.is_stored = store(packet, *number, std::move(entry)), .number = *number};
}

bool TierStream::renumber_picture(const MediaPacket& packet, Entry& entry) {
  if (packet.has_picture_id()) {
    const auto picture = pictures_.forward(packet.picture);
    if (!picture) return false;
    entry.picture_id = static_cast<uint16_t>(*picture) & kPictureIdMask;
    entry.picture_id_offset = packet.picture_id_offset;
    entry.has_wide_picture_id = packet.has_wide_picture_id;
  }
  if (packet.tl0_offset != 0) {
    entry.tl0 = static_cast<uint8_t>(packet.tl0 + tl0_delta_);
    entry.tl0_offset = packet.tl0_offset;
    if (static_cast<int8_t>(entry.tl0 - newest_tl0_) > 0) newest_tl0_ = entry.tl0;
  }
  return true;
}

bool TierStream::store(const MediaPacket& packet, int64_t number, Entry entry) {
  if (!make_room(number, packet.arrival)) return false;
  entry.number = number;
  entry.order = next_order_++;
  entry.arrival = packet.arrival;
  entry.codec = packet.codec;
  // A packet without content has no time of its own: any of the stream's will do.
  entry.timestamp = packet.is_padding ? newest_timestamp_ : packet.timestamp;
  orders_[static_cast<uint64_t>(entry.order) & (orders_.size() - 1)] = number;
  if (rtp::is_newer(entry.timestamp, newest_timestamp_) || packet.starts_epoch)
    newest_timestamp_ = entry.timestamp;
  slot(number) = std::move(entry);
  end_ = std::max(end_, number + 1);
  ++stored_;
  return true;
}

// By the timestamp, which all packets of a frame share and no two frames: markers may stand behind
// each slice, behind parameter sets, or nowhere. What comes late is of a frame that has been
// counted.
bool TierStream::is_new_frame(const MediaPacket& packet, int64_t number) {
  if (packet.codec == Codec::kOpus) return true;
  const bool is_late = number + 1 < numbers_.next_number();
  if (is_late || packet.is_prelude || packet.timestamp == counted_timestamp_) return false;
  counted_timestamp_ = packet.timestamp;
  return true;
}

// A GSO message is cut into pieces of one size, of which the last alone may be shorter. What has
// gone out already stays as it was: a receiver never gets it a second time under the same number.
void TierStream::even_out_frame(int64_t last) {
  const uint32_t timestamp = slot(last).timestamp;
  size_t largest = 0;
  int64_t first = last;
  for (const Entry* entry = &slot(last); entry != nullptr && entry->timestamp == timestamp;
       entry = find(--first))
    largest = std::max(largest, entry->payload.payload().size());
  for (int64_t number = first + 1; number < last; ++number) {
    Entry& entry = slot(number);
    const Bytes payload = entry.payload.payload();
    const size_t missing = largest - payload.size();
    if (!payload.empty() && missing <= kMostPadding) entry.padding = static_cast<uint8_t>(missing);
  }
}

bool TierStream::make_room(int64_t number, Instant now) {
  expire(now);
  if (number < oldest_) return false;
  while (std::cmp_greater_equal(number - oldest_, ring_.size())) {
    if (ring_.size() < limits_.max_packets && oldest_ < end_) {
      grow();
      continue;
    }
    Entry& entry = slot(oldest_);
    if (entry.number == oldest_) {
      entry = {};
      --stored_;
    }
    ++oldest_;
    end_ = std::max(end_, oldest_);
  }
  return true;
}

void TierStream::grow() {
  std::vector<Entry> before(ring_.size() * 2);
  before.swap(ring_);
  orders_.assign(orders_.size() * 2, -1);
  for (Entry& entry : before) {
    if (entry.number < 0) continue;
    orders_[static_cast<uint64_t>(entry.order) & (orders_.size() - 1)] = entry.number;
    slot(entry.number) = std::move(entry);
  }
}

void TierStream::expire(Instant now) {
  // Numbers before the oldest entry stay free as long as that one lives: they may be late.
  for (int64_t number = oldest_; number < end_; ++number) {
    Entry& entry = slot(number);
    if (entry.number != number) continue;
    if (now - entry.arrival <= limits_.age) return;
    entry = {};
    --stored_;
    oldest_ = number + 1;
  }
}

const TierStream::Entry* TierStream::find(int64_t number) const {
  if (number < oldest_ || number >= end_) return nullptr;
  const Entry& entry = slot(number);
  return entry.number == number ? &entry : nullptr;
}

const TierStream::Entry* TierStream::at_order(int64_t order) const {
  const Entry* entry = find(orders_[static_cast<uint64_t>(order) & (orders_.size() - 1)]);
  return entry != nullptr && entry->order == order ? entry : nullptr;
}

std::optional<TierStream::Keyframe> TierStream::keyframe() const {
  // Entries give way oldest first: while its first packet is here, all of it is.
  if (!keyframe_ || find(keyframe_->number) == nullptr) return std::nullopt;
  return keyframe_;
}

bool TierStream::follow_keyframe(const MediaPacket& packet, int64_t number) {
  if (packet.starts_keyframe && (!forming_ || number > forming_->first) &&
      (!keyframe_ || number > keyframe_->number)) {
    forming_ = {.first = number,
                .next = number,
                .timestamp = packet.timestamp,
                .arrival = packet.arrival,
                .is_start_certain = packet.is_start_certain};
  }
  if (!forming_ || !is_start_known()) return false;
  const auto end = keyframe_end();
  if (!end) return false;
  Keyframe keyframe{.number = forming_->first,
                    .order = next_order_,
                    .timestamp = forming_->timestamp,
                    .arrival = forming_->arrival};
  forming_.reset();
  for (int64_t part = keyframe.number; part < *end; ++part) {
    const Entry* entry = find(part);
    if (entry == nullptr) return false;  // it took longer than the ring remembers
    keyframe.order = std::min(keyframe.order, entry->order);
  }
  keyframe_ = keyframe;
  return true;
}

// Cameras send parameter sets with a timestamp and a marker of their own; they belong to the
// keyframe behind them all the same.
bool TierStream::is_start_known() {
  if (forming_->is_start_certain) return true;
  const Entry* before = find(forming_->first - 1);
  while (before != nullptr && (before->timestamp == forming_->timestamp || before->is_prelude)) {
    --forming_->first;
    before = find(forming_->first - 1);
  }
  return before != nullptr || forming_->first == epoch_start_;
}

// One past its last packet; nothing while a part is missing.
std::optional<int64_t> TierStream::keyframe_end() {
  for (;; ++forming_->next) {
    const Entry* entry = find(forming_->next);
    if (entry == nullptr) return std::nullopt;
    if (entry->payload.payload().empty()) continue;
    if (entry->timestamp != forming_->timestamp) return forming_->next;
    if (entry->marker) return forming_->next + 1;
  }
}

}  // namespace lectern::forward
