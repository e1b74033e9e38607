#include "media/client/outgoing_stream.h"

#include "media/codec/h264_packetizer.h"
#include "media/codec/vp8_packetizer.h"
#include "media/rtp/extensions.h"
#include "media/rtp/header.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::client {
namespace {

constexpr int kMaxSendings = 10;
constexpr Duration kMinResend = Duration::milliseconds(20);
constexpr uint16_t kPictureIdMask = 0x7fff;  // RFC 7741 §4.2: the wide form

// RFC 3550 §5.1 wants a random start; below 2^15 so that a receiver's first guess of the rollover
// counter is right (see srtp::Protector).
int64_t first_position(Rng& rng) {
  return static_cast<int64_t>(rng.below(1U << 15));
}

uint32_t clock_rate(const StreamIdentity& identity) {
  return identity.track == sdp::TrackKind::kAudio ? 48'000 : 90'000;
}

// The extensions of one packet, with the bytes they point to.
class ExtensionList {
 public:
  void add(uint8_t id, Bytes data) {
    if (id != 0 && !data.empty()) list_[count_++] = {id, data};
  }
  [[nodiscard]] std::span<const rtp::Extension> view() const {
    return std::span(list_).first(count_);
  }

 private:
  std::array<rtp::Extension, 5> list_;
  size_t count_ = 0;
};

}  // namespace

OutgoingStream::OutgoingStream(StreamIdentity identity, Rng& rng)
    : identity_(std::move(identity)),
      slots_(kCache),
      next_position_(first_position(rng)),
      next_rtx_position_(first_position(rng)),
      picture_id_(static_cast<uint16_t>(rng.below(kPictureIdMask + 1U))) {}

OutgoingStream::Slot& OutgoingStream::next_slot() {
  Slot& slot = slots_[static_cast<size_t>(next_position_) % kCache];
  slot.position = next_position_++;
  slot.sendings = 0;
  return slot;
}

OutgoingStream::Slot* OutgoingStream::find(uint16_t sequence_number) {
  const auto newest = static_cast<uint16_t>(next_position_ - 1);
  const auto age = static_cast<uint16_t>(newest - sequence_number);
  const int64_t position = next_position_ - 1 - age;
  if (age >= kCache || position < 0) return nullptr;
  Slot& slot = slots_[static_cast<size_t>(position) % kCache];
  return slot.position == position ? &slot : nullptr;
}

OutgoingStream::Range OutgoingStream::add_frame(Instant now, Bytes frame, uint32_t timestamp) {
  Range range{static_cast<uint16_t>(next_position_), 0};
  const auto add = [&](Bytes payload, bool is_last) {
    Slot& slot = next_slot();
    slot.timestamp = timestamp;
    slot.is_marker = is_last && identity_.track != sdp::TrackKind::kAudio;
    slot.payload.assign(payload.begin(), payload.end());
    ++range.count;
  };
  std::array<uint8_t, kMaxPayload> buffer;
  const auto add_all = [&](auto packetizer) {
    while (const auto fragment = packetizer.next(buffer)) {
      add(Bytes(buffer).first(fragment->size), fragment->is_last);
    }
  };
  switch (identity_.codec.name) {
    case sdp::CodecName::kOpus:
      add(frame, true);
      break;
    case sdp::CodecName::kVp8: {
      codec::vp8::Descriptor descriptor;
      descriptor.picture_id_offset = 1;  // present; the packetizer computes where
      descriptor.has_wide_picture_id = true;
      descriptor.picture_id = picture_id_;
      picture_id_ = static_cast<uint16_t>((picture_id_ + 1) & kPictureIdMask);
      add_all(codec::Vp8Packetizer(frame, descriptor, kMaxPayload));
      break;
    }
    case sdp::CodecName::kH264:
      add_all(codec::H264Packetizer(frame, kMaxPayload));
      break;
  }
  last_timestamp_ = timestamp;
  last_frame_ = now;
  return range;
}

bool OutgoingStream::take_retransmission(Instant now, uint16_t sequence_number) {
  Slot* slot = find(sequence_number);
  if (slot == nullptr || slot->sendings == 0 || slot->sendings >= kMaxSendings) return false;
  if (now - slot->sent < kMinResend) return false;
  ++slot->sendings;
  slot->sent = now;
  return true;
}

OutgoingStream::Written OutgoingStream::write(Instant now, uint16_t sequence_number,
                                              bool is_retransmission,
                                              uint16_t transport_sequence_number,
                                              MutableBytes out) {
  Slot* slot = find(sequence_number);
  if (slot == nullptr) return {};
  const bool is_rtx = is_retransmission && identity_.rtx_ssrc != 0;
  if (!is_retransmission) {
    slot->stamp = {now, transport_sequence_number};
    slot->sent = now;
    slot->sendings = 1;
    ++packets_;
    octets_ += static_cast<uint32_t>(slot->payload.size());
  }
  // Without an RTX stream the very same bytes are sent again: another extension under the same
  // SRTP index would break the cipher (RFC 7714 §8.4).
  const Stamp stamp = is_rtx ? Stamp{now, transport_sequence_number} : slot->stamp;
  const int64_t position = is_rtx ? next_rtx_position_++ : slot->position;
  const size_t header_size = write_header(*slot, stamp, position, is_rtx, out);
  ByteWriter writer(out.subspan(header_size));
  if (is_rtx) writer.u16(sequence_number);  // RFC 4588 §4: OSN
  writer.bytes(slot->payload);
  if (header_size == 0 || !writer.ok()) return {};
  return {header_size, header_size + writer.size(), static_cast<uint64_t>(position)};
}

size_t OutgoingStream::write_header(const Slot& slot, const Stamp& stamp, int64_t position,
                                    bool is_rtx, MutableBytes out) const {
  rtp::Header header{.payload_type = identity_.codec.payload_type,
                     .marker = slot.is_marker,
                     .sequence_number = static_cast<uint16_t>(position),
                     .timestamp = slot.timestamp,
                     .ssrc = identity_.ssrc};
  if (is_rtx) {
    header.payload_type = identity_.codec.rtx_payload_type.value_or(0);
    header.ssrc = identity_.rtx_ssrc;
  }
  const sdp::ExtensionIds& ids = identity_.extensions;
  const auto send_time = rtp::abs_send_time_bytes(stamp.send_time);
  std::array<uint8_t, 2> transport_number{};
  store_be16(transport_number.data(), stamp.transport_number);
  ExtensionList extensions;
  extensions.add(ids.mid, as_bytes(identity_.mid));
  // RFC 8852 §3: a repair stream names the stream it repairs in an extension of its own.
  extensions.add(is_rtx ? ids.repaired_rid : ids.rid, as_bytes(identity_.rid));
  extensions.add(ids.abs_send_time, send_time);
  extensions.add(ids.transport_wide_cc, transport_number);
  return rtp::write_header(header, extensions.view(), out);
}

std::optional<rtcp::SenderInfo> OutgoingStream::sender_info(Instant now,
                                                            Duration wall_clock) const {
  if (packets_ == 0) return std::nullopt;
  // RFC 3550 §6.4.1: the timestamp of this very instant, not of the last frame.
  const int64_t elapsed = (now - last_frame_).us() * clock_rate(identity_) / 1'000'000;
  return rtcp::SenderInfo{.ssrc = identity_.ssrc,
                          .ntp = rtcp::to_ntp(wall_clock + (now - Instant())),
                          .rtp_timestamp = last_timestamp_ + static_cast<uint32_t>(elapsed),
                          .packet_count = packets_,
                          .octet_count = octets_};
}

}  // namespace lectern::client
