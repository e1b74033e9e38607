// The sequence parameter set, read as far as the picture size (ITU-T H.264 §7.3.2.1.1).
#include "media/codec/bit_reader.h"
#include "media/codec/h264.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lectern::codec::h264 {
namespace {

// H.264 §7.3.2.1.1: the profiles whose SPS carries the chroma format.
bool has_chroma_format(uint32_t profile) {
  constexpr std::array<uint32_t, 13> kProfiles = {100, 110, 122, 244, 44,  83, 86,
                                                  118, 128, 138, 139, 134, 135};
  return std::ranges::find(kProfiles, profile) != kProfiles.end();
}

// H.264 §7.3.2.1.1.1.
void skip_scaling_list(BitReader& bits, int size) {
  uint32_t last = 8;
  uint32_t next = 8;
  for (int i = 0; i < size && bits.ok(); ++i) {
    // Modulo 256, so wrapping is what a negative difference needs.
    if (next != 0) next = (last + static_cast<uint32_t>(bits.se())) % 256;
    if (next != 0) last = next;
  }
}

// The chroma format of the high profiles, and what stands around it.
uint32_t read_chroma(BitReader& bits) {
  const uint32_t chroma_format = bits.ue();
  if (chroma_format == 3) bits.bit();  // separate_colour_plane_flag
  bits.ue();                           // bit_depth_luma_minus8
  bits.ue();                           // bit_depth_chroma_minus8
  bits.bit();                          // qpprime_y_zero_transform_bypass_flag
  if (bits.bit() == 0) return chroma_format;
  const int lists = chroma_format == 3 ? 12 : 8;
  for (int i = 0; i < lists && bits.ok(); ++i)
    if (bits.bit() == 1) skip_scaling_list(bits, i < 6 ? 16 : 64);
  return chroma_format;
}

void skip_picture_order(BitReader& bits) {
  const uint32_t type = bits.ue();
  if (type == 0) bits.ue();  // log2_max_pic_order_cnt_lsb_minus4
  if (type != 1) return;
  bits.bit();  // delta_pic_order_always_zero_flag
  bits.se();   // offset_for_non_ref_pic
  bits.se();   // offset_for_top_to_bottom_field
  const uint32_t count = bits.ue();
  // H.264 §7.4.2.1.1: at most 255.
  for (uint32_t i = 0; i < count && i < 256 && bits.ok(); ++i) bits.se();
}

// `macroblocks` of 16 samples, less `crop` units on both sides together; nothing if none is left.
std::optional<uint32_t> cropped(uint64_t macroblocks, uint64_t crop, uint64_t unit) {
  constexpr uint64_t kMaxMacroblocks = 1024;  // 16384 samples, above level 6.2 (H.264 table A-1)
  const uint64_t samples = macroblocks * 16;
  if (macroblocks > kMaxMacroblocks || crop * unit >= samples) return std::nullopt;
  return static_cast<uint32_t>(samples - crop * unit);
}

}  // namespace

// No emulation prevention can stand in the first three octets: profile_idc is not 0.
std::optional<ProfileLevel> parse_profile(Bytes sps) {
  if (sps.size() < 3) return std::nullopt;
  return ProfileLevel{.profile_idc = sps[0], .constraints = sps[1], .level_idc = sps[2]};
}

// H.264 §7.3.2.1.1 and §7.3.2.2.
std::optional<uint32_t> parameter_set_id(uint8_t type, Bytes content) {
  BitReader bits(content);
  if (type == kSps) bits.bits(24);  // profile_idc, constraint flags, level_idc
  const uint32_t id = bits.ue();
  return bits.ok() ? std::optional(id) : std::nullopt;
}

// H.264 annex A.2 and RFC 6184 table 5: a constraint flag promises that the decoders of a smaller
// profile suffice.
Profile profile_of(const ProfileLevel& level) {
  constexpr uint8_t kConstraintSet0 = 0x80;
  constexpr uint8_t kConstraintSet1 = 0x40;
  switch (level.profile_idc) {
    case 66:
      return Profile::kBaseline;
    case 77:
    case 88:
      if ((level.constraints & kConstraintSet0) != 0) return Profile::kBaseline;
      if (level.profile_idc == 77 || (level.constraints & kConstraintSet1) != 0)
        return Profile::kMain;
      return Profile::kHigh444;
    case 100:
      return Profile::kHigh;
    default:
      return Profile::kHigh444;
  }
}

std::optional<PictureSize> parse_sps(Bytes sps) {
  BitReader bits(sps);
  const uint32_t profile = bits.bits(8);
  bits.bits(16);  // constraint flags, level_idc
  bits.ue();      // seq_parameter_set_id
  const uint32_t chroma_format = has_chroma_format(profile) ? read_chroma(bits) : 1;
  bits.ue();  // log2_max_frame_num_minus4
  skip_picture_order(bits);
  bits.ue();   // max_num_ref_frames
  bits.bit();  // gaps_in_frame_num_value_allowed_flag
  const uint64_t width = uint64_t{bits.ue()} + 1;
  const uint64_t map_units = uint64_t{bits.ue()} + 1;
  const bool is_frame_only = bits.bit() == 1;
  if (!is_frame_only) bits.bit();  // mb_adaptive_frame_field_flag
  bits.bit();                      // direct_8x8_inference_flag
  uint64_t crop_x = 0;
  uint64_t crop_y = 0;
  if (bits.bit() == 1) {
    crop_x = bits.ue();
    crop_x += bits.ue();
    crop_y = bits.ue();
    crop_y += bits.ue();
  }
  if (!bits.ok() || chroma_format > 3) return std::nullopt;
  // H.264 §7.4.2.1.1: crop units by the chroma's subsampling, twice as high for fields.
  const uint64_t unit_x = chroma_format == 1 || chroma_format == 2 ? 2 : 1;
  const uint64_t unit_y = uint64_t{chroma_format == 1 ? 2U : 1U} * (is_frame_only ? 1U : 2U);
  const auto cropped_width = cropped(width, crop_x, unit_x);
  const auto cropped_height = cropped(map_units * (is_frame_only ? 1 : 2), crop_y, unit_y);
  if (!cropped_width || !cropped_height) return std::nullopt;
  return PictureSize{.width = *cropped_width, .height = *cropped_height};
}

}  // namespace lectern::codec::h264
