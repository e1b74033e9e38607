#include "media/codec/h264_packetizer.h"

#include "base/check.h"
#include "media/codec/h264.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lectern::codec {
namespace {

constexpr std::array<uint8_t, 3> kStartCode = {0, 0, 1};  // H.264 annex B
constexpr size_t kFuHeadersSize = 2;                      // RFC 6184 §5.8: indicator and header

}  // namespace

H264Packetizer::H264Packetizer(Bytes access_unit, size_t max_payload)
    : rest_(access_unit), max_payload_(max_payload) {
  LECTERN_CHECK(max_payload > 16);
  const auto code = std::ranges::search(rest_, kStartCode);
  rest_ = code.empty() ? Bytes() : Bytes(code.end(), rest_.end());
  take_nal_unit();
}

// The next NAL unit that is not empty; nal_ stays empty at the end.
void H264Packetizer::take_nal_unit() {
  nal_ = {};
  while (nal_.empty() && !rest_.empty()) {
    const auto code = std::ranges::search(rest_, kStartCode);
    nal_ = Bytes(rest_.begin(), code.begin());
    rest_ = code.empty() ? Bytes() : Bytes(code.end(), rest_.end());
    // The fourth zero of a long start code, and trailing_zero_8bits (H.264 §B.1.1).
    while (!nal_.empty() && nal_.back() == 0) nal_ = nal_.first(nal_.size() - 1);
  }
  fragments_left_ = 0;
  if (nal_.size() <= max_payload_) return;
  nal_header_ = nal_[0];
  nal_ = nal_.subspan(1);
  const size_t room = max_payload_ - kFuHeadersSize;
  fragments_left_ = (nal_.size() + room - 1) / room;
  is_first_fragment_ = true;
}

std::optional<Fragment> H264Packetizer::next(MutableBytes out) {
  if (nal_.empty()) return std::nullopt;
  if (fragments_left_ > 0) return write_fragment(out);
  LECTERN_CHECK(out.size() >= nal_.size());
  std::memcpy(out.data(), nal_.data(), nal_.size());
  const size_t size = nal_.size();
  take_nal_unit();
  return Fragment{.size = size, .is_last = nal_.empty()};
}

Fragment H264Packetizer::write_fragment(MutableBytes out) {
  const size_t share = nal_.size() / fragments_left_;
  LECTERN_CHECK(out.size() >= kFuHeadersSize + share);
  const bool is_end = fragments_left_ == 1;
  // RFC 6184 §5.8: F and NRI of the NAL unit stay in the indicator, its type goes into the FU
  // header.
  out[0] = static_cast<uint8_t>((nal_header_ & 0xE0) | h264::kFuA);
  out[1] = static_cast<uint8_t>((is_first_fragment_ ? 0x80 : 0) | (is_end ? 0x40 : 0) |
                                (nal_header_ & 0x1F));
  std::memcpy(out.data() + kFuHeadersSize, nal_.data(), share);
  nal_ = nal_.subspan(share);
  is_first_fragment_ = false;
  --fragments_left_;
  if (is_end) take_nal_unit();
  return {.size = kFuHeadersSize + share, .is_last = is_end && nal_.empty()};
}

}  // namespace lectern::codec
