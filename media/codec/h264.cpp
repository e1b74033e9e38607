#include "media/codec/h264.h"

namespace lectern::codec::h264 {
namespace {

// RFC 6184 §1.3: F, NRI, Type.
constexpr uint8_t kForbiddenBit = 0x80;
constexpr uint8_t kTypeMask = 0x1F;
constexpr uint8_t kMaxNalType = 23;
// RFC 6184 §5.8: the FU header.
constexpr uint8_t kFuStart = 0x80;
constexpr uint8_t kFuEnd = 0x40;

uint8_t reference_idc(uint8_t header) {
  return header >> 5 & 3;
}

// H.264 §7.3.3: first_mb_in_slice is the first ue(v) of a slice; 0 is a single 1 bit.
bool starts_picture(const NalUnit& nal) {
  return nal.is_start && !nal.content.empty() && (nal.content[0] & 0x80) != 0;
}

void note(const NalUnit& nal, PayloadInfo& info) {
  info.is_reference = info.is_reference || nal.reference_idc > 0;
  switch (nal.type) {
    case kSps:
      info.starts_frame = info.starts_keyframe = true;
      if (nal.is_start && nal.is_end) info.size = parse_sps(nal.content);
      if (nal.is_start) info.profile = parse_profile(nal.content);
      break;
    case kPps:
    case kSei:
    case kAccessUnitDelimiter:
      info.starts_frame = true;
      break;
    case kIdrSlice:
      info.has_idr = true;
      info.starts_frame = info.starts_frame || starts_picture(nal);
      info.starts_keyframe = info.starts_keyframe || starts_picture(nal);
      break;
    default:
      info.starts_frame = info.starts_frame || (nal.type == kSlice && starts_picture(nal));
      break;
  }
}

}  // namespace

NalReader::NalReader(Bytes payload) : rest_(payload) {
  is_aggregate_ = !payload.empty() && (payload[0] & kTypeMask) == kStapA;
  if (is_aggregate_) rest_ = rest_.subspan(1);
}

std::optional<NalUnit> NalReader::fail() {
  malformed_ = true;
  rest_ = {};
  return std::nullopt;
}

std::optional<NalUnit> NalReader::next() {
  if (rest_.empty()) return std::nullopt;
  if (is_aggregate_) return next_aggregated();
  const uint8_t type = rest_[0] & kTypeMask;
  if (type == kFuA) return fragment();
  if (type == 0 || type > kMaxNalType || (rest_[0] & kForbiddenBit) != 0) return fail();
  const NalUnit nal{.type = type,
                    .reference_idc = reference_idc(rest_[0]),
                    .is_start = true,
                    .is_end = true,
                    .content = rest_.subspan(1)};
  rest_ = {};
  return nal;
}

std::optional<NalUnit> NalReader::next_aggregated() {
  // RFC 6184 §5.7.1: 16 bits of size before each NAL unit.
  if (rest_.size() < 3) return fail();
  const size_t size = load_be16(rest_.data());
  const uint8_t header = rest_[2];
  const uint8_t type = header & kTypeMask;
  if (size == 0 || rest_.size() < 2 + size || type == 0 || type > kMaxNalType) return fail();
  const NalUnit nal{.type = type,
                    .reference_idc = reference_idc(header),
                    .is_start = true,
                    .is_end = true,
                    .content = rest_.subspan(3, size - 1)};
  rest_ = rest_.subspan(2 + size);
  return nal;
}

std::optional<NalUnit> NalReader::fragment() {
  if (rest_.size() < 3) return fail();
  const uint8_t fu_header = rest_[1];
  const uint8_t type = fu_header & kTypeMask;
  // RFC 6184 §5.8: start and end never in one fragment.
  const bool is_start = (fu_header & kFuStart) != 0;
  const bool is_end = (fu_header & kFuEnd) != 0;
  if (type == 0 || type > kMaxNalType || (is_start && is_end)) return fail();
  const NalUnit nal{.type = type,
                    .reference_idc = reference_idc(rest_[0]),
                    .is_start = is_start,
                    .is_end = is_end,
                    .content = rest_.subspan(2)};
  rest_ = {};
  return nal;
}

Parsed<PayloadInfo> inspect(Bytes payload) {
  if (payload.empty()) return parse_error(ParseError::kTruncated);
  NalReader reader(payload);
  PayloadInfo info;
  while (const auto nal = reader.next()) note(*nal, info);
  if (reader.malformed()) return parse_error(ParseError::kMalformed);
  return info;
}

}  // namespace lectern::codec::h264
