// A VP8 encoder's packets without a picture in them: one encoding with three temporal layers (or
// none), and the far end of a subscription that writes down what it gets.
#pragma once

#include "base/rng.h"
#include "media/codec/vp8.h"
#include "media/forward/fanout.h"
#include "media/forward/subscription.h"
#include "media/rtp/header.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace lectern::forward {

struct EncodedPacket {
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  std::vector<uint8_t> payload;

  [[nodiscard]] IncomingPacket incoming() const {
    return {.sequence_number = sequence_number,
            .timestamp = timestamp,
            .marker = marker,
            .codec = Codec::kVp8,
            .payload = payload};
  }
};

class VirtualEncoder {
 public:
  VirtualEncoder(Rng& rng, bool has_layers, uint16_t width = 320, uint16_t height = 180)
      : has_layers_(has_layers), width_(width), height_(height) {
    sequence_number_ = static_cast<uint16_t>(rng.next_u32());
    timestamp_ = rng.next_u32();
    picture_id_ = static_cast<uint16_t>(rng.next_u32() & 0x7FFF);
    tl0_ = static_cast<uint8_t>(rng.next_u32());
  }

  void want_keyframe() { is_keyframe_wanted_ = true; }

  // The packets of the next frame, `count` of them; 90 kHz time moves on by `ticks`.
  std::vector<EncodedPacket> frame(size_t count = 2, uint32_t ticks = 3000) {
    static constexpr std::array<uint8_t, 4> kPattern = {0, 2, 1, 2};
    const bool is_key = is_keyframe_wanted_;
    is_keyframe_wanted_ = false;
    if (is_key) phase_ = 0;
    const uint8_t layer = has_layers_ ? kPattern[phase_ % 4] : uint8_t{0};
    // The first two frames above the base layer refer to the base frame only.
    const bool is_sync = has_layers_ && (phase_ % 4 == 1 || phase_ % 4 == 2);
    ++phase_;
    timestamp_ += ticks;
    picture_id_ = (picture_id_ + 1) & 0x7FFF;
    if (layer == 0) ++tl0_;
    std::vector<EncodedPacket> packets;
    for (size_t index = 0; index < count; ++index)
      packets.push_back(packet(index == 0, index + 1 == count, is_key, layer, is_sync));
    return packets;
  }

  EncodedPacket padding() {
    return {.sequence_number = sequence_number_++,
            .timestamp = timestamp_,
            .marker = false,
            .payload = {}};
  }

 private:
  EncodedPacket packet(bool is_first, bool is_last, bool is_key, uint8_t layer, bool is_sync) {
    codec::vp8::Descriptor descriptor;
    descriptor.starts_partition = is_first;
    descriptor.picture_id_offset = 1;
    descriptor.has_wide_picture_id = true;
    descriptor.picture_id = picture_id_;
    if (has_layers_) {
      descriptor.tl0picidx_offset = 1;
      descriptor.tl0picidx = tl0_;
      descriptor.temporal_id = layer;
      descriptor.layer_sync = is_sync;
    }
    std::vector<uint8_t> payload(40);
    const size_t size = codec::vp8::write_descriptor(descriptor, payload);
    uint8_t* frame = payload.data() + size;
    frame[0] = is_key ? 0x10 : 0x11;
    if (is_first && is_key) {
      const std::array<uint8_t, 10> header = {0x10,
                                              0,
                                              0,
                                              0x9D,
                                              0x01,
                                              0x2A,
                                              static_cast<uint8_t>(width_),
                                              static_cast<uint8_t>(width_ >> 8),
                                              static_cast<uint8_t>(height_),
                                              static_cast<uint8_t>(height_ >> 8)};
      std::copy(header.begin(), header.end(), frame);
    }
    // The frame that it is of, to be recognised behind all renumbering.
    store_be32(payload.data() + 30, timestamp_);
    store_be16(payload.data() + 34, sequence_number_);
    return {.sequence_number = sequence_number_++,
            .timestamp = timestamp_,
            .marker = is_last,
            .payload = std::move(payload)};
  }

  bool has_layers_;
  uint16_t width_;
  uint16_t height_;
  uint16_t sequence_number_ = 0;
  uint32_t timestamp_ = 0;
  uint16_t picture_id_ = 0;
  uint8_t tl0_ = 0;
  size_t phase_ = 0;
  bool is_keyframe_wanted_ = true;
};

inline constexpr StreamIdentity kIdentity{.ssrc = 0x11111111,
                                          .rtx_ssrc = 0x22222222,
                                          .payload_types = {111, 96, 102},
                                          .rtx_payload_types = {kNoPayloadType, 97, 103},
                                          .abs_send_time_id = 3};

// A packet as the receiver gets it.
struct SeenPacket {
  uint64_t index = 0;
  size_t size = 0;  // all of it, padding included
  rtp::Header header;
  std::vector<uint8_t> payload;  // empty: padding only
  std::optional<codec::vp8::Descriptor> descriptor;
  bool is_keyframe_start = false;
};

inline SeenPacket read_packet(Bytes bytes, uint64_t index) {
  SeenPacket seen{
      .index = index, .size = bytes.size(), .header = {}, .payload = {}, .descriptor = {}};
  const auto view = rtp::parse(bytes);
  if (!view) return seen;
  seen.header = view->header;
  seen.payload.assign(view->payload.begin(), view->payload.end());
  if (const auto descriptor = codec::vp8::parse_descriptor(view->payload)) {
    seen.descriptor = *descriptor;
    seen.is_keyframe_start = codec::vp8::starts_keyframe(*descriptor, view->payload);
  }
  return seen;
}

// All that is due to anybody, in order; receivers are told apart by their owner.
inline std::vector<std::pair<Subscription*, SeenPacket>> drain(Fanout& fanout) {
  std::vector<std::pair<Subscription*, SeenPacket>> result;
  while (const auto due = fanout.next()) {
    std::array<uint8_t, 1500> buffer{};
    const auto written = due->subscription->write_next(*due->packet, 0x123456, buffer);
    result.emplace_back(due->subscription,
                        read_packet(Bytes(buffer).first(written.size), written.index));
  }
  return result;
}

}  // namespace lectern::forward
