// What the fan-out costs with no kernel beneath it: a packet patched for one viewer, and one frame
// written, and protected, for all of them.
//
//   ninja bench_forward && bench/bench_forward

#include "base/check.h"
#include "base/rng.h"
#include "base/send_batch.h"
#include "media/codec/vp8.h"
#include "media/forward/track.h"
#include "media/srtp/protector.h"

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

namespace lectern {
namespace {

constexpr size_t kPackets = 3;  // of a frame: 600 kbit/s at 25 frames/s
constexpr size_t kPayload = 1000;
constexpr Duration kFrame = Duration::milliseconds(40);
constexpr forward::StreamIdentity kIdentity{.ssrc = 1,
                                            .rtx_ssrc = 2,
                                            .payload_types = {111, 96, 102},
                                            .rtx_payload_types = {forward::kNoPayloadType, 97, 103},
                                            .abs_send_time_id = 3};

// A camera of one encoding, and those who have joined it.
class Class {
 public:
  explicit Class(size_t viewers) {
    for (size_t i = 0; i < viewers; ++i) {
      viewers_.push_back(std::make_unique<forward::Subscription>(
          forward::Route::kViewers, SlotId{.slot = static_cast<uint32_t>(i), .generation = 1},
          uint8_t{1}, kIdentity, uint16_t{100}, uint16_t{100}));
    }
    send_frame(true);
    for (const auto& viewer : viewers_) track_.subscribe(now_, *viewer, {});
    drain();
    for (const auto& viewer : viewers_) LECTERN_CHECK(viewer->tier() != nullptr);
  }

  void send_frame(bool is_keyframe) {
    now_ += kFrame;
    timestamp_ += 3600;
    picture_id_ = (picture_id_ + 1) & 0x7FFF;
    for (size_t i = 0; i < kPackets; ++i) {
      codec::vp8::Descriptor descriptor;
      descriptor.starts_partition = i == 0;
      descriptor.picture_id_offset = 1;
      descriptor.has_wide_picture_id = true;
      descriptor.picture_id = picture_id_;
      std::array<uint8_t, kPayload> payload{};
      uint8_t* frame = &payload[codec::vp8::write_descriptor(descriptor, payload)];
      // RFC 6386 §9.1: not a keyframe, or one of 640x360.
      static constexpr std::array<uint8_t, 10> kKey = {0x10, 0,    0,    0x9D, 0x01,
                                                       0x2A, 0x80, 0x02, 0x68, 0x01};
      if (is_keyframe)
        std::copy(kKey.begin(), kKey.end(), frame);
      else
        frame[0] = 0x11;
      LECTERN_CHECK(track_
                        .accept(now_, 0,
                                {.sequence_number = number_++,
                                 .timestamp = timestamp_,
                                 .marker = i + 1 == kPackets,
                                 .codec = forward::Codec::kVp8,
                                 .payload = payload})
                        .has_value());
    }
  }

  [[nodiscard]] std::optional<forward::Fanout::Due> next() { return fanouts_.viewers.next(); }

 private:
  void drain() {
    while (const auto due = next())
      benchmark::DoNotOptimize(due->subscription->write_next(*due->packet, 0, batch_.next()));
  }

  forward::PacketSlab slab_{10'000};
  forward::Fanouts fanouts_;
  forward::Track track_{forward::Track::Kind::kCamera, slab_, fanouts_};
  std::vector<std::unique_ptr<forward::Subscription>> viewers_;
  SendBatch batch_;
  Instant now_ = Instant::from_ms(1000);
  uint32_t timestamp_ = 0;
  uint16_t number_ = 1;
  uint16_t picture_id_ = 0;
};

// Header written, payload copied, VP8 picture id patched: what stands between the ring and the
// cipher.
void patch(benchmark::State& state) {
  Class lesson(1);
  lesson.send_frame(false);
  const auto due = lesson.next();
  SendBatch batch;
  for (auto _ : state)
    benchmark::DoNotOptimize(due->subscription->write_next(*due->packet, 1, batch.next()));
}
BENCHMARK(patch);

// A frame of three packets taken in and written for all viewers. Per packet and viewer.
void fan_out(benchmark::State& state, bool is_protected) {
  const auto viewers = static_cast<size_t>(state.range(0));
  Class lesson(viewers);
  Rng rng(1);
  std::vector<std::unique_ptr<srtp::Protector>> protectors;
  for (size_t i = 0; is_protected && i < viewers; ++i) {
    srtp::MasterKey key;
    rng.fill(key.key);
    rng.fill(MutableBytes(key.salt).first(12));
    protectors.push_back(srtp::make_protector(srtp::Profile::kAeadAes128Gcm, key));
  }
  SendBatch batch;
  const Path path{.remote = Endpoint::v4(127, 0, 0, 1, 9), .local = {}};
  for (auto _ : state) {
    lesson.send_frame(false);
    while (const auto due = lesson.next()) {
      if (batch.is_full()) batch.clear();
      const MutableBytes out = batch.next();
      const auto written = due->subscription->write_next(*due->packet, 1, out);
      size_t size = written.size;
      if (is_protected)
        size = protectors[due->subscription->owner().slot]->protect_rtp(out, written.header_size,
                                                                        size, written.index);
      batch.commit(size, path);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(viewers * kPackets));
}
BENCHMARK_CAPTURE(fan_out, clear, false)
    ->ArgName("viewers")
    ->Arg(1)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(5000);
BENCHMARK_CAPTURE(fan_out, protected, true)
    ->ArgName("viewers")
    ->Arg(1)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(5000);

}  // namespace
}  // namespace lectern
