// A publisher of sound and one picture whose clocks step, seen through a network, and what viewers
// are told of time. Used by the table of steps and by the property test.
#pragma once

#include "media/forward/encoding_stream.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <vector>

namespace lectern::forward {

class SteppingSource {
 public:
  static constexpr size_t kSound = 0;
  static constexpr size_t kPicture = 1;

  // What sender reports say once a media clock has stepped.
  enum class Reports : uint8_t { kFollow, kKeepOldClock, kFollowLate, kNone };

  // What the pictures are: with B-pictures two of them come after the picture that follows them.
  enum class Pictures : uint8_t { kVp8, kH264, kH264WithB };

  explicit SteppingSource(Reports reports, Pictures pictures = Pictures::kVp8)
      : reports_(reports), pictures_(pictures) {
    if (pictures != Pictures::kVp8) tracks_[kPicture].codec = Codec::kH264High;
  }

  // Sends and receives for `duration`; `delay`: of the packet sent at a moment, microseconds.
  void run(Duration duration, const std::function<int64_t(Instant)>& delay = {}) {
    for (const Instant end = now_ + duration; now_ < end; now_ += Duration::milliseconds(20)) {
      if (delay) delay_us_ = delay(now_);
      if (is_sending_) send(tracks_[kSound], now_, kContent);
      if (is_sending_ && is_picture_due()) send_picture();
      if (reports_ != Reports::kNone && (now_.ms() / 20) % 50 == 0) report();
      arrive();
    }
  }

  void step(size_t track, double seconds) {
    Line& line = tracks_[track];
    line.clock += static_cast<int64_t>(std::llround(seconds * line.rate));
    line.stepped_at = now_;
  }
  void step_wall_clock(double seconds) { wall_us_ += std::llround(seconds * 1e6); }
  // Nothing is sent, but the clocks go on, or (`sleeps`) the media clocks stand still.
  void pause(Duration duration, bool sleeps) {
    is_sending_ = false;
    run(duration);
    is_sending_ = true;
    sent_pictures_ = 0;
    for (Line& line : tracks_)
      if (sleeps) line.clock -= duration.us() * line.rate / 1'000'000;
  }
  void set_drift(int64_t ppm) { drift_ppm_ = ppm; }
  void lose(double share, uint32_t seed) {
    loss_ = share;
    dice_ = seed;
  }

  [[nodiscard]] Instant now() const { return now_; }

  // ---- towards viewers

  // The least time by which frames of the last second were behind the track clock, milliseconds.
  [[nodiscard]] double lateness(size_t track) const {
    double least = 1e12;
    for (const Out& out : tracks_[track].out)
      if (now_ - out.at <= Duration::seconds(1)) least = std::min(least, out.lateness_ms);
    return least;
  }
  // By how much sound comes after the pictures of the same moment, milliseconds.
  [[nodiscard]] double lip_error() const {
    return (wall_of(tracks_[kSound]) - wall_of(tracks_[kPicture])) * 1e3;
  }
  // Over all frames: timestamps that did not grow (of B-pictures: did not go back); and by how much
  // a gap between two of them was was not the time between their captures, at most, milliseconds.
  [[nodiscard]] int backward(size_t track) const { return tracks_[track].backward; }
  [[nodiscard]] double largest_leap(size_t track) const { return tracks_[track].largest_leap_ms; }
  void forget_leaps() {
    for (Line& line : tracks_) line.largest_leap_ms = 0;
  }

 private:
  struct Out {
    Instant at;
    double lateness_ms = 0;
  };
  struct Packet {
    Instant arrival;
    Instant captured;
    IncomingPacket incoming;
  };
  struct Line {
    explicit Line(uint32_t clock_rate, Codec kind, int64_t start)
        : rate(clock_rate),
          codec(kind),
          clock(start),
          track_clock(clock_rate),
          stream(clock_rate) {}
    uint32_t rate;
    Codec codec;
    int64_t clock;  // media clock at Instant 0
    uint16_t number = 65'000;
    std::optional<Instant> stepped_at;
    int64_t reported_clock = 0;
    bool has_reported = false;
    TrackClock track_clock;
    EncodingStream stream;
    std::vector<Packet> under_way;
    std::vector<Out> out;
    std::optional<MediaPacket> last;
    Instant last_captured;
    int backward = 0;
    double largest_leap_ms = 0;
  };

  // 25 pictures a second.
  [[nodiscard]] bool is_picture_due() const { return now_.ms() % 40 == 0; }

  [[nodiscard]] int64_t source_time(const Line& line, Instant at) const {
    const int64_t us = at.us() + at.us() / 1'000'000 * drift_ppm_;
    return us * line.rate / 1'000'000;
  }

  static constexpr std::array<uint8_t, 20> kContent = {0x10, 0x11, 1, 2, 3};
  // H.264 §7.3.3: first_mb_in_slice 0, then slice_type 7, 5 or 6.
  static constexpr std::array<uint8_t, 20> kIdr = {0x65, 0x88, 1, 2, 3};
  static constexpr std::array<uint8_t, 20> kP = {0x41, 0x98, 1, 2, 3};
  static constexpr std::array<uint8_t, 20> kB = {0x01, 0x9C, 1, 2, 3};

