#include "media/rtcp/application.h"

#include "media/rtcp/packet_writer.h"

namespace lectern::rtcp {
namespace {

constexpr size_t kFixedSize = 8;  // SSRC and name

}  // namespace

Parsed<Application> parse_application(const PacketView& packet) {
  if (packet.type != PacketType::kApplication) return parse_error(ParseError::kUnsupported);
  if (packet.body.size() < kFixedSize) return parse_error(ParseError::kTruncated);
  return Application{.subtype = packet.count,
                     .ssrc = load_be32(packet.body.data()),
                     .name = load_be32(packet.body.data() + 4),
                     .data = packet.body.subspan(kFixedSize)};
}

bool write_application(const Application& application, ByteWriter& out) {
  PacketWriter packet(PacketType::kApplication, application.subtype & 0x1F,
                      kHeaderSize + kFixedSize + application.data.size(), out);
  if (!packet.fits()) return false;
  packet.body().u32(application.ssrc);
  packet.body().u32(application.name);
  packet.body().bytes(application.data);
  return true;
}

}  // namespace lectern::rtcp
