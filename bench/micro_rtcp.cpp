// What reading a packet costs: RTP headers with their extensions, the RTCP that viewers send, the
// feedback that a publisher gets, and the renumbering of one packet.
//
//   ninja bench_rtcp && bench/bench_rtcp

#include "base/check.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtcp/twcc_recorder.h"
#include "media/rtp/extensions.h"
#include "media/rtp/offset_map.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

namespace lectern {
namespace {

void read_rtp(benchmark::State& state) {
  const std::array<uint8_t, 3> stamp = {1, 2, 3};
  const std::array<uint8_t, 2> number = {4, 5};
  const std::array extensions = {rtp::Extension{.id = 1, .data = as_bytes("0")},
                                 rtp::Extension{.id = 2, .data = stamp},
                                 rtp::Extension{.id = 3, .data = number}};
  const rtp::ExtensionIds ids{.mid = 1, .abs_send_time = 2, .transport_wide_cc = 3};
  std::array<uint8_t, 1200> packet{};
  LECTERN_CHECK(rtp::write_header({.payload_type = 96}, extensions, packet) > 0);
  for (auto _ : state) {
    const auto view = rtp::parse(packet);
    benchmark::DoNotOptimize(rtp::read_extensions(*view, ids));
  }
}
BENCHMARK(read_rtp);

// What a viewer sends each second or so: a report, a NACK of five packets, a REMB.
void read_viewer_rtcp(benchmark::State& state) {
  std::array<uint8_t, 256> buffer{};
  ByteWriter out(buffer);
  const std::array<rtp::ReportBlock, 2> blocks{};
  const std::array<uint16_t, 5> lost = {10, 11, 20, 100, 101};
  LECTERN_CHECK(rtcp::write_receiver_report(1, blocks, out));
  LECTERN_CHECK(rtcp::write_nack(1, 2, lost, out) == lost.size());
  LECTERN_CHECK(rtcp::write_remb({.sender_ssrc = 1, .rate = DataRate::kbps(800)},
                                 std::array<uint32_t, 1>{2}, out));
  for (auto _ : state) {
    rtcp::CompoundReader reader(out.written());
    while (const auto packet = reader.next()) {
      if (const auto report = rtcp::parse_receiver_report(*packet))
        benchmark::DoNotOptimize(rtcp::round_trip(1, report->blocks[0]));
      if (auto nack = rtcp::parse_nack(*packet))
        while (const auto number = nack->numbers.next()) benchmark::DoNotOptimize(*number);
      benchmark::DoNotOptimize(rtcp::parse_remb(*packet));
    }
  }
}
BENCHMARK(read_viewer_rtcp);

// 50 packets of a publisher noted, and one feedback packet written. Per packet.
void record_transport_feedback(benchmark::State& state) {
  constexpr int kPackets = 50;
  rtcp::TwccRecorder recorder(1, Duration::milliseconds(100));
  Instant now = Instant::from_ms(0);
  uint16_t number = 0;
  std::array<uint8_t, 1200> buffer{};
  for (auto _ : state) {
    for (int i = 0; i < kPackets; ++i) {
      recorder.on_packet(now, number++, 2);
      now += Duration::milliseconds(3);
    }
    ByteWriter out(buffer);
    LECTERN_CHECK(recorder.write_due(now, out));
    benchmark::DoNotOptimize(buffer);
  }
  state.SetItemsProcessed(state.iterations() * kPackets);
}
BENCHMARK(record_transport_feedback);

// A stream of which every second frame of three packets is dropped. Per packet.
void renumber(benchmark::State& state) {
  rtp::OffsetMap map;
  int64_t source = 0;
  for (auto _ : state) {
    if (source / 3 % 2 == 0)
      benchmark::DoNotOptimize(map.forward(source));
    else
      benchmark::DoNotOptimize(map.drop(source));
    ++source;
  }
}
BENCHMARK(renumber);

}  // namespace
}  // namespace lectern
