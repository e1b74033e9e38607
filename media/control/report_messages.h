// What a worker reports: what publishers send, how viewers receive it, how busy it is.
#pragma once

#include "media/control/terms.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::control {

struct EncodingState {
  std::uint32_t height = 0;  // pixels, 0 for audio
  std::uint32_t fps = 0;
  std::uint32_t kbps = 0;
  bool operator==(const EncodingState&) const = default;
};

struct TrackState {
  bool active = false;                   // packets have come in the last second
  std::string codec;                     // `opus`, `VP8`, `H264`...; empty while unknown
  std::vector<EncodingState> encodings;  // smallest picture first
  bool operator==(const TrackState&) const = default;
};

// From the origin of a class: what the teacher sends. On each change of `active`, codec or number
// of encodings at once; the figures every 2 s.
struct SourceState {
  static constexpr std::string_view kType = "source-state";
  std::string class_id;
  std::string session;
  std::array<TrackState, kTracks> tracks;  // indexed by Track
  bool operator==(const SourceState&) const = default;
};

// From the origin of a class: the encodings that its publisher needs to send, by rid; the others
// nobody receives. On change. An empty list: this track's encodings have no rids.
struct SourceDemand {
  static constexpr std::string_view kType = "source-demand";
  std::string class_id;
  std::string session;
  std::vector<std::string> camera;
  std::vector<std::string> screen;
  bool operator==(const SourceDemand&) const = default;
};

// From the origin of a class: packets of `track` (`audio`, `camera`, `screen`; empty: of which one
// cannot be told) have come for 3 s, but nothing usable. An empty reason: that is over.
struct Unusable {
  static constexpr std::string_view kType = "unusable";
  std::string class_id;
  std::string session;
  std::string track;
  // `unknown-stream`, `payload-type`, `malformed`, `no-keyframe`, `too-long`, `unopened`
  std::string reason;
  bool operator==(const Unusable&) const = default;
};

// What of an encoding of `track` has the RTP time `rtp` towards this worker's viewers is of the
// class time `at_us`. Encodings of one camera differ by some 10 ms until keyframes bring them into
// line.
struct TrackTime {
  Track track = Track::kAudio;
  std::uint32_t height = 0;  // pixels; 0 for sound, and while unknown
  std::uint32_t rtp = 0;
  std::int64_t at_us = 0;
  bool operator==(const TrackTime&) const = default;
};

// The encodings of the class at this worker, those that have a clock. While it has viewers: on
// change, and again when clocks have drifted by more than 3 ms.
struct MediaTimes {
  static constexpr std::string_view kType = "media-times";
  std::string class_id;
  std::vector<TrackTime> tracks;
  bool operator==(const MediaTimes&) const = default;
};

// A viewer session changed its rung: `720p`, `360p`, `180p`, `audio`, `none`.
struct SessionRung {
  static constexpr std::string_view kType = "session-rung";
  std::string session;
  std::string rung;
  std::uint32_t fps = 0;
  std::string reason;  // `join`, `bandwidth`, `loss`, `limit`, `source`, `codec`
  bool operator==(const SessionRung&) const = default;
};

struct RungCount {
  std::string rung;
  std::uint32_t viewers = 0;
  bool operator==(const RungCount&) const = default;
};

// How the connected viewers of one class at this worker receive it. Each second for each class that
// has viewers here, and once with no rungs when the last has left.
struct Audience {
  static constexpr std::string_view kType = "audience";
  std::string class_id;
  std::vector<RungCount> rungs;
  bool operator==(const Audience&) const = default;
};

// A metric of /metrics: `lectern_{name}{label="value"}`; `label` empty for none.
struct Counter {
  std::string name;
  std::string label;
  std::string value;
  std::uint64_t count = 0;
  bool operator==(const Counter&) const = default;
};

// Each second. Counters are totals since the worker's start, <= 512 of them.
struct Load {
  static constexpr std::string_view kType = "load";
  std::uint32_t viewers = 0;
  std::uint32_t publishers = 0;
  std::uint64_t egress_bps = 0;
  std::uint64_t ingress_bps = 0;
  std::uint64_t packets_per_s = 0;
  std::uint64_t loop_delay_us_p99 = 0;
  std::vector<Counter> counters;
  bool operator==(const Load&) const = default;
};

// Each half second without a Load: the loop turns. A worker of which signaling hears nothing at all
// for 2 s is taken for dead.
struct Alive {
  static constexpr std::string_view kType = "alive";
  bool operator==(const Alive&) const = default;
};

}  // namespace lectern::control
