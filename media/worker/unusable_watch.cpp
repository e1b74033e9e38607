#include "media/worker/unusable_watch.h"

#include <algorithm>

namespace lectern::worker {
namespace {

// Fewer packets are strays of a stream that has ended.
constexpr int kFewPackets = 10;
// A stream that is silent for this long has stopped: a camera sends several frames a second.
constexpr Duration kSilence = Duration::seconds(2);

constexpr std::array<std::string_view, UnusableWatch::kReasons> kNames = {
    "unknown-stream", "payload-type", "malformed", "no-keyframe", "too-long", "unopened"};

}  // namespace

std::string_view UnusableWatch::name(Reason reason) {
  return kNames[static_cast<size_t>(reason)];
}

void UnusableWatch::note(Instant now, size_t track, Reason reason) {
  Line& line = lines_[track];
  const bool is_silent = !line.since || now - line.last > kSilence;
  // What its publisher has sent for certain goes before what anybody may have sent.
  if (reason == Reason::kUnopened && !is_silent && line.reason != reason) return;
  if (is_silent || (line.reason == Reason::kUnopened && reason != line.reason)) {
    line.since = now;
    line.packets = 0;
  }
  line.last = now;
  line.reason = reason;
  ++line.packets;
}

bool UnusableWatch::is_usable(Instant now, size_t track) const {
  const Line& line = lines_[track];
  return !line.since && line.usable_at && now - *line.usable_at <= kSilence;
}

bool UnusableWatch::is_keyframe_overdue(Instant now, size_t track) const {
  const Line& line = lines_[track];
  return line.since && line.reason == Reason::kNoKeyframe && now - line.last <= kSilence &&
         now - *line.since >= kKeyframePatience;
}

// Something of a track that was decrypted has come lately.
bool UnusableWatch::is_hearing(Instant now) const {
  return std::any_of(lines_.begin(), lines_.end() - 1, [now](const Line& line) {
    return (line.usable_at && now - *line.usable_at < kPatience) ||
           (line.since && now - line.last < kPatience);
  });
}

std::optional<UnusableWatch::Change> UnusableWatch::take_change(Instant now) {
  if (Line& line = lines_[kNoTrack]; line.reason == Reason::kUnopened && is_hearing(now))
    line.since.reset();
  for (size_t track = 0; track < lines_.size(); ++track) {
    Line& line = lines_[track];
    if (line.since && now - line.last > kSilence) line.since.reset();
    if (line.told && !line.since) {
      line.told.reset();
      return Change{.track = track, .reason = std::nullopt};
    }
    if (line.told || !line.since || line.packets < kFewPackets) continue;
    if (now - *line.since < kPatience) continue;
    line.told = line.reason;
    return Change{.track = track, .reason = line.reason};
  }
  return std::nullopt;
}

std::vector<UnusableWatch::Change> UnusableWatch::told() const {
  std::vector<Change> changes;
  for (size_t track = 0; track < lines_.size(); ++track)
    if (lines_[track].told) changes.push_back({.track = track, .reason = lines_[track].told});
  return changes;
}

}  // namespace lectern::worker
