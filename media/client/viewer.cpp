#include "media/client/viewer.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/extensions.h"
#include "media/transport/demux.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::client {
namespace {

constexpr Duration kReportInterval = Duration::seconds(1);
// What waits for a hole to be given up is looked at this often.
constexpr Duration kTick = Duration::milliseconds(100);
constexpr size_t kMaxRtcp = 1200;
constexpr size_t kMaxNacks = 128;  // of one track in one datagram

sdp::OfferParameters offer_parameters(const ViewerConfig& config) {
  sdp::OfferParameters parameters;
  const auto add = [&](sdp::TrackKind kind, std::vector<sdp::CodecName> codecs) {
    parameters.media.push_back({.kind = kind,
                                .codecs = std::move(codecs),
                                .rids = {},
                                .streams = {},
                                .has_h264_high = config.takes_h264_high});
  };
  if (config.wants_audio) add(sdp::TrackKind::kAudio, {sdp::CodecName::kOpus});
  if (config.wants_camera) add(sdp::TrackKind::kCamera, config.video_codecs);
  if (config.wants_screen) add(sdp::TrackKind::kScreen, config.video_codecs);
  return parameters;
}

}  // namespace

Viewer::Viewer(const dtls::Context& context, Rng& rng, ViewerConfig config)
    : config_(std::move(config)),
      connection_(context, rng, offer_parameters(config_)),
      own_ssrc_(rng.next_u32() | 1U),
      sampled_(static_cast<uint32_t>(rng.below(config_.decrypt_one_of))) {}

std::expected<void, sdp::Refusal> Viewer::accept(Instant now, std::string_view answer,
                                                 const Endpoint& local) {
  if (auto accepted = connection_.accept(now, answer, local); !accepted) return accepted;
  tracks_.clear();
  for (const sdp::NegotiatedMedia& media : connection_.session().media) {
    tracks_.emplace_back(media, config_.decrypt_one_of > 1);
  }
  return {};
}

void Viewer::handle_datagram(Instant now, const Path& path, MutableBytes datagram, Events& events) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return;
  if (config_.decrypt_one_of > 1 && count_by_header(now, datagram)) return;
  const size_t wire_size = datagram.size();
  const bool was_connected = is_connected();
  const auto received = transport->handle_datagram(now, path, datagram);
  connection_.take_events(events);
  if (!was_connected && is_connected()) next_report_ = next_tick_ = now;
  if (received.kind == transport::Received::Kind::kRtp) {
    handle_rtp(now, received.packet, wire_size);
  } else if (received.kind == transport::Received::Kind::kRtcp) {
    handle_rtcp(now, received.packet);
  }
}

// True: one of the packets that are not worth decrypting. RFC 3711 §3.1: the header is clear.
bool Viewer::count_by_header(Instant now, Bytes datagram) {
  if (!is_connected() || transport::classify(datagram) != transport::Protocol::kRtp) return false;
  ByteReader reader(datagram);
  reader.skip(1);
  const uint8_t second = reader.u8();
  rtp::Header header;
  header.payload_type = second & 0x7f;
  header.marker = (second & 0x80) != 0;
  header.sequence_number = reader.u16();
  header.timestamp = reader.u32();
  header.ssrc = reader.u32();
  IncomingTrack* track = reader.ok() ? track_of(header.ssrc, header.payload_type) : nullptr;
  if (track == nullptr || header.ssrc != track->ssrc()) return false;
  if (++sampled_ % config_.decrypt_one_of == 0) return false;
  track->on_header(now, header, datagram.size());
  if (!first_media_) first_media_ = now;
  return true;
}

// By SSRC as announced; a server that announces none is believed by its payload types.
IncomingTrack* Viewer::track_of(uint32_t ssrc, uint8_t payload_type) {
  for (IncomingTrack& track : tracks_) {
    if (ssrc == track.ssrc() || ssrc == track.rtx_ssrc()) return &track;
  }
  for (IncomingTrack& track : tracks_) {
    const sdp::NegotiatedCodec* codec = track.media().codec_of(payload_type);
    if (codec == nullptr) continue;
    if (codec->payload_type == payload_type && track.ssrc() == 0) {
      track.learn_ssrc(ssrc);
      return &track;
    }
    if (codec->rtx_payload_type == payload_type && track.rtx_ssrc() == 0) {
      track.learn_rtx_ssrc(ssrc);
      return &track;
    }
  }
  return nullptr;
}

void Viewer::handle_rtp(Instant now, MutableBytes packet, size_t wire_size) {
  const auto view = rtp::parse(packet);
  if (!view) return;
  IncomingTrack* track = track_of(view->header.ssrc, view->header.payload_type);
  if (track == nullptr) return;
  if (!first_media_) first_media_ = now;
  if (config_.measures_bandwidth) measure(now, *view, *track, wire_size);
  track->on_packet(now, packet, wire_size);
}

void Viewer::measure(Instant now, const rtp::PacketView& view, const IncomingTrack& track,
                     size_t wire_size) {
  const uint8_t id = track.media().extensions.abs_send_time;
  if (id == 0 || track.media().kind == sdp::TrackKind::kAudio) return;
  const auto extensions = rtp::read_extensions(view, {.abs_send_time = id});
  if (!extensions.abs_send_time) return;
  bandwidth_.on_packet(now, *extensions.abs_send_time, wire_size);
  // Bad news is told at once.
  const auto& estimate = bandwidth_.estimate();
  if (estimate && *estimate < told_.percent(97)) next_report_ = std::min(next_report_, now);
}

