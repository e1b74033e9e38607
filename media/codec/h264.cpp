#include "media/codec/h264.h"

#include "media/codec/bit_reader.h"

#include <algorithm>

namespace lectern::codec::h264 {
namespace {

// RFC 6184 §1.3: F, NRI, Type. (F says that there may be bit errors: the decoder's business.)
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

// H.264 §7.3.3: slice_type follows first_mb_in_slice. Table 7-6: B is 1, or 6 where all slices of
// the picture are of this type.
std::optional<bool> is_b_slice(Bytes content) {
  BitReader bits(content);
  bits.ue();
  const uint32_t type = bits.ue();
  if (!bits.ok()) return std::nullopt;
  return type == 1 || type == 6;
}

// H.264 §7.4.1.2.3: what stands before the first slice of a picture.
bool is_prelude(const NalUnit& nal) {
  return nal.type == kSei || nal.type == kSps || nal.type == kPps ||
         nal.type == kAccessUnitDelimiter;
}

void note(const NalUnit& nal, PayloadInfo& info) {
  info.is_prelude = is_prelude(nal) && (info.is_prelude || !info.is_understood);
  info.is_understood = true;
  info.is_reference = info.is_reference || nal.reference_idc > 0;
  info.starts_frame = info.starts_frame || is_prelude(nal);
  info.has_sps = info.has_sps || nal.type == kSps;
  info.has_pps = info.has_pps || nal.type == kPps;
  if (nal.type == kSps) {
    if (nal.is_start && nal.is_end) info.size = parse_sps(nal.content);
    if (nal.is_start) info.profile = parse_profile(nal.content);
  }
  if (nal.type != kIdrSlice && nal.type != kSlice) return;
  const bool is_idr = nal.type == kIdrSlice;
  if (nal.is_start) info.is_b = is_b_slice(nal.content);
  info.has_idr = info.has_idr || is_idr;
  info.starts_frame = info.starts_frame || starts_picture(nal);
  info.starts_keyframe = info.starts_keyframe || (is_idr && starts_picture(nal));
}

// RFC 6184 table 2: octets between the payload's header and the first size of an aggregate, and
// between a size and its NAL unit; nothing for other payloads.
struct Aggregate {
  size_t before_all = 0;
  size_t before_each = 0;
};
std::optional<Aggregate> aggregate_of(uint8_t type) {
  switch (type) {
    case kStapA:
      return Aggregate{};
    case kStapB:
      return Aggregate{.before_all = 2};
    case kMtap16:
      return Aggregate{.before_all = 2, .before_each = 3};
    case kMtap24:
      return Aggregate{.before_all = 2, .before_each = 4};
    default:
      return std::nullopt;
  }
}

}  // namespace

NalReader::NalReader(Bytes payload) : rest_(payload) {
  if (payload.empty()) return;
  const auto aggregate = aggregate_of(payload[0] & kTypeMask);
  if (!aggregate) return;
  is_aggregate_ = true;
  before_each_ = aggregate->before_each;
  rest_ = payload.subspan(std::min(payload.size(), 1 + aggregate->before_all));
}

std::optional<NalUnit> NalReader::end() {
  rest_ = {};
  return std::nullopt;
}

std::optional<NalUnit> NalReader::next() {
  if (rest_.empty()) return std::nullopt;
  if (is_aggregate_) return next_aggregated();
  const uint8_t type = rest_[0] & kTypeMask;
  if (type == kFuA || type == kFuB) return fragment();
  if (type == 0 || type > kMaxNalType) return end();
  const NalUnit nal{.type = type,
                    .reference_idc = reference_idc(rest_[0]),
                    .is_start = true,
                    .is_end = true,
                    .content = rest_.subspan(1)};
  rest_ = {};
  return nal;
}

std::optional<NalUnit> NalReader::next_aggregated() {
  // RFC 6184 §5.7.1: 16 bits of size before each NAL unit. Empty and unknown ones are passed over.
  while (rest_.size() >= 2) {
    const size_t size = load_be16(rest_.data());
    const size_t before = 2 + (size == 0 ? 0 : before_each_);
    // RFC 6184 §5.7.2: in MTAPs the size is of the NAL unit alone.
    if (rest_.size() < before + size) return end();
    const Bytes unit = rest_.subspan(before, size);
    rest_ = rest_.subspan(before + size);
    if (unit.empty()) continue;
    const uint8_t type = unit[0] & kTypeMask;
    if (type == 0 || type > kMaxNalType) continue;
    return NalUnit{.type = type,
                   .reference_idc = reference_idc(unit[0]),
                   .is_start = true,
                   .is_end = true,
                   .content = unit.subspan(1)};
  }
  return end();
}

// RFC 6184 §5.8. Start and end in one fragment are forbidden, but receivers take it for a whole
// NAL unit. FU-B has a decoding order number behind its header.
std::optional<NalUnit> NalReader::fragment() {
  const size_t before = (rest_[0] & kTypeMask) == kFuB ? 4 : 2;
  if (rest_.size() < before) return end();
  const uint8_t fu_header = rest_[1];
  const uint8_t type = fu_header & kTypeMask;
  if (type == 0 || type > kMaxNalType) return end();
  const NalUnit nal{.type = type,
                    .reference_idc = reference_idc(rest_[0]),
                    .is_start = (fu_header & kFuStart) != 0,
                    .is_end = (fu_header & kFuEnd) != 0,
                    .content = rest_.subspan(before)};
  rest_ = {};
  return nal;
}

PayloadInfo inspect(Bytes payload) {
  NalReader reader(payload);
  PayloadInfo info;
  while (const auto nal = reader.next()) note(*nal, info);
  return info;
}

}  // namespace lectern::codec::h264
