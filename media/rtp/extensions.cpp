#include "media/rtp/extensions.h"

#include <algorithm>

namespace lectern::rtp {
namespace {

constexpr uint32_t kAbsSendTimeMask = 0xFFFFFF;

// An SDES item as text; RFC 7941 §4.1 forbids empty ones, so empty stands for absent.
std::string_view text(Bytes data) {
  // A sender that pads to a fixed length does it with zeros, which no mid or rid contains.
  const auto end = std::ranges::find(data, uint8_t{0});
  return as_text(data).substr(0, static_cast<size_t>(end - data.begin()));
}

void read_one(const Extension& extension, const ExtensionIds& ids, Extensions& result) {
  const Bytes data = extension.data;
  if (extension.id == ids.mid) {
    result.mid = text(data);
  } else if (extension.id == ids.rid) {
    result.rid = text(data);
  } else if (extension.id == ids.repaired_rid) {
    result.repaired_rid = text(data);
  } else if (extension.id == ids.abs_send_time && data.size() == kAbsSendTimeSize) {
    result.abs_send_time = load_be24(data.data());
  } else if (extension.id == ids.transport_wide_cc && data.size() == 2) {
    result.transport_sequence_number = load_be16(data.data());
  } else if (extension.id == ids.audio_level && data.size() == 1) {
    result.audio_level = AudioLevel{.minus_dbov = static_cast<uint8_t>(data[0] & 0x7F),
                                    .voice = (data[0] & 0x80) != 0};
  }
}

}  // namespace

Extensions read_extensions(const PacketView& view, const ExtensionIds& ids) {
  Extensions result;
  ExtensionReader reader(view);
  // Id 0 never comes out of the reader, so what was not negotiated matches nothing.
  while (const auto extension = reader.next()) read_one(*extension, ids, result);
  return result;
}

uint32_t to_abs_send_time(Instant now) {
  const auto us = static_cast<uint64_t>(now.us());
  // Whole seconds apart, so that the shift cannot overflow.
  const uint64_t seconds = us / 1'000'000;
  const uint64_t fraction = ((us % 1'000'000) << 18) / 1'000'000;
  return static_cast<uint32_t>((seconds << 18) + fraction) & kAbsSendTimeMask;
}

std::array<uint8_t, kAbsSendTimeSize> abs_send_time_bytes(Instant now) {
  std::array<uint8_t, kAbsSendTimeSize> bytes{};
  store_be24(bytes.data(), to_abs_send_time(now));
  return bytes;
}

Duration abs_send_time_difference(uint32_t later, uint32_t earlier) {
  // Moved to the top of 32 bits, so that the sign bit of the 24-bit difference is the sign.
  const auto difference = static_cast<int32_t>((later - earlier) << 8);
  return Duration::microseconds((int64_t{difference} * 1'000'000) >> (18 + 8));
}

}  // namespace lectern::rtp
