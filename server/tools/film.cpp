#include "server/tools/film.h"

extern "C" {
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace lectern::tools {
namespace {

constexpr size_t kMaxEncodings = 3;
constexpr int64_t kMaxBytes = 512 * 1024 * 1024;  // a film is kept in memory

template <auto function>
struct FreeByAddress {
  template <typename T>
  void operator()(T* object) const {
    function(&object);
  }
};
using Format = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
using Packet = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using Filter = std::unique_ptr<AVBSFContext, FreeByAddress<av_bsf_free>>;

std::optional<sdp::CodecName> codec_of(AVCodecID id) {
  switch (id) {
    case AV_CODEC_ID_OPUS:
      return sdp::CodecName::kOpus;
    case AV_CODEC_ID_VP8:
      return sdp::CodecName::kVp8;
    case AV_CODEC_ID_H264:
      return sdp::CodecName::kH264;
    default:
      return std::nullopt;
  }
}

// Matroska keeps H.264 as lengths and NAL units, parameter sets apart; RTP wants them in line.
Filter annex_b_filter(const AVStream& stream) {
  AVBSFContext* filter = nullptr;
  if (av_bsf_alloc(av_bsf_get_by_name("h264_mp4toannexb"), &filter) != 0) return nullptr;
  Filter owned(filter);
  filter->time_base_in = stream.time_base;
  if (avcodec_parameters_copy(filter->par_in, stream.codecpar) < 0) return nullptr;
  return av_bsf_init(filter) == 0 ? std::move(owned) : nullptr;
}

Duration to_duration(int64_t stamp, AVRational base) {
  return Duration::microseconds(av_rescale_q(stamp, base, {1, 1'000'000}));
}

struct Reading {
  FilmTrack track;
  Filter filter;  // H.264
};

void keep(const AVPacket& packet, AVRational base, FilmTrack& track) {
  if (packet.size <= 0 || packet.pts == AV_NOPTS_VALUE) return;
  track.packets.push_back({.at = to_duration(packet.pts, base),
                           .is_keyframe = (packet.flags & AV_PKT_FLAG_KEY) != 0,
                           .bytes = {packet.data, packet.data + packet.size}});
}

// False: the film is damaged or too large.
bool read_packets(AVFormatContext& format, std::map<int, Reading>& readings) {
  const Packet packet(av_packet_alloc());
  int64_t bytes = 0;
  while (av_read_frame(&format, packet.get()) >= 0) {
    bytes += packet->size;
    const auto found = readings.find(packet->stream_index);
    if (found != readings.end()) {
      const AVRational base = format.streams[packet->stream_index]->time_base;
      Reading& reading = found->second;
      if (!reading.filter) {
        keep(*packet, base, reading.track);
      } else {
        if (av_bsf_send_packet(reading.filter.get(), packet.get()) < 0) return false;
        while (av_bsf_receive_packet(reading.filter.get(), packet.get()) == 0) {
          keep(*packet, base, reading.track);
          av_packet_unref(packet.get());
        }
      }
    }
    av_packet_unref(packet.get());
    if (bytes > kMaxBytes) return false;
  }
  return true;
}

// The mean distance of two frames, for the last one's length.
Duration frame_time(const FilmTrack& video) {
  const auto& packets = video.packets;
  if (packets.size() < 2) return Duration::milliseconds(40);
  return (packets.back().at - packets.front().at) / static_cast<int64_t>(packets.size() - 1);
}

// Opus in a file says how long its packets are only by their distance (RFC 6716 §2.1.4).
Duration packet_time(const FilmTrack& audio) {
  const Duration mean = frame_time(audio);
  for (const int64_t ms : {10, 20, 40, 60}) {
    if (mean < Duration::milliseconds(ms) + Duration::milliseconds(5)) {
      return Duration::milliseconds(ms);
    }
  }
  return Duration::milliseconds(120);
}

// Lets the film begin at 0 and end where the picture ends; sound is cut to whole packets, on a
// grid of its own, so that the next showing follows without a gap.
void settle_times(Film& film) {
  const Duration start =
      film.videos.empty() ? film.audio.packets.front().at : film.videos.front().packets.front().at;
  for (FilmTrack& video : film.videos) {
    for (FilmPacket& packet : video.packets) packet.at = std::max(Duration(), packet.at - start);
    film.length = std::max(film.length, video.packets.back().at + frame_time(video));
  }
  auto& sound = film.audio.packets;
  if (!sound.empty()) film.audio_packet_time = packet_time(film.audio);
  const Duration step = film.audio_packet_time;
  if (film.videos.empty()) film.length = step * static_cast<int64_t>(sound.size());
  const auto whole = static_cast<size_t>(film.length / step);
  if (sound.size() > whole) sound.resize(whole);
  for (size_t i = 0; i < sound.size(); ++i) sound[i].at = step * static_cast<int64_t>(i);
  if (!sound.empty()) film.length = step * static_cast<int64_t>(whole);
  for (FilmTrack& video : film.videos) {
    std::erase_if(video.packets,
                  [&](const FilmPacket& packet) { return packet.at >= film.length; });
  }
}

}  // namespace

Duration Film::keyframe_before(Duration at) const {
  Duration found;
  if (videos.empty()) return found;
  for (const FilmPacket& packet : videos.front().packets) {
    if (packet.is_keyframe && packet.at <= at) found = packet.at;
  }
  return found;
}

Result<Film> load_film(const std::string& path) {
  AVFormatContext* opened = nullptr;
  if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) < 0) {
    return error("cannot open the film " + path);
  }
  const Format format(opened);
  if (avformat_find_stream_info(opened, nullptr) < 0) {
    return error(path + " is no film that libavformat can read");
  }
  std::map<int, Reading> readings;
  for (unsigned i = 0; i < format->nb_streams; ++i) {
    const AVStream& stream = *format->streams[i];
    const auto codec = codec_of(stream.codecpar->codec_id);
    if (!codec) continue;
    Reading reading{.track = {.codec = *codec, .height = stream.codecpar->height, .packets = {}},
                    .filter = nullptr};
    if (codec == sdp::CodecName::kH264) reading.filter = annex_b_filter(stream);
    readings.emplace(static_cast<int>(i), std::move(reading));
  }
  if (!read_packets(*format, readings)) return error(path + " is damaged, or larger than 512 MB");
  Film film;
  for (auto& [index, reading] : readings) {
    if (reading.track.packets.empty()) continue;
    const bool is_audio = reading.track.codec == sdp::CodecName::kOpus;
    if (is_audio && film.audio.packets.empty()) film.audio = std::move(reading.track);
    if (!is_audio) film.videos.push_back(std::move(reading.track));
  }
  std::ranges::stable_sort(film.videos, {}, &FilmTrack::height);
  if (!film.videos.empty()) {
    const sdp::CodecName codec = film.videos.front().codec;
    std::erase_if(film.videos, [=](const FilmTrack& video) { return video.codec != codec; });
  }
  if (film.videos.size() > kMaxEncodings) film.videos.resize(kMaxEncodings);
  if (film.videos.empty() && film.audio.packets.empty()) {
    return error(path + " has neither Opus nor VP8 nor H.264");
  }
  settle_times(film);
  return film;
}

}  // namespace lectern::tools
