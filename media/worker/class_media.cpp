#include "media/worker/class_media.h"

#include <algorithm>
#include <utility>

namespace lectern::worker {
namespace {

constexpr Duration kLadderAge = Duration::milliseconds(100);
constexpr Duration kLookInterval = Duration::milliseconds(200);
constexpr Duration kSourceStateInterval = Duration::seconds(2);
constexpr Duration kAudienceInterval = Duration::seconds(1);

std::string codec_text(forward::Codec codec) {
  switch (codec) {
    case forward::Codec::kOpus:
      return "opus";
    case forward::Codec::kVp8:
      return "VP8";
    case forward::Codec::kH264:
    case forward::Codec::kH264Main:
    case forward::Codec::kH264High:
    case forward::Codec::kH264High444:
      return "H264";
  }
  return {};
}

}  // namespace

ClassMedia::ClassMedia(std::string name, forward::PacketSlab& slab, forward::Fanouts& fanouts,
                       const ToldClassTime& clock)
    : name_(std::move(name)),
      tracks_{forward::Track{forward::Track::Kind::kAudio, slab, fanouts},
              forward::Track{forward::Track::Kind::kCamera, slab, fanouts},
              forward::Track{forward::Track::Kind::kScreen, slab, fanouts}},
      times_(clock) {}

void ClassMedia::set_source(const Source& source) {
  if (source == source_) return;
  for (forward::Track& track : tracks_) track.end_source();
  source_ = source;
  times_.restart(source.kind == Source::Kind::kPublisher);
  note_change();
}

void ClassMedia::end_source(const Source& source) {
  if (source == source_) set_source({});
}

std::span<const forward::LadderStep> ClassMedia::ladder(Instant now, size_t track) {
  Ladder& ladder = ladders_[track];
  if (!is_recent(ladder.as_of, now, kLadderAge)) {
    ladder.steps = tracks_[track].ladder(now);
    ladder.as_of = now;
  }
  return ladder.steps;
}

bool ClassMedia::take_change(Instant now) {
  if (is_changed_)
    for (Ladder& ladder : ladders_) ladder.as_of.reset();
  is_changed_ = false;
  // FNV-1a over what can be chosen: equal choices give equal signatures.
  uint64_t signature = 0xcbf29ce484222325;
  const auto mix = [&signature](uint64_t value) {
    signature = (signature ^ value) * 0x100000001b3;
  };
  for (size_t index = 0; index < kTracks; ++index) {
    mix(tracks_[index].is_active(now) ? 1 : 0);
    const auto codec = tracks_[index].codec();
    mix(codec ? static_cast<uint64_t>(*codec) + 1 : 0);
    for (const forward::LadderStep& step : ladder(now, index))
      mix(uint64_t{step.height} << 16 | uint64_t{step.id.encoding} << 8 | step.id.layers | 1U << 7);
  }
  return std::exchange(signature_, signature) != signature;
}

Instant ClassMedia::next_keyframe_request() const {
  return std::min(tracks_[kCamera].next_keyframe_request(),
                  tracks_[kScreen].next_keyframe_request());
}

void ClassMedia::on_publisher_report(Instant now, size_t track, size_t encoding,
                                     const forward::ClockReport& report, forward::WallClock& wall) {
  forward::Track& of = tracks_[track];
  of.handle_sender_report(now, encoding, report, &wall);
  // What the line says, not the report: one that is off the line tells nothing of the offset. There
  // is no line before the encoding's first packet.
  const auto line = of.report_at(now, {.encoding = static_cast<uint8_t>(encoding)});
  if (report.ntp != 0)
    times_.on_publisher_report(now, line ? line->ntp : report.ntp + wall.correction);
}

std::optional<forward::ClockReport> ClassMedia::report_at(Instant now, size_t track,
                                                          forward::TierId id) const {
  const auto report = tracks_[track].report_at(now, id);
  if (!report) return std::nullopt;
  const auto in_class = times_.in_class_time(now, tracks_[track].rate(), *report);
  return in_class ? in_class : report;
}

std::array<control::TrackState, kTracks> ClassMedia::track_states(Instant now) {
  std::array<control::TrackState, kTracks> states;
  for (size_t index = 0; index < kTracks; ++index) {
    control::TrackState& state = states[index];
    state.active = tracks_[index].is_active(now);
    if (const auto codec = tracks_[index].codec()) state.codec = codec_text(*codec);
    for (const forward::LadderStep& step : ladder(now, index)) {
      if (step.id.layers != forward::kMaxTemporalId) continue;
      state.encodings.push_back({.height = step.height,
                                 .fps = step.fps,
                                 .kbps = static_cast<uint32_t>(step.rate.kbps())});
    }
  }
  return states;
}

void ClassMedia::expire(Instant now) {
  for (forward::Track& track : tracks_) track.expire(now);
}

ClassMedia::Due ClassMedia::handle_timeout(Instant now) {
  Due due;
  next_look_ = now + kLookInterval;
  if (now >= next_source_state_) {
    next_source_state_ = now + kSourceStateInterval;
    due.source_state = true;
  }
  if (now >= next_audience_) {
    next_audience_ = now + kAudienceInterval;
    due.audience = true;
    expire(now);
  }
  return due;
}

}  // namespace lectern::worker
