// RTCP datagrams: the walk, and every parser on every packet.

#include "base/check.h"
#include "media/rtcp/application.h"
#include "media/rtcp/extended_reports.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtcp/twcc.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using lectern::Bytes;
using lectern::ByteWriter;
namespace rtcp = lectern::rtcp;

void try_reports(const rtcp::PacketView& packet) {
  if (const auto report = rtcp::parse_sender_report(packet)) {
    std::vector<rtcp::ReportBlock> blocks(report->blocks.size());
    for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = report->blocks[i];
    std::array<uint8_t, 1024> buffer{};
    ByteWriter out(buffer);
    LECTERN_CHECK(rtcp::write_sender_report(report->sender, blocks, out));
    const auto again = rtcp::parse_sender_report(*rtcp::CompoundReader(out.written()).next());
    LECTERN_CHECK(again && again->sender == report->sender);
    for (size_t i = 0; i < blocks.size(); ++i) LECTERN_CHECK(again->blocks[i] == blocks[i]);
  }
  if (const auto report = rtcp::parse_receiver_report(packet))
    for (size_t i = 0; i < report->blocks.size(); ++i)
      static_cast<void>(rtcp::round_trip(0x123456789ABC, report->blocks[i]));
  static_cast<void>(rtcp::find_cname(packet));
  static_cast<void>(rtcp::says_bye(packet, 1));
}

void try_extended(const rtcp::PacketView& packet) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter out(buffer);
  if (const auto time = rtcp::find_reference_time(packet))
    LECTERN_CHECK(rtcp::write_reference_time(time->ssrc, time->ntp, out));
  if (const auto echo = rtcp::find_echo(packet, 1)) {
    LECTERN_CHECK(echo->ssrc == 1);
    static_cast<void>(rtcp::round_trip(0x123456789ABC, *echo));
  }
}

void try_feedback(const rtcp::PacketView& packet) {
  static_cast<void>(rtcp::asks_keyframe(packet, 1));
  if (const auto remb = rtcp::parse_remb(packet)) LECTERN_CHECK(remb->rate.bps() >= 0);
  auto nack = rtcp::parse_nack(packet);
  if (!nack) return;
  // 17 numbers an entry at most: the walk ends.
  size_t count = 0;
  while (nack->numbers.next()) ++count;
  LECTERN_CHECK(count <= packet.body.size() / 4 * 17);
}

void try_application(const rtcp::PacketView& packet) {
  const auto application = rtcp::parse_application(packet);
  if (!application || application->data.size() % 4 != 0) return;
  std::vector<uint8_t> buffer(16 + application->data.size());
  ByteWriter out(buffer);
  LECTERN_CHECK(rtcp::write_application(*application, out));
  const auto again = rtcp::parse_application(*rtcp::CompoundReader(out.written()).next());
  LECTERN_CHECK(again && again->name == application->name &&
                again->data.size() == application->data.size());
}

void try_twcc(const rtcp::PacketView& packet) {
  auto reader = rtcp::TwccReader::parse(packet);
  if (!reader) return;
  size_t count = 0;
  while (reader->next()) ++count;
  LECTERN_CHECK(count == reader->header().status_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rtcp::CompoundReader reader(Bytes(data, size));
  while (const auto packet = reader.next()) {
    try_reports(*packet);
    try_extended(*packet);
    try_feedback(*packet);
    try_application(*packet);
    try_twcc(*packet);
  }
  return 0;
}
