#include "media/rtcp/extended_reports.h"

#include "media/rtcp/packet_writer.h"

#include <cstddef>

namespace lectern::rtcp {
namespace {

constexpr uint8_t kReferenceTimeBlock = 4;  // RFC 3611 §4.4
constexpr uint8_t kEchoBlock = 5;           // RFC 3611 §4.5: DLRR
constexpr size_t kWord = 4;
constexpr size_t kSubBlock = 3 * kWord;
constexpr size_t kBlocksAt = kHeaderSize + kWord;

// Calls `found` with the content of each block of the type until it returns something.
template <typename Found>
auto find_block(const PacketView& packet, uint8_t type, Found&& found)
    -> decltype(found(uint32_t{}, Bytes{})) {
  if (packet.type != PacketType::kExtendedReport) return std::nullopt;
  ByteReader reader(packet.body);
  const uint32_t sender = reader.u32();
  while (reader.ok() && reader.remaining() > 0) {
    const uint8_t block = reader.u8();
    reader.skip(1);
    const Bytes content = reader.bytes(reader.u16() * kWord);
    if (!reader.ok()) break;
    if (block == type)
      if (auto result = found(sender, content)) return result;
  }
  return std::nullopt;
}

void begin_block(uint8_t type, size_t size, ByteWriter& out) {
  out.u8(type);
  out.u8(0);
  out.u16(static_cast<uint16_t>(size / kWord));
}

}  // namespace

bool write_reference_time(uint32_t ssrc, uint64_t ntp, ByteWriter& out) {
  constexpr size_t kContent = 2 * kWord;
  PacketWriter packet(PacketType::kExtendedReport, 0, kBlocksAt + kWord + kContent, out);
  if (!packet.fits()) return false;
  out.u32(ssrc);
  begin_block(kReferenceTimeBlock, kContent, out);
  out.u64(ntp);
  return true;
}

std::optional<ReferenceTime> find_reference_time(const PacketView& packet) {
  return find_block(packet, kReferenceTimeBlock,
                    [](uint32_t sender, Bytes content) -> std::optional<ReferenceTime> {
                      if (content.size() != 2 * kWord) return std::nullopt;
                      return ReferenceTime{.ssrc = sender, .ntp = load_be64(content.data())};
                    });
}

bool write_echo(uint32_t ssrc, const ReportBlock& echo, ByteWriter& out) {
  PacketWriter packet(PacketType::kExtendedReport, 0, kBlocksAt + kWord + kSubBlock, out);
  if (!packet.fits()) return false;
  out.u32(ssrc);
  begin_block(kEchoBlock, kSubBlock, out);
  out.u32(echo.ssrc);
  out.u32(echo.last_sender_report);
  out.u32(echo.delay_since_last_sender_report);
  return true;
}

std::optional<ReportBlock> find_echo(const PacketView& packet, uint32_t ssrc) {
  return find_block(packet, kEchoBlock,
                    [ssrc](uint32_t /*sender*/, Bytes content) -> std::optional<ReportBlock> {
                      ByteReader reader(content);
                      while (reader.remaining() >= kSubBlock) {
                        ReportBlock echo;
                        echo.ssrc = reader.u32();
                        echo.last_sender_report = reader.u32();
                        echo.delay_since_last_sender_report = reader.u32();
                        if (echo.ssrc == ssrc) return echo;
                      }
                      return std::nullopt;
                    });
}

}  // namespace lectern::rtcp
