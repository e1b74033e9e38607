#include "media/rtcp/reports.h"

#include "base/check.h"
#include "media/rtcp/packet_writer.h"

#include <algorithm>

namespace lectern::rtcp {
namespace {

constexpr size_t kSsrcSize = 4;
constexpr size_t kSenderInfoSize = 24;   // RFC 3550 §6.4.1, SSRC included
constexpr size_t kReportBlockSize = 24;  // RFC 3550 §6.4.1
constexpr uint8_t kCnameItem = 1;        // RFC 3550 §6.5.1
constexpr size_t kMaxSources = 31;
constexpr Duration kMaxRoundTrip = Duration::seconds(60);

// The blocks at `offset`; nothing when the packet ends before the last of them.
std::optional<ReportBlocks> blocks_at(const PacketView& packet, size_t offset) {
  const size_t size = packet.count * kReportBlockSize;
  if (packet.body.size() < offset + size) return std::nullopt;
  return ReportBlocks(packet.body.subspan(offset, size));
}

void write_block(const ReportBlock& block, ByteWriter& out) {
  out.u32(block.ssrc);
  out.u8(block.fraction_lost);
  out.u24(static_cast<uint32_t>(block.cumulative_lost));
  out.u32(block.highest_sequence_number);
  out.u32(block.jitter);
  out.u32(block.last_sender_report);
  out.u32(block.delay_since_last_sender_report);
}

// Steps over one chunk of an SDES packet; the CNAME in it, if any.
std::optional<Cname> read_chunk(ByteReader& reader) {
  std::optional<Cname> found;
  const uint32_t ssrc = reader.u32();
  while (reader.ok()) {
    const uint8_t item = reader.u8();
    if (item == 0) break;
    const Bytes text = reader.bytes(reader.u8());
    if (item == kCnameItem && reader.ok() && !found)
      found = Cname{.ssrc = ssrc, .cname = as_text(text)};
  }
  // RFC 3550 §6.5: the next chunk begins on a word. The body begins on one too.
  while (reader.ok() && reader.offset() % 4 != 0) reader.skip(1);
  return found;
}

}  // namespace

size_t ReportBlocks::size() const {
  return bytes_.size() / kReportBlockSize;
}

ReportBlock ReportBlocks::operator[](size_t index) const {
  LECTERN_CHECK(index < size());
  ByteReader reader(bytes_.subspan(index * kReportBlockSize, kReportBlockSize));
  ReportBlock block;
  block.ssrc = reader.u32();
  block.fraction_lost = reader.u8();
  // 24 bits with a sign: moved to the top and back.
  block.cumulative_lost = static_cast<int32_t>(reader.u24() << 8) >> 8;
  block.highest_sequence_number = reader.u32();
  block.jitter = reader.u32();
  block.last_sender_report = reader.u32();
  block.delay_since_last_sender_report = reader.u32();
  return block;
}

Parsed<SenderReport> parse_sender_report(const PacketView& packet) {
  if (packet.type != PacketType::kSenderReport) return parse_error(ParseError::kUnsupported);
  const auto blocks = blocks_at(packet, kSenderInfoSize);
  if (!blocks) return parse_error(ParseError::kTruncated);
  ByteReader reader(packet.body);
  SenderReport report{.sender = {}, .blocks = *blocks};
  report.sender.ssrc = reader.u32();
  report.sender.ntp = reader.u64();
  report.sender.rtp_timestamp = reader.u32();
  report.sender.packet_count = reader.u32();
  report.sender.octet_count = reader.u32();
  return report;
}

Parsed<ReceiverReport> parse_receiver_report(const PacketView& packet) {
  if (packet.type != PacketType::kReceiverReport) return parse_error(ParseError::kUnsupported);
  const auto blocks = blocks_at(packet, kSsrcSize);
  if (!blocks) return parse_error(ParseError::kTruncated);
  return ReceiverReport{.ssrc = load_be32(packet.body.data()), .blocks = *blocks};
}

std::optional<Cname> find_cname(const PacketView& packet) {
  if (packet.type != PacketType::kSourceDescription) return std::nullopt;
  ByteReader reader(packet.body);
  for (uint8_t i = 0; i < packet.count && reader.ok(); ++i)
    if (const auto cname = read_chunk(reader)) return cname;
  return std::nullopt;
}

bool says_bye(const PacketView& packet, uint32_t ssrc) {
  if (packet.type != PacketType::kBye) return false;
  ByteReader reader(packet.body);
  for (uint8_t i = 0; i < packet.count; ++i) {
    const uint32_t named = reader.u32();
    if (reader.ok() && named == ssrc) return true;
  }
  return false;
}

bool write_sender_report(const SenderInfo& sender, std::span<const ReportBlock> blocks,
                         ByteWriter& out) {
  if (blocks.size() > kMaxReportBlocks) return false;
  PacketWriter packet(PacketType::kSenderReport, static_cast<uint8_t>(blocks.size()),
                      kHeaderSize + kSenderInfoSize + blocks.size() * kReportBlockSize, out);
  if (!packet.fits()) return false;
  packet.body().u32(sender.ssrc);
  packet.body().u64(sender.ntp);
  packet.body().u32(sender.rtp_timestamp);
  packet.body().u32(sender.packet_count);
  packet.body().u32(sender.octet_count);
  for (const ReportBlock& block : blocks) write_block(block, packet.body());
  return true;
}

bool write_receiver_report(uint32_t ssrc, std::span<const ReportBlock> blocks, ByteWriter& out) {
  if (blocks.size() > kMaxReportBlocks) return false;
  PacketWriter packet(PacketType::kReceiverReport, static_cast<uint8_t>(blocks.size()),
                      kHeaderSize + kSsrcSize + blocks.size() * kReportBlockSize, out);
  if (!packet.fits()) return false;
  packet.body().u32(ssrc);
  for (const ReportBlock& block : blocks) write_block(block, packet.body());
  return true;
}

bool write_cname(uint32_t ssrc, std::string_view cname, ByteWriter& out) {
  if (cname.size() > 255) return false;
  // RFC 3550 §6.5: at least one zero ends the list of items, then on to the word.
  const size_t used = kSsrcSize + 2 + cname.size();
  const size_t chunk = used / 4 * 4 + 4;
  PacketWriter packet(PacketType::kSourceDescription, 1, kHeaderSize + chunk, out);
  if (!packet.fits()) return false;
  packet.body().u32(ssrc);
  packet.body().u8(kCnameItem);
  packet.body().u8(static_cast<uint8_t>(cname.size()));
  packet.body().bytes(as_bytes(cname));
  packet.body().zeros(chunk - used);
  return true;
}

bool write_bye(std::span<const uint32_t> ssrcs, ByteWriter& out) {
  if (ssrcs.size() > kMaxSources) return false;
  PacketWriter packet(PacketType::kBye, static_cast<uint8_t>(ssrcs.size()),
                      kHeaderSize + ssrcs.size() * kSsrcSize, out);
  if (!packet.fits()) return false;
  for (const uint32_t ssrc : ssrcs) packet.body().u32(ssrc);
  return true;
}

uint64_t to_ntp(Duration since_epoch) {
  const auto us = static_cast<uint64_t>(std::max<int64_t>(0, since_epoch.us()));
  return (us / 1'000'000) << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

Duration from_ntp(uint64_t ntp) {
  const auto seconds = static_cast<int64_t>(ntp >> 32);
  const auto fraction = static_cast<int64_t>(ntp & 0xFFFFFFFF);
  // Rounded up, so that to_ntp, which rounds down, gives the same microsecond back.
  return Duration::microseconds(seconds * 1'000'000 + ((fraction * 1'000'000 + 0xFFFFFFFF) >> 32));
}

std::optional<Duration> round_trip(uint64_t now_ntp, const ReportBlock& block) {
  if (block.last_sender_report == 0) return std::nullopt;
  const uint32_t units =
      compact_ntp(now_ntp) - block.last_sender_report - block.delay_since_last_sender_report;
  // A block from before our report, by clock drift over a short link, is a round trip of nothing.
  const int64_t span = std::max<int64_t>(0, static_cast<int32_t>(units));
  const auto result = Duration::microseconds((span * 1'000'000) >> 16);
  if (result > kMaxRoundTrip) return std::nullopt;
  return result;
}

}  // namespace lectern::rtcp
