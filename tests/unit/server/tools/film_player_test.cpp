#include "server/tools/film_player.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace lectern::tools {
namespace {

// A second of sound in 20 ms packets, and two encodings at 25 fps with a keyframe every half
// second.
Film second() {
  Film film;
  film.length = Duration::seconds(1);
  for (int i = 0; i < 50; ++i)
    film.audio.packets.push_back({Duration::milliseconds(20 * i), true, {1}});
  for (int encoding = 0; encoding < 2; ++encoding) {
    FilmTrack video{.codec = sdp::CodecName::kVp8, .height = 180 << encoding, .packets = {}};
    for (int i = 0; i < 25; ++i) {
      const bool is_keyframe = i == 0 || i == 13;
      video.packets.push_back({Duration::milliseconds(40 * i), is_keyframe, {2}});
    }
    film.videos.push_back(std::move(video));
  }
  return film;
}

std::map<size_t, std::vector<uint32_t>> play(FilmPlayer& player, Instant from, Duration span) {
  std::map<size_t, std::vector<uint32_t>> timestamps;
  for (Instant now = from; now < from + span; now += Duration::milliseconds(1)) {
    while (const auto due = player.next(now)) {
      timestamps[due->is_audio ? 0 : 1 + due->encoding].push_back(due->timestamp);
    }
  }
  return timestamps;
}

TEST(FilmPlayer, LoopsWithoutASeam) {
  const Film film = second();
  FilmPlayer player(film);
  const Instant start = Instant::from_ms(5000);
  player.start(start, Duration());
  const auto timestamps = play(player, start, Duration::milliseconds(2500));
  ASSERT_EQ(timestamps.at(0).size(), 125U);
  for (size_t i = 1; i < timestamps.at(0).size(); ++i) {
    EXPECT_EQ(timestamps.at(0)[i] - timestamps.at(0)[i - 1], 960U);
  }
  for (const size_t video : {1U, 2U}) {
    ASSERT_EQ(timestamps.at(video).size(), 63U);
    for (size_t i = 1; i < 63; ++i) {
      EXPECT_EQ(timestamps.at(video)[i] - timestamps.at(video)[i - 1], 3600U);
    }
  }
  EXPECT_EQ(timestamps.at(1), timestamps.at(2));
}

TEST(FilmPlayer, GoesOnFromAKeyframe) {
  const Film film = second();
  EXPECT_EQ(film.keyframe_before(Duration::milliseconds(500)), Duration());
  EXPECT_EQ(film.keyframe_before(Duration::milliseconds(900)), Duration::milliseconds(520));
  FilmPlayer player(film);
  const Instant start = Instant::from_ms(5000);
  player.start(start, Duration::milliseconds(520));
  EXPECT_EQ(player.position(start), Duration::milliseconds(520));
  EXPECT_EQ(player.position(start + Duration::milliseconds(700)), Duration::milliseconds(220));
  const auto first = player.next(start);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->packet->at, Duration::milliseconds(520));
}

TEST(FilmPlayer, DoesNotBurstAfterAStall) {
  const Film film = second();
  FilmPlayer player(film);
  const Instant start = Instant::from_ms(5000);
  player.start(start, Duration());
  EXPECT_EQ(play(player, start, Duration::milliseconds(100)).at(0).size(), 5U);
  // Ten seconds of nothing: what was due next is due now, the rest after it.
  const Instant later = start + Duration::seconds(10);
  const auto timestamps = play(player, later, Duration::milliseconds(100));
  EXPECT_EQ(timestamps.at(0).size(), 5U);
  EXPECT_EQ(timestamps.at(0).front(), 5 * 960U);
}

TEST(FilmPlayer, SaysWhenItIsNextDue) {
  const Film film = second();
  FilmPlayer player(film);
  const Instant start = Instant::from_ms(5000);
  player.start(start, Duration());
  EXPECT_EQ(player.next_due(), start);
  while (player.next(start)) {
  }
  EXPECT_EQ(player.next_due(), start + Duration::milliseconds(20));
}

TEST(FilmPlayer, OfASilentFilmShowsPictures) {
  Film film = second();
  film.audio.packets.clear();
  FilmPlayer player(film);
  player.start(Instant::from_ms(1), Duration());
  EXPECT_FALSE(play(player, Instant::from_ms(1), Duration::seconds(1)).contains(0));
}

TEST(LoadFilm, NamesTheFileItCannotRead) {
  const auto film = load_film("tests/data/no-such-film.mkv");
  ASSERT_FALSE(film);
  EXPECT_NE(film.error().context.find("no-such-film.mkv"), std::string::npos);
}

}  // namespace
}  // namespace lectern::tools
