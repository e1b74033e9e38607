#include "media/rtcp/feedback.h"

#include "base/check.h"
#include "media/rtcp/packet_writer.h"

#include <algorithm>
#include <limits>

namespace lectern::rtcp {
namespace {

constexpr size_t kSsrcsSize = 8;                  // RFC 4585 §6.1: of the sender and of the media
constexpr size_t kNackEntrySize = 4;              // RFC 4585 §6.2.1
constexpr size_t kFirEntrySize = 8;               // RFC 5104 §4.3.1.1
constexpr uint32_t kRembIdentifier = 0x52454D42;  // "REMB"
constexpr size_t kRembHeaderSize = 8;             // identifier, count, exponent, mantissa
constexpr uint32_t kMaxMantissa = 0x3FFFF;        // 18 bits
constexpr uint16_t kBlpSpan = 16;

// True if the packet is this kind of feedback and has its two SSRCs.
bool is_feedback(const PacketView& packet, PacketType type, uint8_t format) {
  return packet.type == type && packet.count == format && packet.body.size() >= kSsrcsSize;
}

// How many of `numbers` the entry that begins at the first of them covers, and its BLP.
struct NackEntry {
  size_t covered = 1;
  uint16_t blp = 0;
};

NackEntry nack_entry(std::span<const uint16_t> numbers) {
  NackEntry entry;
  for (const uint16_t number : numbers.subspan(1)) {
    const auto distance = static_cast<uint16_t>(number - numbers[0]);
    if (distance > kBlpSpan) break;
    // A repeated number sets no bit.
    if (distance > 0) entry.blp = static_cast<uint16_t>(entry.blp | 1U << (distance - 1));
    ++entry.covered;
  }
  return entry;
}

}  // namespace

std::optional<uint16_t> NackNumbers::next() {
  if (bits_ == 0) {
    if (entries_.size() < kNackEntrySize) return std::nullopt;
    pid_ = load_be16(entries_.data());
    bits_ = load_be16(entries_.data() + 2);
    bit_ = 1;
    entries_ = entries_.subspan(kNackEntrySize);
    return pid_;
  }
  while ((bits_ & 1) == 0) {
    bits_ = static_cast<uint16_t>(bits_ >> 1);
    ++bit_;
  }
  const auto number = static_cast<uint16_t>(pid_ + bit_);
  bits_ = static_cast<uint16_t>(bits_ >> 1);
  ++bit_;
  return number;
}

Parsed<Nack> parse_nack(const PacketView& packet) {
  if (!is_feedback(packet, PacketType::kTransportFeedback, kNackFormat))
    return parse_error(ParseError::kUnsupported);
  return Nack{.sender_ssrc = load_be32(packet.body.data()),
              .media_ssrc = load_be32(packet.body.data() + 4),
              .numbers = NackNumbers(packet.body.subspan(kSsrcsSize))};
}

size_t write_nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> numbers,
                  ByteWriter& out) {
  const size_t fixed = kHeaderSize + kSsrcsSize;
  if (numbers.empty() || !out.ok() || out.remaining() < fixed + kNackEntrySize) return 0;
  const size_t room = (out.remaining() - fixed) / kNackEntrySize;
  // The entries are counted first: the length stands before them.
  size_t entries = 0;
  size_t covered = 0;
  for (; entries < room && covered < numbers.size(); ++entries)
    covered += nack_entry(numbers.subspan(covered)).covered;
  PacketWriter packet(PacketType::kTransportFeedback, kNackFormat, fixed + entries * kNackEntrySize,
                      out);
  if (!packet.fits()) return 0;
  packet.body().u32(sender_ssrc);
  packet.body().u32(media_ssrc);
  for (size_t i = 0; i < covered;) {
    const NackEntry entry = nack_entry(numbers.subspan(i));
    packet.body().u16(numbers[i]);
    packet.body().u16(entry.blp);
    i += entry.covered;
  }
  return covered;
}

Parsed<Pli> parse_pli(const PacketView& packet) {
  if (!is_feedback(packet, PacketType::kPayloadFeedback, kPliFormat))
    return parse_error(ParseError::kUnsupported);
  return Pli{.sender_ssrc = load_be32(packet.body.data()),
             .media_ssrc = load_be32(packet.body.data() + 4)};
}