  // Shown 0 1 2 3 4 5 6, sent 0 3 1 2 6 4 5: B-pictures wait for the picture after them, each for
  // as long as three pictures take.
  void send_picture() {
    const int64_t index = sent_pictures_++;
    const Bytes other = index == 0 ? kIdr : kP;
    if (pictures_ == Pictures::kVp8) return send(tracks_[kPicture], now_, kContent);
    if (pictures_ == Pictures::kH264 || index % 3 == 0) return send(tracks_[kPicture], now_, other);
    if (index < 3) return;
    send(tracks_[kPicture], now_ - Duration::milliseconds(120), kB);
  }

  void send(Line& line, Instant captured, Bytes payload) {
    Packet packet{
        .arrival = now_ + Duration::microseconds(20'000 + delay_us_),
        .captured = captured,
        .incoming = {.sequence_number = line.number++,
                     .timestamp = static_cast<uint32_t>(line.clock + source_time(line, captured)),
                     .marker = true,
                     .codec = line.codec,
                     .payload = payload}};
    // Packets do not overtake each other.
    if (!line.under_way.empty())
      packet.arrival = std::max(packet.arrival, line.under_way.back().arrival);
    line.under_way.push_back(packet);
  }

  bool is_lost() {
    dice_ = dice_ * 1'664'525 + 1'013'904'223;
    return (dice_ >> 8) % 1000 < loss_ * 1000;
  }

  void arrive() {
    const Instant until = now_ + Duration::milliseconds(20);
    for (Line& line : tracks_) {
      size_t count = 0;
      for (; count < line.under_way.size() && line.under_way[count].arrival < until; ++count)
        if (loss_ == 0 || !is_lost()) take(line, line.under_way[count]);
      line.under_way.erase(line.under_way.begin(),
                           line.under_way.begin() + static_cast<int64_t>(count));
    }
  }

  void take(Line& line, const Packet& packet) {
    const auto media = line.stream.accept(packet.arrival, packet.incoming,
                                          {.clock = line.track_clock, .slab = slab_});
    if (!media) return;
    const double late =
        static_cast<double>(packet.arrival.us()) / 1e3 - media->timestamp * 1e3 / line.rate;
    line.out.push_back({packet.arrival, late});
    if (line.last) {
      const auto moved = static_cast<int32_t>(media->timestamp - line.last->timestamp);
      const double waited = (packet.captured - line.last_captured).to_seconds() * 1e3;
      if (moved == 0 || (moved > 0) != (waited > 0)) ++line.backward;
      line.largest_leap_ms =
          std::max(line.largest_leap_ms, std::abs(moved * 1e3 / line.rate - waited));
    }
    line.last = *media;
    line.last_captured = packet.captured;
  }

  void report() {
    const uint64_t ntp = to_ntp(kEpoch * 1'000'000 + now_.us() + wall_us_);
    for (Line& line : tracks_) {
      if (!line.has_reported) line.reported_clock = line.clock;
      line.has_reported = true;
      const bool is_due =
          reports_ == Reports::kFollow || (reports_ == Reports::kFollowLate && line.stepped_at &&
                                           now_ - *line.stepped_at > Duration::seconds(3));
      if (is_due) line.reported_clock = line.clock;
      line.stream.handle_sender_report(
          now_ + Duration::microseconds(20'000 + delay_us_),
          {.ntp = ntp, .rtp = static_cast<uint32_t>(line.reported_clock + source_time(line, now_))},
          &wall_);
    }
  }

  static constexpr int64_t kEpoch = 3'900'000'000;  // s, the wall clock at Instant 0
  static uint64_t to_ntp(int64_t us) {
    return static_cast<uint64_t>(us / 1'000'000) << 32 |
           static_cast<uint64_t>(us % 1'000'000 * (int64_t{1} << 32) / 1'000'000);
  }

  // What a viewer takes for the wall clock of now, from the last frame it got and a report, s.
  [[nodiscard]] double wall_of(const Line& line) const {
    const auto clock = line.stream.clock().report_at(now_);
    if (!clock || !line.last) return 1e9;
    const auto apart = static_cast<int32_t>(line.last->timestamp - clock->rtp);
    const double since_capture = (now_ - line.last_captured).to_seconds();
    const auto ntp = static_cast<double>(clock->ntp - (uint64_t{kEpoch} << 32)) / 4294967296.0;
    return ntp + apart / static_cast<double>(line.rate) + since_capture;
  }

  Reports reports_;
  Pictures pictures_;
  int64_t sent_pictures_ = 0;  // since the encoder began
  PacketSlab slab_{4096};
  WallClock wall_;
  int64_t wall_us_ = 0;
  int64_t drift_ppm_ = 0;
  int64_t delay_us_ = 0;
  bool is_sending_ = true;
  double loss_ = 0;
  uint32_t dice_ = 1;
  Instant now_ = Instant::from_ms(100'000);
  std::array<Line, 2> tracks_ = {Line(48'000, Codec::kOpus, 123'456'789),
                                 Line(90'000, Codec::kVp8, 4'294'000'000)};
};

}  // namespace lectern::forward