std::optional<DataRate> Viewer::remb() const {
  if (config_.measures_bandwidth) return bandwidth_.estimate();
  return config_.remb == DataRate() ? std::nullopt : std::optional(config_.remb);
}

void Viewer::handle_rtcp(Instant now, Bytes datagram) {
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (packet->type != rtcp::PacketType::kSenderReport) continue;
    const auto report = rtcp::parse_sender_report(*packet);
    if (!report) continue;
    for (IncomingTrack& track : tracks_) {
      if (track.ssrc() == report->sender.ssrc) track.on_sender_report(now, report->sender);
    }
  }
}

void Viewer::handle_timeout(Instant now, Events& events) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return;
  if (transport->next_timeout() <= now) transport->handle_timeout(now);
  connection_.take_events(events);
  if (!is_connected() || now < next_tick_) return;
  next_tick_ = now + kTick;
  const auto round_trip = transport->round_trip();
  // Browsers keep the lips in step: the sound waits for the pictures.
  Duration least_delay;
  for (IncomingTrack& track : tracks_) {
    if (round_trip) track.set_round_trip(*round_trip);
    track.handle_timeout(now);
    if (track.media().kind != sdp::TrackKind::kAudio && track.has_media())
      least_delay =
          std::max(least_delay, track.player_delay(round_trip.value_or(Duration::zero())));
  }
  for (IncomingTrack& track : tracks_) track.set_least_delay(least_delay);
}

Instant Viewer::next_timeout() const {
  const transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return Instant::never();
  Instant next = transport->next_timeout();
  if (!is_connected()) return next;
  next = std::min({next, next_report_, next_tick_});
  if (!config_.sends_nack) return next;
  for (const IncomingTrack& track : tracks_) next = std::min(next, track.next_nack());
  return next;
}

bool Viewer::fill(Instant now, SendBatch& batch) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return false;
  if (transport->fill(now, batch)) return true;
  if (!is_connected()) return false;
  if (batch.is_full()) return true;
  const MutableBytes room = batch.next();
  ByteWriter writer(room.first(kMaxRtcp));
  if (now >= next_report_) {
    next_report_ = now + kReportInterval;
    write_reports(now, writer);
  }
  write_requests(now, writer);
  if (writer.size() > 0) {
    batch.commit(transport->protect_rtcp(room, writer.size()), *transport->path());
  }
  return false;
}

// RFC 3550 §6.1: a report first, then the CNAME, then the rest of a compound packet.
void Viewer::write_reports(Instant now, ByteWriter& out) {
  std::array<rtp::ReportBlock, sdp::kTrackKinds> blocks;
  std::array<uint32_t, sdp::kTrackKinds> ssrcs{};
  size_t count = 0;
  for (IncomingTrack& track : tracks_) {
    if (!track.has_media() || count == blocks.size()) continue;
    ssrcs[count] = track.ssrc();
    blocks[count++] = track.report(now);
  }
  const std::span reported = std::span(blocks).first(count);
  if (!rtcp::write_receiver_report(own_ssrc_, reported, out)) return;
  if (!rtcp::write_cname(own_ssrc_, connection_.cname(), out)) return;
  const auto rate = remb();
  if (!rate || count == 0) return;
  const rtcp::Remb remb{.sender_ssrc = own_ssrc_, .rate = *rate};
  if (rtcp::write_remb(remb, std::span(ssrcs).first(count), out)) told_ = *rate;
}

// RFC 5506: feedback may go without a report in front.
void Viewer::write_requests(Instant now, ByteWriter& out) {
  if (const IncomingTrack* track = std::exchange(asks_again_, nullptr)) {
    const std::array<uint16_t, 1> number{track->newest()};
    if (rtcp::write_nack(own_ssrc_, track->ssrc(), number, out) == 0) return;
  }
  for (IncomingTrack& track : tracks_) {
    if (config_.sends_pli && track.take_keyframe_wanted(now)) {
      if (!rtcp::write_pli({own_ssrc_, track.ssrc()}, out)) return;
    }
    if (!config_.sends_nack) continue;
    std::array<uint16_t, kMaxNacks> numbers;
    const size_t count = track.take_nacks(now, numbers);
    if (count == 0) continue;
    // What does not fit is asked for with the next request.
    if (rtcp::write_nack(own_ssrc_, track.ssrc(), std::span(numbers).first(count), out) == 0)
      return;
  }
}

bool Viewer::ask_again() {
  const auto track = std::ranges::find_if(tracks_, [](const IncomingTrack& candidate) {
    return candidate.rtx_ssrc() != 0 && candidate.has_media();
  });
  if (track == tracks_.end()) return false;
  asks_again_ = &*track;
  return true;
}

bool Viewer::is_repair(uint32_t ssrc) const {
  return ssrc != 0 && std::ranges::any_of(tracks_, [ssrc](const IncomingTrack& track) {
           return track.rtx_ssrc() == ssrc;
         });
}

void Viewer::request_keyframe() {
  for (IncomingTrack& track : tracks_) track.request_keyframe();
}

std::optional<TrackStats> Viewer::stats(Instant now, sdp::TrackKind kind) const {
  for (const IncomingTrack& track : tracks_) {
    if (track.media().kind == kind) return track.stats(now);
  }
  return std::nullopt;
}

void Viewer::close() {
  transport::Transport* transport = connection_.transport();
  if (transport != nullptr) transport->close();
}

}  // namespace lectern::client
