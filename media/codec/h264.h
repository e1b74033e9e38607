// H.264 in RTP (RFC 6184), packetization modes 0 and 1: single NAL units, STAP-A and FU-A. What a
// forwarder has to know of a packet, and the picture size of an SPS. Left out on purpose: STAP-B,
// MTAP and FU-B, which no browser sends; slices are never decoded.
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
inline constexpr uint8_t kFuA = 28;

// A NAL unit, or the part of it that one packet carries.
struct NalUnit {
  uint8_t type = 0;  // 1..23
  uint8_t reference_idc = 0;
  bool is_start = false;  // the first byte of the NAL unit's content is here
  bool is_end = false;
  Bytes content{};  // after the NAL header (FU header)
};

// Walks the NAL units of one RTP payload; ends early at a malformed one.
class NalReader {
 public:
  explicit NalReader(Bytes payload);
  std::optional<NalUnit> next();
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  std::optional<NalUnit> next_aggregated();
  std::optional<NalUnit> fragment();
  std::optional<NalUnit> fail();

  Bytes rest_;
  bool is_aggregate_ = false;
  bool malformed_ = false;
};

// Who can decode a stream, as its SPS says it: the octets of profile-level-id (RFC 6184 §8.1).
struct ProfileLevel {
  uint8_t profile_idc = 0;
  uint8_t constraints = 0;  // constraint_set0_flag is the highest bit (H.264 §7.3.2.1.1)
  uint8_t level_idc = 0;

  bool operator==(const ProfileLevel&) const = default;
};

struct PayloadInfo {
  bool starts_frame = false;          // may be the first packet of an access unit: see inspect()
  bool starts_keyframe = false;       // an SPS, or an IDR slice that starts a picture
  bool has_idr = false;               // any part of an IDR slice
  bool is_reference = false;          // nal_ref_idc above 0 somewhere
  std::optional<PictureSize> size{};  // of an SPS in this packet
  std::optional<ProfileLevel> profile{};  // of the same
};

// `payload`: of one RTP packet. starts_frame is true for delimiters, parameter sets, SEI and slices
// with first_mb_in_slice 0: after a parameter set the slice of the same frame says so again; the
// RTP timestamp tells them apart. Fails on malformed or unsupported payloads.
[[nodiscard]] Parsed<PayloadInfo> inspect(Bytes payload);

// `sps`: content of an SPS, after the NAL header, emulation prevention included (H.264 §7.3.2.1.1).
// Cropping is applied.
[[nodiscard]] std::optional<PictureSize> parse_sps(Bytes sps);

// The same `sps`, or the first part of it. Nothing when it is shorter than three octets.
[[nodiscard]] std::optional<ProfileLevel> parse_profile(Bytes sps);

}  // namespace lectern::codec::h264
