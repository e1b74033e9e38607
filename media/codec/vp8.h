// VP8 in RTP (RFC 7741): the payload descriptor, what a forwarder has to know of the frame behind
// it (RFC 6386 §9.1), and the patches that renumber pictures. Nothing is decoded.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "media/codec/picture_size.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::codec::vp8 {

// RFC 7741 §4.2. Offsets are from the start of the payload; 0: the field is absent.
struct Descriptor {
  uint8_t size = 0;  // bytes before the VP8 frame data
  uint8_t picture_id_offset = 0;
  uint8_t tl0picidx_offset = 0;
  uint8_t partition = 0;             // PID
  bool starts_partition = false;     // S
  bool is_non_reference = false;     // N
  bool has_wide_picture_id = false;  // M: 15 bits, else 7
  bool layer_sync = false;           // Y
  uint16_t picture_id = 0;           // valid if picture_id_offset > 0
  uint8_t tl0picidx = 0;             // valid if tl0picidx_offset > 0
  std::optional<uint8_t> temporal_id{};
  std::optional<uint8_t> key_index{};

  [[nodiscard]] bool has_picture_id() const { return picture_id_offset > 0; }
  [[nodiscard]] bool has_tl0picidx() const { return tl0picidx_offset > 0; }
  // First packet of a frame.
  [[nodiscard]] bool starts_frame() const { return starts_partition && partition == 0; }

  bool operator==(const Descriptor&) const = default;
};

// `payload`: of one RTP packet. Fails when it ends inside the descriptor or right after it.
[[nodiscard]] Parsed<Descriptor> parse_descriptor(Bytes payload);

// True in the first packet of a keyframe only (RFC 6386 §9.1: P bit).
[[nodiscard]] bool starts_keyframe(const Descriptor& descriptor, Bytes payload);

// Size from the header of a keyframe's first packet; nothing elsewhere. Scaling bits are left out.
[[nodiscard]] std::optional<PictureSize> keyframe_size(const Descriptor& descriptor, Bytes payload);

// In-place patches; `descriptor` was parsed from the same bytes. The picture id keeps its width, so
// a 7-bit one takes the low bits. No effect where the field is absent.
void set_picture_id(MutableBytes payload, const Descriptor& descriptor, uint16_t picture_id);
void set_tl0picidx(MutableBytes payload, const Descriptor& descriptor, uint8_t tl0picidx);

// Writes a descriptor with the fields that are present in `descriptor` (offsets and size are
// computed, any non-zero offset counts as present; with key_index or temporal_id comes the T/K
// byte). Returns its size, 0 when `out` is too small.
[[nodiscard]] size_t write_descriptor(const Descriptor& descriptor, MutableBytes out);

}  // namespace lectern::codec::vp8
