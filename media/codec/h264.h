// H.264 in RTP (RFC 6184): what a forwarder has to know of a packet, and what an SPS says. A
// forwarder must not be stricter than receivers: what is not understood is no fault here, there is
// only nothing to know of it. Left out on purpose: slices are never decoded, and interleaved
// packets (packetization mode 2) are not put into decoding order.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "media/codec/picture_size.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::codec::h264 {

// ITU-T H.264 table 7-1; 24.. RFC 6184 table 1.
inline constexpr uint8_t kSlice = 1;
inline constexpr uint8_t kIdrSlice = 5;
inline constexpr uint8_t kSei = 6;
inline constexpr uint8_t kSps = 7;
inline constexpr uint8_t kPps = 8;
inline constexpr uint8_t kAccessUnitDelimiter = 9;
inline constexpr uint8_t kStapA = 24;
inline constexpr uint8_t kStapB = 25;
inline constexpr uint8_t kMtap16 = 26;
inline constexpr uint8_t kMtap24 = 27;
inline constexpr uint8_t kFuA = 28;
inline constexpr uint8_t kFuB = 29;

// A NAL unit, or the part of it that one packet carries.
struct NalUnit {
  uint8_t type = 0;  // 1..23
  uint8_t reference_idc = 0;
  bool is_start = false;  // the first byte of the NAL unit's content is here
  bool is_end = false;
  Bytes content{};  // after the NAL header (FU header)
};

// Walks the NAL units of one RTP payload; ends where it cannot be read any further.
class NalReader {
 public:
  explicit NalReader(Bytes payload);
  std::optional<NalUnit> next();

 private:
  std::optional<NalUnit> next_aggregated();
  std::optional<NalUnit> fragment();
  std::optional<NalUnit> end();

  Bytes rest_;
  bool is_aggregate_ = false;
  size_t before_each_ = 0;  // octets between a size and its NAL unit
};

// Who can decode a stream, as its SPS says it: the octets of profile-level-id (RFC 6184 §8.1).
struct ProfileLevel {
  uint8_t profile_idc = 0;
  uint8_t constraints = 0;  // constraint_set0_flag is the highest bit (H.264 §7.3.2.1.1)
  uint8_t level_idc = 0;

  bool operator==(const ProfileLevel&) const = default;
};

// What a decoder must be able to do, in the order of growing ability: each also decodes what those
// before it do. Arbitrary slice order and flexible macroblocks, by which Baseline differs from
// Constrained Baseline, are sent by no encoder that is in use, so the two are one here.
enum class Profile : uint8_t { kBaseline, kMain, kHigh, kHigh444 };

// The least ability that decodes a stream of this profile (RFC 6184 table 5). What none of them
// covers for certain (Extended) counts as the last.
[[nodiscard]] Profile profile_of(const ProfileLevel& level);

struct PayloadInfo {
  bool starts_frame = false;          // may be the first packet of an access unit: see inspect()
  bool is_understood = false;         // there is a NAL unit that H.264 knows
  bool has_sps = false;               // or a part of one
  bool has_pps = false;               // likewise
  bool is_prelude = false;            // nothing but what comes before the slices of a picture
  bool starts_keyframe = false;       // an IDR slice that starts a picture
  bool has_idr = false;               // any part of an IDR slice
  bool is_reference = false;          // nal_ref_idc above 0 somewhere
  std::optional<bool> is_b{};         // of its last slice; nothing where no slice begins
  std::optional<PictureSize> size{};  // of an SPS in this packet
  std::optional<ProfileLevel> profile{};  // of the same
};

// `payload`: of one RTP packet. starts_frame is true for delimiters, parameter sets, SEI and slices
// with first_mb_in_slice 0: after a parameter set the slice of the same frame says so again; the
// RTP timestamp tells them apart. A parameter set starts no keyframe: encoders that refresh a
// picture piece by piece send them before other pictures, too.
[[nodiscard]] PayloadInfo inspect(Bytes payload);

// `sps`: content of an SPS, after the NAL header, emulation prevention included (H.264 §7.3.2.1.1).
// Cropping is applied.
[[nodiscard]] std::optional<PictureSize> parse_sps(Bytes sps);

// seq_parameter_set_id or pic_parameter_set_id of an SPS or PPS; `content` as in NalUnit. Nothing
// when it is cut off.
[[nodiscard]] std::optional<uint32_t> parameter_set_id(uint8_t type, Bytes content);

// The same `sps`, or the first part of it. Nothing when it is shorter than three octets.
[[nodiscard]] std::optional<ProfileLevel> parse_profile(Bytes sps);

}  // namespace lectern::codec::h264
