#include "server/tools/film_player.h"

#include <algorithm>

namespace lectern::tools {

const FilmTrack* FilmPlayer::track(size_t number) const {
  const FilmTrack* found = nullptr;
  if (number == 0)
    found = &film_.audio;
  else if (number <= film_.videos.size())
    found = &film_.videos[number - 1];
  return found != nullptr && !found->packets.empty() ? found : nullptr;
}

Duration FilmPlayer::due_at(const FilmTrack& track, const Cursor& cursor) const {
  return film_.length * cursor.showing + track.packets[cursor.index].at;
}

void FilmPlayer::start(Instant now, Duration position) {
  zero_ = now - position;
  for (size_t number = 0; number < kTracks; ++number) {
    cursors_[number] = {};
    const FilmTrack* shown = track(number);
    if (shown == nullptr) continue;
    const auto first = std::ranges::lower_bound(shown->packets, position, {}, &FilmPacket::at);
    if (first == shown->packets.end())
      cursors_[number].showing = 1;
    else
      cursors_[number].index = static_cast<size_t>(first - shown->packets.begin());
  }
}

std::optional<FilmPlayer::Due> FilmPlayer::next(Instant now) {
  size_t chosen = kTracks;
  Duration earliest = Duration::infinite();
  for (size_t number = 0; number < kTracks; ++number) {
    const FilmTrack* shown = track(number);
    if (shown == nullptr) continue;
    const Duration at = due_at(*shown, cursors_[number]);
    if (at >= earliest) continue;
    earliest = at;
    chosen = number;
  }
  if (chosen == kTracks || zero_ + earliest > now) return std::nullopt;
  if (now - (zero_ + earliest) > kMaxDelay) zero_ = now - earliest;
  const FilmTrack& shown = *track(chosen);
  Cursor& cursor = cursors_[chosen];
  const int64_t clock_rate = chosen == 0 ? 48'000 : 90'000;
  const Due due{.is_audio = chosen == 0,
                .encoding = chosen == 0 ? 0 : chosen - 1,
                .packet = &shown.packets[cursor.index],
                .timestamp = static_cast<uint32_t>(earliest.us() * clock_rate / 1'000'000)};
  if (++cursor.index == shown.packets.size()) cursor = {cursor.showing + 1, 0};
  return due;
}

Instant FilmPlayer::next_due() const {
  Instant next = Instant::never();
  for (size_t number = 0; number < kTracks; ++number) {
    const FilmTrack* shown = track(number);
    if (shown != nullptr) next = std::min(next, zero_ + due_at(*shown, cursors_[number]));
  }
  return next;
}

Duration FilmPlayer::position(Instant now) const {
  if (film_.length <= Duration()) return {};
  const int64_t elapsed = std::max<int64_t>(0, (now - zero_).us());
  return Duration::microseconds(elapsed % film_.length.us());
}

}  // namespace lectern::tools
