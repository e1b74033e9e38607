#include "media/codec/vp8.h"

namespace lectern::codec::vp8 {
namespace {

// RFC 7741 §4.2: the mandatory byte X R N S R PID, and the byte I L T K that X announces.
constexpr uint8_t kExtended = 0x80;
constexpr uint8_t kNonReference = 0x20;
constexpr uint8_t kStart = 0x10;
constexpr uint8_t kPartitionMask = 0x07;
constexpr uint8_t kHasPictureId = 0x80;
constexpr uint8_t kHasTl0PicIdx = 0x40;
constexpr uint8_t kHasTemporalId = 0x20;
constexpr uint8_t kHasKeyIndex = 0x10;
constexpr uint8_t kWidePictureId = 0x80;
constexpr uint8_t kLayerSync = 0x20;
constexpr uint8_t kKeyIndexMask = 0x1F;

constexpr size_t kKeyframeHeaderSize = 10;  // RFC 6386 §9.1: frame tag, start code, two sizes
constexpr uint8_t kInterFrame = 0x01;       // RFC 6386 §9.1: P, inverse of keyframe
constexpr uint16_t kSizeMask = 0x3FFF;      // RFC 6386 §9.1: above it the scaling

void parse_picture_id(ByteReader& reader, Descriptor& descriptor) {
  descriptor.picture_id_offset = static_cast<uint8_t>(reader.offset());
  const uint8_t first = reader.u8();
  descriptor.has_wide_picture_id = (first & kWidePictureId) != 0;
  descriptor.picture_id = first & 0x7F;
  if (descriptor.has_wide_picture_id)
    descriptor.picture_id = static_cast<uint16_t>(descriptor.picture_id << 8 | reader.u8());
}

void parse_extension(ByteReader& reader, Descriptor& descriptor) {
  const uint8_t present = reader.u8();
  if ((present & kHasPictureId) != 0) parse_picture_id(reader, descriptor);
  if ((present & kHasTl0PicIdx) != 0) {
    descriptor.tl0picidx_offset = static_cast<uint8_t>(reader.offset());
    descriptor.tl0picidx = reader.u8();
  }
  if ((present & (kHasTemporalId | kHasKeyIndex)) == 0) return;
  const uint8_t layer = reader.u8();
  if ((present & kHasTemporalId) != 0) {
    descriptor.temporal_id = static_cast<uint8_t>(layer >> 6);
    descriptor.layer_sync = (layer & kLayerSync) != 0;
  }
  if ((present & kHasKeyIndex) != 0)
    descriptor.key_index = static_cast<uint8_t>(layer & kKeyIndexMask);
}

uint8_t extension_flags(const Descriptor& descriptor) {
  return static_cast<uint8_t>((descriptor.has_picture_id() ? kHasPictureId : 0) |
                              (descriptor.has_tl0picidx() ? kHasTl0PicIdx : 0) |
                              (descriptor.temporal_id ? kHasTemporalId : 0) |
                              (descriptor.key_index ? kHasKeyIndex : 0));
}

void write_extension(const Descriptor& descriptor, uint8_t present, ByteWriter& out) {
  out.u8(present);
  if (descriptor.has_picture_id()) {
    if (descriptor.has_wide_picture_id)
      out.u16(static_cast<uint16_t>(kWidePictureId << 8 | (descriptor.picture_id & 0x7FFF)));
    else
      out.u8(descriptor.picture_id & 0x7F);
  }
  if (descriptor.has_tl0picidx()) out.u8(descriptor.tl0picidx);
  if (!descriptor.temporal_id && !descriptor.key_index) return;
  out.u8(static_cast<uint8_t>((descriptor.temporal_id.value_or(0) & 3) << 6 |
                              (descriptor.layer_sync ? kLayerSync : 0) |
                              (descriptor.key_index.value_or(0) & kKeyIndexMask)));
}

}  // namespace

Parsed<Descriptor> parse_descriptor(Bytes payload) {
  ByteReader reader(payload);
  Descriptor descriptor;
  const uint8_t first = reader.u8();
  descriptor.is_non_reference = (first & kNonReference) != 0;
  descriptor.starts_partition = (first & kStart) != 0;
  descriptor.partition = first & kPartitionMask;
  if ((first & kExtended) != 0) parse_extension(reader, descriptor);
  if (!reader.ok() || reader.remaining() == 0) return parse_error(ParseError::kTruncated);
  descriptor.size = static_cast<uint8_t>(reader.offset());
  return descriptor;
}

bool starts_keyframe(const Descriptor& descriptor, Bytes payload) {
  return descriptor.starts_frame() && payload.size() > descriptor.size &&
         (payload[descriptor.size] & kInterFrame) == 0;
}

std::optional<PictureSize> keyframe_size(const Descriptor& descriptor, Bytes payload) {
  if (!starts_keyframe(descriptor, payload) ||
      payload.size() < descriptor.size + kKeyframeHeaderSize)
    return std::nullopt;
  const Bytes header = payload.subspan(descriptor.size, kKeyframeHeaderSize);
  // RFC 6386 §9.1: start code, then width and height, little-endian.
  if (header[3] != 0x9D || header[4] != 0x01 || header[5] != 0x2A) return std::nullopt;
  return PictureSize{.width = (header[6] | uint32_t{header[7]} << 8) & kSizeMask,
                     .height = (header[8] | uint32_t{header[9]} << 8) & kSizeMask};
}

void set_picture_id(MutableBytes payload, const Descriptor& descriptor, uint16_t picture_id) {
  if (!descriptor.has_picture_id()) return;
  const size_t at = descriptor.picture_id_offset;
  if (descriptor.has_wide_picture_id)
    store_be16(payload.data() + at,
               static_cast<uint16_t>(kWidePictureId << 8 | (picture_id & 0x7FFF)));
  else
    payload[at] = picture_id & 0x7F;
}

void set_tl0picidx(MutableBytes payload, const Descriptor& descriptor, uint8_t tl0picidx) {
  if (descriptor.has_tl0picidx()) payload[descriptor.tl0picidx_offset] = tl0picidx;
}

size_t write_descriptor(const Descriptor& descriptor, MutableBytes out) {
  ByteWriter writer(out);
  const uint8_t present = extension_flags(descriptor);
  writer.u8(static_cast<uint8_t>(
      (present != 0 ? kExtended : 0) | (descriptor.is_non_reference ? kNonReference : 0) |
      (descriptor.starts_partition ? kStart : 0) | (descriptor.partition & kPartitionMask)));
  if (present != 0) write_extension(descriptor, present, writer);
  return writer.ok() ? writer.size() : 0;
}

}  // namespace lectern::codec::vp8
