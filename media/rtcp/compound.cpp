#include "media/rtcp/compound.h"

namespace lectern::rtcp {

std::optional<PacketView> CompoundReader::next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  if (packets_ == kMaxPackets || rest_.size() < kHeaderSize || rest_[0] >> 6 != 2) return fail();
  const size_t size = (load_be16(rest_.data() + 2) + size_t{1}) * 4;
  if (size > rest_.size()) return fail();
  PacketView packet{.type = static_cast<PacketType>(rest_[1]),
                    .count = static_cast<uint8_t>(rest_[0] & 0x1F),
                    .body = rest_.subspan(kHeaderSize, size - kHeaderSize)};
  if ((rest_[0] & 0x20) != 0) {
    // RFC 3550 §6.4.1: the last octet counts the padding, itself included.
    const size_t padding = packet.body.empty() ? 0 : packet.body.back();
    if (padding == 0 || padding > packet.body.size()) return fail();
    packet.body = packet.body.first(packet.body.size() - padding);
  }
  rest_ = rest_.subspan(size);
  ++packets_;
  return packet;
}

std::optional<PacketView> CompoundReader::fail() {
  malformed_ = true;
  return std::nullopt;
}

}  // namespace lectern::rtcp