bool write_pli(const Pli& pli, ByteWriter& out) {
  PacketWriter packet(PacketType::kPayloadFeedback, kPliFormat, kHeaderSize + kSsrcsSize, out);
  if (!packet.fits()) return false;
  packet.body().u32(pli.sender_ssrc);
  packet.body().u32(pli.media_ssrc);
  return true;
}

size_t FirEntries::size() const {
  return bytes_.size() / kFirEntrySize;
}

FirEntry FirEntries::operator[](size_t index) const {
  LECTERN_CHECK(index < size());
  const Bytes entry = bytes_.subspan(index * kFirEntrySize, kFirEntrySize);
  return {.ssrc = load_be32(entry.data()), .sequence_number = entry[4]};
}

Parsed<Fir> parse_fir(const PacketView& packet) {
  if (!is_feedback(packet, PacketType::kPayloadFeedback, kFirFormat))
    return parse_error(ParseError::kUnsupported);
  return Fir{.sender_ssrc = load_be32(packet.body.data()),
             .entries = FirEntries(packet.body.subspan(kSsrcsSize))};
}

bool write_fir(uint32_t sender_ssrc, const FirEntry& entry, ByteWriter& out) {
  PacketWriter packet(PacketType::kPayloadFeedback, kFirFormat,
                      kHeaderSize + kSsrcsSize + kFirEntrySize, out);
  if (!packet.fits()) return false;
  packet.body().u32(sender_ssrc);
  packet.body().u32(0);  // RFC 5104 §4.3.1.2: the media SSRC is in the entries
  packet.body().u32(entry.ssrc);
  packet.body().u8(entry.sequence_number);
  packet.body().zeros(3);
  return true;
}

Parsed<Remb> parse_remb(const PacketView& packet) {
  if (!is_feedback(packet, PacketType::kPayloadFeedback, kApplicationFormat))
    return parse_error(ParseError::kUnsupported);
  ByteReader reader(packet.body);
  Remb remb;
  remb.sender_ssrc = reader.u32();
  reader.skip(4);
  const uint32_t identifier = reader.u32();
  const uint8_t count = reader.u8();
  const uint32_t rate = reader.u24();
  if (!reader.ok()) return parse_error(ParseError::kTruncated);
  if (identifier != kRembIdentifier) return parse_error(ParseError::kUnsupported);
  if (reader.remaining() < count * size_t{4}) return parse_error(ParseError::kTruncated);
  const uint32_t exponent = rate >> 18;
  const int64_t mantissa = rate & kMaxMantissa;
  // 18 bits moved by more than 44 leave what a rate can hold: they say "no limit".
  constexpr uint32_t kMaxExponent = 44;
  remb.rate = DataRate::bps(exponent > kMaxExponent && mantissa > 0
                                ? std::numeric_limits<int64_t>::max()
                                : mantissa << std::min(exponent, kMaxExponent));
  return remb;
}

bool write_remb(const Remb& remb, std::span<const uint32_t> ssrcs, ByteWriter& out) {
  if (ssrcs.size() > 255) return false;
  PacketWriter packet(PacketType::kPayloadFeedback, kApplicationFormat,
                      kHeaderSize + kSsrcsSize + kRembHeaderSize + ssrcs.size() * 4, out);
  if (!packet.fits()) return false;
  auto mantissa = static_cast<uint64_t>(std::max<int64_t>(0, remb.rate.bps()));
  uint32_t exponent = 0;
  for (; mantissa > kMaxMantissa; mantissa >>= 1) ++exponent;
  packet.body().u32(remb.sender_ssrc);
  packet.body().u32(0);
  packet.body().u32(kRembIdentifier);
  packet.body().u8(static_cast<uint8_t>(ssrcs.size()));
  packet.body().u24(exponent << 18 | static_cast<uint32_t>(mantissa));
  for (const uint32_t ssrc : ssrcs) packet.body().u32(ssrc);
  return true;
}

bool asks_keyframe(const PacketView& packet, uint32_t media_ssrc) {
  if (const auto pli = parse_pli(packet)) return pli->media_ssrc == media_ssrc;
  const auto fir = parse_fir(packet);
  if (!fir) return false;
  for (size_t i = 0; i < fir->entries.size(); ++i)
    if (fir->entries[i].ssrc == media_ssrc) return true;
  return false;
}

}  // namespace lectern::rtcp
