#include "media/rtp/rtx.h"

#include <cstring>

namespace lectern::rtp {

size_t write_rtx(Bytes original, const RtxIdentity& rtx, MutableBytes out) {
  const auto view = parse(original);
  if (!view || out.size() < original.size() + kRtxHeaderSize) return 0;
  const size_t header = view->header_size;
  std::memcpy(out.data(), original.data(), header);
  store_be16(out.data() + header, view->header.sequence_number);
  const Bytes rest = original.subspan(header);
  if (!rest.empty()) std::memcpy(out.data() + header + kRtxHeaderSize, rest.data(), rest.size());
  set_payload_type(out, rtx.payload_type);
  set_sequence_number(out, rtx.sequence_number);
  set_ssrc(out, rtx.ssrc);
  return original.size() + kRtxHeaderSize;
}

Parsed<MutableBytes> undo_rtx(MutableBytes packet, uint8_t payload_type, uint32_t ssrc) {
  const auto view = parse(packet);
  if (!view) return parse_error(view.error());
  if (view->payload.size() < kRtxHeaderSize) return parse_error(ParseError::kTruncated);
  const uint16_t original_number = load_be16(view->payload.data());
  std::memmove(packet.data() + kRtxHeaderSize, packet.data(), view->header_size);
  const MutableBytes original = packet.subspan(kRtxHeaderSize);
  set_payload_type(original, payload_type);
  set_sequence_number(original, original_number);
  set_ssrc(original, ssrc);
  return original;
}

}  // namespace lectern::rtp
