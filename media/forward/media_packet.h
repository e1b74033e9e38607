// A media packet on its way from a source to the tiers: as it came, and after it was understood.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/codec/h264.h"
#include "media/forward/packet_slab.h"

#include <cstddef>
#include <cstdint>

namespace lectern::forward {

// H.264 by what its receiver must be able to decode (codec::h264::Profile, in its order), because
// that is what its payload types differ by.
enum class Codec : uint8_t { kOpus, kVp8, kH264, kH264Main, kH264High, kH264High444 };
inline constexpr size_t kCodecs = 6;

[[nodiscard]] constexpr bool is_h264(Codec codec) {
  return codec >= Codec::kH264;
}
[[nodiscard]] constexpr Codec h264_codec(codec::h264::Profile profile) {
  return static_cast<Codec>(static_cast<uint8_t>(Codec::kH264) + static_cast<uint8_t>(profile));
}

// What RTP says of a packet of a publisher or a leg; RTX is undone already.
struct IncomingPacket {
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  Codec codec = Codec::kOpus;  // of H.264: what is taken for true until an SPS says it
  Bytes payload;               // without padding; empty: a bandwidth probe
  // From another worker, which has seen to it that time goes on without steps.
  bool has_steady_time = false;
};

// Highest temporal layer that a stream may have: 0..2.
inline constexpr uint8_t kMaxTemporalId = 2;

// A packet that has found its place in its encoding.
struct MediaPacket {
  int64_t position = 0;  // unwrapped source sequence number; grows across sources
  int64_t picture = 0;   // unwrapped VP8 picture id, where has_picture_id
  PacketRef payload;
  // H.264: parameter sets to send before this keyframe, which has come without; mostly empty.
  PacketRef parameter_sets;
  Instant arrival;
  uint32_t timestamp = 0;  // on the track clock
  Codec codec = Codec::kOpus;
  bool is_padding = false;  // no media: skipped when numbering what viewers get
  bool marker = false;
  bool starts_epoch = false;     // the first of another source, or after a hole too long to fill
  bool starts_pictures = false;  // VP8: the picture ids count anew from here on
  bool starts_frame = false;
  bool starts_keyframe = false;
  // RFC 7741: the first packet of a frame is known as such; H.264 tells only by the packet before.
  bool is_start_certain = false;
  bool is_understood = false;  // what its codec's payloads look like
  bool is_prelude = false;     // H.264: parameter sets and the like, which belong to what follows
  bool has_layers = false;     // the payload says which temporal layer it is of
  uint8_t temporal_id = 0;
  bool is_layer_sync = false;
  uint8_t picture_id_offset = 0;  // in the payload; 0: there is none
  bool has_wide_picture_id = false;
  uint8_t tl0_offset = 0;  // in the payload; 0: there is none
  uint8_t tl0 = 0;

  [[nodiscard]] bool has_picture_id() const { return picture_id_offset != 0; }
};

}  // namespace lectern::forward
