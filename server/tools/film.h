// A film in memory: a Matroska (or other) file with Opus and one to three encodings of one picture,
// VP8 or H.264 without B frames, as packets ready to be published.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/sdp/negotiated.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lectern::tools {

struct FilmPacket {
  Duration at;  // from the film's start
  bool is_keyframe = false;
  std::vector<uint8_t> bytes;  // VP8 frame, Annex B access unit or Opus packet
};

struct FilmTrack {
  sdp::CodecName codec = sdp::CodecName::kOpus;
  int height = 0;  // of the picture
  std::vector<FilmPacket> packets;
};

struct Film {
  std::vector<FilmTrack> videos;  // smallest picture first; at most 3
  FilmTrack audio;                // no packets: a silent film
  Duration audio_packet_time = Duration::milliseconds(20);
  Duration length;  // of one showing; the next follows without a gap

  // The start of the last keyframe of the first video at or before `at`; 0 without video.
  [[nodiscard]] Duration keyframe_before(Duration at) const;
};

// Reads the whole file. Errors: a sentence with the path in it.
[[nodiscard]] Result<Film> load_film(const std::string& path);

}  // namespace lectern::tools
