// RTP headers, extensions and RTX.

#include "base/check.h"
#include "media/rtp/extensions.h"
#include "media/rtp/header.h"
#include "media/rtp/rtx.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using lectern::Bytes;
using lectern::MutableBytes;
namespace rtp = lectern::rtp;

// What was parsed is written again and has to mean the same.
void rewrite(const rtp::PacketView& view) {
  std::vector<rtp::Extension> extensions;
  rtp::ExtensionReader reader(view);
  while (const auto extension = reader.next()) extensions.push_back(*extension);
  std::vector<uint8_t> buffer(view.packet.size() * 2 + 64);
  const size_t size = rtp::write_header(view.header, extensions, buffer);
  LECTERN_CHECK(size > 0);
  const auto again = rtp::parse(Bytes(buffer).first(size));
  LECTERN_CHECK(again && again->header == view.header);
  rtp::ExtensionReader written(*again);
  for (const rtp::Extension& extension : extensions) {
    const auto read = written.next();
    LECTERN_CHECK(read && read->id == extension.id);
    LECTERN_CHECK(std::ranges::equal(read->data, extension.data));
  }
}

void retransmit(Bytes packet) {
  std::vector<uint8_t> buffer(packet.size() + rtp::kRtxHeaderSize);
  const auto view = rtp::parse(packet);
  const size_t size = rtp::write_rtx(packet, {.payload_type = 97, .ssrc = 5}, buffer);
  LECTERN_CHECK(size == buffer.size());
  const auto restored = rtp::undo_rtx(buffer, view->header.payload_type, view->header.ssrc);
  LECTERN_CHECK(restored && std::ranges::equal(*restored, packet));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes packet(data, size);
  static_cast<void>(rtp::is_rtcp(packet));
  const auto view = rtp::parse(packet);
  if (!view) return 0;
  static_cast<void>(rtp::read_extensions(*view, {.mid = 1,
                                                 .rid = 2,
                                                 .repaired_rid = 3,
                                                 .abs_send_time = 4,
                                                 .transport_wide_cc = 5,
                                                 .audio_level = 6}));
  rewrite(*view);
  retransmit(packet);
  std::vector<uint8_t> copy(data, data + size);
  if (const auto original = rtp::undo_rtx(copy, 96, 1))
    LECTERN_CHECK(rtp::parse(*original)->header.ssrc == 1);
  return 0;
}
