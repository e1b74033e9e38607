#include "media/codec/vp8_packetizer.h"

#include "base/check.h"

#include <array>
#include <cstring>

namespace lectern::codec {
namespace {

constexpr size_t kMaxDescriptorSize = 6;  // RFC 7741 §4.2: X, ILTK, picture id (2), TL0PICIDX, T/K

}  // namespace

Vp8Packetizer::Vp8Packetizer(Bytes frame, const vp8::Descriptor& descriptor, size_t max_payload)
    : rest_(frame), descriptor_(descriptor) {
  LECTERN_CHECK(max_payload > 16);
  std::array<uint8_t, kMaxDescriptorSize> scratch{};
  const size_t room = max_payload - vp8::write_descriptor(descriptor_, scratch);
  fragments_left_ = (frame.size() + room - 1) / room;
  // RFC 7741 §4.2: S and PID 0 at the start; what follows counts as the same partition.
  descriptor_.starts_partition = true;
  descriptor_.partition = 0;
}

std::optional<Fragment> Vp8Packetizer::next(MutableBytes out) {
  if (fragments_left_ == 0) return std::nullopt;
  const size_t share = rest_.size() / fragments_left_;
  const size_t header = vp8::write_descriptor(descriptor_, out);
  LECTERN_CHECK(header > 0 && out.size() >= header + share);
  std::memcpy(out.data() + header, rest_.data(), share);
  rest_ = rest_.subspan(share);
  descriptor_.starts_partition = false;
  --fragments_left_;
  return Fragment{.size = header + share, .is_last = fragments_left_ == 0};
}

}  // namespace lectern::codec
