#include "media/forward/subscription.h"

#include "base/check.h"
#include "media/codec/vp8.h"
#include "media/rtp/header.h"
#include "media/rtp/rtx.h"
#include "media/rtp/sequence.h"

#include <algorithm>
#include <cstring>

namespace lectern::forward {
namespace {

constexpr uint32_t kCatchUpDivisor = 32;
constexpr uint16_t kPictureIdMask = 0x7FFF;

bool is_newer_picture(uint16_t a, uint16_t b) {
  const auto apart = static_cast<uint16_t>((a - b) & kPictureIdMask);
  return apart != 0 && apart < 0x4000;
}

}  // namespace

Subscription::Subscription(Route route, SlotId owner, uint8_t stream,
                           const StreamIdentity& identity, uint16_t first_number,
                           uint16_t first_rtx_number)
    : owner_(owner),
      identity_(identity),
      stream_(stream),
      route_(route),
      next_number_(first_number),
      next_rtx_number_(first_rtx_number) {}

void Subscription::put_into(std::vector<Subscription*>& list, Place place) {
  this->*place = static_cast<uint32_t>(list.size());
  list.push_back(this);
}

void Subscription::take_out_of(std::vector<Subscription*>& list, Place place) {
  LECTERN_CHECK(this->*place < list.size() && list[this->*place] == this);
  Subscription* last = list.back();
  list[this->*place] = last;
  last->*place = this->*place;
  list.pop_back();
}

void Subscription::wait_for(TierStream& target, JoinPoint join_point) {
  if (start_.has_value()) return;  // armed: it is taken up within this round
  stop_waiting();
  target_ = &target;
  join_point_ = join_point;
  put_into(target.waiting(), &Subscription::place_in_waiting_);
}

void Subscription::stop_waiting() {
  if (target_ == nullptr || start_.has_value()) return;
  take_out_of(target_->waiting(), &Subscription::place_in_waiting_);
  target_ = nullptr;
}

void Subscription::hold() {
  if (tier_ != nullptr) cut_order_ = std::min(cut_order_, tier_->end_order());
}

size_t Subscription::skip() {
  const int64_t passed = tier_->end_order() - next_order_;
  cut_order_ = std::min(cut_order_, next_order_);
  return static_cast<size_t>(passed);
}

void Subscription::arm(int64_t number, int64_t order, bool at_mark) {
  LECTERN_CHECK(target_ != nullptr && !start_.has_value());
  take_out_of(target_->waiting(), &Subscription::place_in_waiting_);
  start_ = Start{.number = number, .order = order};
  if (tier_ != nullptr)
    cut_order_ = std::min(cut_order_, at_mark ? marked_cut_ : tier_->end_order());
}

bool Subscription::take_up() {
  const Start start = *start_;
  TierStream* target = target_;
  start_.reset();
  target_ = nullptr;
  const TierStream::Entry* first = target->find(start.number);
  leave_tier();
  if (first == nullptr) return false;
  tier_ = target;
  put_into(tier_->audience(route_).members, &Subscription::place_in_audience_);
  record_ = (record_ + 1) % kRecords;
  records_[record_] = make_record(*target, *first);
  next_order_ = first_order_ = start.order;
  live_order_ = tier_->end_order();
  first_of_tier_ = start.number;
  return true;
}

void Subscription::leave() {
  if (start_.has_value()) {
    start_.reset();
    target_ = nullptr;
  }
  stop_waiting();
  leave_tier();
}

void Subscription::leave_tier() {
  cut_order_ = kNoCut;
  if (tier_ == nullptr) return;
  Audience& audience = tier_->audience(route_);
  take_out_of(audience.members, &Subscription::place_in_audience_);
  // The last member has taken our place, perhaps behind the walk that is under way.
  audience.walk_again = true;
  tier_ = nullptr;
}

Subscription::Record Subscription::make_record(TierStream& target,
                                               const TierStream::Entry& first) const {
  Record record{
      .tier = &target, .first_number = next_number_, .number_delta = next_number_ - first.number};
  press_timestamps(first, record);
  if (!has_sent()) return record;
  record.picture_delta =
      static_cast<uint16_t>((newest_picture_ + 1 - first.picture_id)) & kPictureIdMask;
  // Frames above the base layer carry the index of the base frame before them.
  const uint8_t tl0 = first.temporal_id == 0 ? static_cast<uint8_t>(newest_tl0_ + 1) : newest_tl0_;
  record.tl0_delta = static_cast<uint8_t>(tl0 - first.tl0);
  return record;
}

// Chooses P, the timestamp until which those of a newcomer's frames are pressed together: t before
// P goes out as P - (P - t) / 32. P is the newest frame's. But a receiver that changes tiers has
// been sent timestamps up to `last`, and the first of the new ones must come after it. If it would
// not, P moves on: with d = last + 1 - first, P = last + 1 + ceil(d / 31) is the least that does
// it, because (d + ceil(d / 31)) / 32 <= ceil(d / 31). Example: last 1,000,000, first 910,000: d =
// 90,001, P = 1,002,905, and the first goes out as 1,002,905 - 92,905 / 32 = 1,000,002.
void Subscription::press_timestamps(const TierStream::Entry& first, Record& record) const {
  if (first.codec == Codec::kOpus) return;
  uint32_t until = first.timestamp;
  if (rtp::is_newer(record.tier->newest_timestamp(), until))
    until = record.tier->newest_timestamp();
  if (has_sent() && !rtp::is_newer(first.timestamp, newest_timestamp_)) {
    const uint32_t back = newest_timestamp_ + 1 - first.timestamp;
    const uint32_t after_last =
        newest_timestamp_ + 1 + (back + kCatchUpDivisor - 2) / (kCatchUpDivisor - 1);
    if (rtp::is_newer(after_last, until)) until = after_last;
  }
  record.pressed_until = until;
  record.is_pressed = until != first.timestamp;
}

uint32_t Subscription::timestamp(const Record& record, const TierStream::Entry& entry) {
  if (!record.is_pressed || !rtp::is_newer(record.pressed_until, entry.timestamp))
    return entry.timestamp;
  return record.pressed_until - (record.pressed_until - entry.timestamp) / kCatchUpDivisor;
}

const TierStream::Entry* Subscription::next_due() {
  if (tier_ == nullptr) return nullptr;
  const int64_t end = std::min(cut_order_, tier_->end_order());
  for (; next_order_ < end; ++next_order_) {
    const TierStream::Entry* entry = tier_->at_order(next_order_);
    if (entry != nullptr && entry->number >= first_of_tier_ && can_take(entry->codec)) return entry;
  }
  return nullptr;
}

Subscription::Written Subscription::write_next(const TierStream::Entry& entry,
                                               uint32_t abs_send_time, MutableBytes out) {
  const Record& record = records_[record_];
  const int64_t number = entry.number + record.number_delta;
  Written written;
  written.index = static_cast<uint64_t>(number);
  written.header_size =
      write_header(identity_.payload_types[static_cast<size_t>(entry.codec)], entry, record,
                   static_cast<uint16_t>(number), identity_.ssrc, abs_send_time, out);
  const size_t payload = write_payload(record, entry, out.subspan(written.header_size));
  written.size = written.header_size + payload;
  if (entry.padding > 0) written.size = rtp::append_padding(out, written.size, entry.padding);
  note_sent(record, entry, number);
  ++packet_count_;
  octet_count_ += static_cast<uint32_t>(payload);
  ++next_order_;
  return written;
}

void Subscription::note_sent(const Record& record, const TierStream::Entry& entry, int64_t number) {
  const uint32_t stamp = timestamp(record, entry);
  const bool is_first = !has_sent();
  next_number_ = std::max(next_number_, number + 1);
  if (is_first || rtp::is_newer(stamp, newest_timestamp_)) newest_timestamp_ = stamp;
  if (entry.picture_id_offset != 0) {
    const auto picture =
        static_cast<uint16_t>((entry.picture_id + record.picture_delta) & kPictureIdMask);
    if (is_first || is_newer_picture(picture, newest_picture_)) newest_picture_ = picture;
  }
  if (entry.tl0_offset != 0) {
    const auto tl0 = static_cast<uint8_t>(entry.tl0 + record.tl0_delta);
    if (is_first || rtp::is_newer(tl0, newest_tl0_)) newest_tl0_ = tl0;
  }
}

size_t Subscription::write_header(uint8_t payload_type, const TierStream::Entry& entry,
                                  const Record& record, uint16_t number, uint32_t ssrc,
                                  std::optional<uint32_t> abs_send_time, MutableBytes out) const {
  const bool has_extension = identity_.abs_send_time_id != 0 && abs_send_time.has_value();
  const bool is_padding = entry.payload.payload().empty();
  out[0] = static_cast<uint8_t>(0x80 | (is_padding ? 0x20 : 0) | (has_extension ? 0x10 : 0));
  out[1] = static_cast<uint8_t>((entry.marker ? 0x80 : 0) | payload_type);
  store_be16(&out[2], number);
  store_be32(&out[4], timestamp(record, entry));
  store_be32(&out[8], ssrc);
  if (!has_extension) return rtp::kFixedHeaderSize;
  store_be16(&out[12], rtp::kOneByteProfile);
  store_be16(&out[14], 1);
  out[16] = static_cast<uint8_t>(identity_.abs_send_time_id << 4 | 2);
  store_be24(&out[17], *abs_send_time);
  return rtp::kFixedHeaderSize + 8;
}

size_t Subscription::write_payload(const Record& record, const TierStream::Entry& entry,
                                   MutableBytes out) {
  const Bytes payload = entry.payload.payload();
  if (payload.empty()) {
    out[0] = 1;  // RFC 3550 §5.1: one octet of padding, which counts itself
    return 1;
  }
  std::memcpy(out.data(), payload.data(), payload.size());
  if (entry.picture_id_offset != 0) {
    const auto picture = static_cast<uint16_t>(entry.picture_id + record.picture_delta);
    uint8_t* at = &out[entry.picture_id_offset];
    if (entry.has_wide_picture_id)
      store_be16(at, static_cast<uint16_t>(0x8000 | (picture & kPictureIdMask)));
    else
      *at = static_cast<uint8_t>(picture & 0x7F);
  }
  if (entry.tl0_offset != 0)
    out[entry.tl0_offset] = static_cast<uint8_t>(entry.tl0 + record.tl0_delta);
  return payload.size();
}

std::optional<Subscription::Sent> Subscription::find_sent(uint16_t sequence_number) const {
  if (!has_sent()) return std::nullopt;
  // Nearest to the newest number sent.
  const auto back =
      static_cast<uint16_t>(static_cast<uint16_t>(next_number_ - 1) - sequence_number);
  const int64_t number = next_number_ - 1 - back;
  for (size_t age = 0; age < kRecords; ++age) {
    const size_t index = (record_ + kRecords - age) % kRecords;
    const Record& record = records_[index];
    if (record.tier == nullptr) return std::nullopt;
    if (number < record.first_number) continue;
    const TierStream::Entry* entry = record.tier->find(number - record.number_delta);
    if (entry == nullptr) return std::nullopt;
    return Sent{.number = number, .entry = entry, .record = index};
  }
  return std::nullopt;
}

std::optional<Subscription::Written> Subscription::write_rtx(const Sent& sent,
                                                             uint32_t abs_send_time,
                                                             MutableBytes out) {
  const uint8_t payload_type = identity_.rtx_payload_types[static_cast<size_t>(sent.entry->codec)];
  if (payload_type == kNoPayloadType) return std::nullopt;
  const Record& record = records_[sent.record];
  Written written;
  written.index = next_rtx_number_++;
  written.header_size =
      write_header(payload_type, *sent.entry, record, static_cast<uint16_t>(written.index),
                   identity_.rtx_ssrc, abs_send_time, out);
  store_be16(&out[written.header_size], static_cast<uint16_t>(sent.number));
  written.size = written.header_size + rtp::kRtxHeaderSize;
  written.size += write_payload(record, *sent.entry, out.subspan(written.size));
  return written;
}

std::optional<Subscription::Sent> Subscription::find_earlier(const TierStream::Entry& next,
                                                             int64_t steps) const {
  const int64_t order = next.order - steps;
  if (tier_ == nullptr || order < first_order_) return std::nullopt;
  const TierStream::Entry* entry = tier_->at_order(order);
  if (entry == nullptr || entry->number < first_of_tier_ || !can_take(entry->codec))
    return std::nullopt;
  return Sent{
      .number = entry->number + records_[record_].number_delta, .entry = entry, .record = record_};
}

Subscription::Written Subscription::write_again(const Sent& sent, MutableBytes out) const {
  LECTERN_CHECK(identity_.abs_send_time_id == 0);
  const Record& record = records_[sent.record];
  Written written;
  written.index = static_cast<uint64_t>(sent.number);
  written.header_size =
      write_header(identity_.payload_types[static_cast<size_t>(sent.entry->codec)], *sent.entry,
                   record, static_cast<uint16_t>(sent.number), identity_.ssrc, std::nullopt, out);
  written.size =
      written.header_size + write_payload(record, *sent.entry, out.subspan(written.header_size));
  return written;
}

}  // namespace lectern::forward
