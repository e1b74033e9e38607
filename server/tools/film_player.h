// Which packets of a film are due when: a loop without a seam, timestamps that go on. Pure.
#pragma once

#include "base/time.h"
#include "server/tools/film.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::tools {

class FilmPlayer {
 public:
  static constexpr Duration kMaxDelay = Duration::milliseconds(500);

  // `film` outlives the player.
  explicit FilmPlayer(const Film& film) : film_(film) {}

  // Shows the film from `position` on, the first packets being due at `now`.
  void start(Instant now, Duration position);

  struct Due {
    bool is_audio = false;
    size_t encoding = 0;
    const FilmPacket* packet = nullptr;
    uint32_t timestamp = 0;  // 48 or 90 kHz
  };
  // The packets due, oldest first. A player that was held up for more than kMaxDelay goes on from
  // where it was instead of catching up in a burst.
  std::optional<Due> next(Instant now);

  [[nodiscard]] Instant next_due() const;
  // In the film, 0..length.
  [[nodiscard]] Duration position(Instant now) const;

 private:
  struct Cursor {
    int64_t showing = 0;
    size_t index = 0;
  };
  static constexpr size_t kTracks = 4;  // sound, and three encodings

  [[nodiscard]] const FilmTrack* track(size_t number) const;
  [[nodiscard]] Duration due_at(const FilmTrack& track, const Cursor& cursor) const;

  const Film& film_;
  Instant zero_;  // when the first showing began, or would have
  std::array<Cursor, kTracks> cursors_{};
};

}  // namespace lectern::tools
