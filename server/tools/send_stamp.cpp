#include "server/tools/send_stamp.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lectern::tools {
namespace {

// Neither has an octet of zero: in H.264 that could begin the next NAL unit.
constexpr std::array<uint8_t, 8> kMark{'l', 'e', 'c', '.', 's', 'e', 'n', 't'};
// Of seven bits each: microseconds, and one for keyframes.
constexpr size_t kSeptets = SendStamp::kSize - kMark.size();
// Of SRTP: AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80.
constexpr std::array<size_t, 2> kTags{16, 10};

}  // namespace

void write_stamp(const SendStamp& stamp, MutableBytes frame) {
  if (frame.size() < 2 * SendStamp::kSize) return;
  const MutableBytes end = frame.last(SendStamp::kSize);
  std::ranges::copy(kMark, end.begin());
  const int64_t value = stamp.sent.us() * 2 + (stamp.is_keyframe ? 1 : 0);
  for (size_t i = 0; i < kSeptets; ++i)
    end[kMark.size() + i] = static_cast<uint8_t>(0x80 | (value >> (7 * i) & 0x7f));
}

std::optional<SendStamp> read_stamp(Bytes datagram) {
  for (const size_t tag : kTags) {
    if (datagram.size() <= tag) continue;
    const Bytes clear = datagram.first(datagram.size() - tag);
    // RFC 3550 §5.1: the last octet says how many there are of padding.
    const size_t padding = (clear.front() & 0x20) != 0 ? clear.back() : 0;
    if (clear.size() < padding + SendStamp::kSize) continue;
    const Bytes end = clear.first(clear.size() - padding).last(SendStamp::kSize);
    if (!std::ranges::equal(end.first(kMark.size()), kMark)) continue;
    int64_t value = 0;
    for (size_t i = 0; i < kSeptets; ++i)
      value |= static_cast<int64_t>(end[kMark.size() + i] & 0x7f) << (7 * i);
    return SendStamp{.sent = Instant::from_us(value / 2), .is_keyframe = value % 2 != 0};
  }
  return std::nullopt;
}

}  // namespace lectern::tools
