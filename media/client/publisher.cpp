#include "media/client/publisher.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/extended_reports.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/srtp/profile.h"

#include <algorithm>
#include <utility>

namespace lectern::client {
namespace {

constexpr Duration kReportInterval = Duration::seconds(1);
constexpr size_t kMaxQueue = 8192;  // packets: beyond it the socket has been stuck for seconds
constexpr size_t kMaxRtcp = 1200;

std::vector<std::string> rids_of(const PublisherVideo& video) {
  if (video.encodings < 2) return {};
  std::vector<std::string> rids;
  rids.reserve(video.encodings);
  for (size_t i = 0; i < video.encodings; ++i) rids.push_back(std::to_string(i));
  return rids;
}

// Never 0, which stands for "none".
uint32_t new_ssrc(Rng& rng) {
  return rng.next_u32() | 1U;
}

sdp::OfferParameters offer_parameters(const PublisherConfig& config, Rng& rng) {
  sdp::OfferParameters parameters;
  parameters.is_publisher = true;
  if (config.has_audio) {
    parameters.media.push_back({.kind = sdp::TrackKind::kAudio,
                                .codecs = {sdp::CodecName::kOpus},
                                .rids = {},
                                .streams = {{new_ssrc(rng), 0}}});
  }
  for (const PublisherVideo& video : config.videos) {
    sdp::OfferMedia media{
        .kind = video.kind, .codecs = video.codecs, .rids = rids_of(video), .streams = {}};
    if (media.rids.empty()) media.streams = {{new_ssrc(rng), new_ssrc(rng)}};
    parameters.media.push_back(std::move(media));
  }
  return parameters;
}

}  // namespace

Publisher::Publisher(const dtls::Context& context, Rng& rng, PublisherConfig config)
    : config_(std::move(config)),
      connection_(context, rng, offer_parameters(config_, rng)),
      rng_(rng.next_u64()) {}

std::expected<void, sdp::Refusal> Publisher::accept(Instant now, std::string_view answer,
                                                    const Endpoint& local) {
  if (auto accepted = connection_.accept(now, answer, local); !accepted) return accepted;
  create_streams();
  return {};
}

void Publisher::create_streams() {
  streams_.clear();
  for (const sdp::NegotiatedMedia& media : connection_.session().media) {
    if (media.codecs.empty()) continue;
    const size_t encodings = std::max<size_t>(1, media.rids.size());
    for (size_t encoding = 0; encoding < encodings; ++encoding) {
      StreamIdentity identity{.track = media.kind,
                              .encoding = encoding,
                              .mid = media.mid,
                              .rid = media.rids.empty() ? std::string() : media.rids[encoding],
                              .codec = media.codecs.front(),
                              .extensions = media.extensions};
      const bool is_announced = media.rids.empty() && !media.streams.empty();
      const sdp::StreamSsrc announced = is_announced ? media.streams.front() : sdp::StreamSsrc{};
      identity.ssrc = is_announced ? announced.ssrc : new_ssrc(rng_);
      if (identity.codec.rtx_payload_type) {
        identity.rtx_ssrc = is_announced ? announced.rtx_ssrc : new_ssrc(rng_);
      }
      streams_.emplace_back(std::move(identity), rng_);
    }
  }
}

void Publisher::handle_datagram(Instant now, const Path& path, MutableBytes datagram,
                                Events& events) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return;
  const auto received = transport->handle_datagram(now, path, datagram);
  connection_.take_events(events);
  if (received.kind == transport::Received::Kind::kRtcp) handle_rtcp(now, received.packet, events);
}

void Publisher::handle_rtcp(Instant now, Bytes datagram, Events& events) {
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (packet->type == rtcp::PacketType::kTransportFeedback &&
        packet->count == rtcp::kNackFormat) {
      if (const auto nack = rtcp::parse_nack(*packet)) {
        retransmit(now, nack->media_ssrc, nack->numbers);
      }
      continue;
    }
    if (const auto reference = rtcp::find_reference_time(*packet)) {
      reference_ = {
          .ssrc = reference->ssrc, .compact_ntp = rtcp::compact_ntp(reference->ntp), .heard = now};
    }
    if (packet->type != rtcp::PacketType::kPayloadFeedback) continue;
    if (const auto remb = rtcp::parse_remb(*packet)) stats_.remb = remb->rate;
    for (const OutgoingStream& stream : streams_) {
      if (!rtcp::asks_keyframe(*packet, stream.identity().ssrc)) continue;
      ++stats_.keyframe_requests;
      events.push_back({.kind = Event::Kind::kKeyframeWanted,
                        .track = stream.identity().track,
                        .encoding = stream.identity().encoding});
    }
  }
}

void Publisher::retransmit(Instant now, uint32_t ssrc, rtcp::NackNumbers numbers) {
  const auto stream = std::ranges::find_if(
      streams_, [=](const OutgoingStream& each) { return each.identity().ssrc == ssrc; });
  if (stream == streams_.end()) return;
  const auto index = static_cast<size_t>(stream - streams_.begin());
  while (const auto number = numbers.next()) {
    ++stats_.nacked;
    if (queue_.size() >= kMaxQueue || !stream->take_retransmission(now, *number)) continue;
    queue_.push_back({index, *number, true});
  }
}

void Publisher::handle_timeout(Instant now, Events& events) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return;
  if (transport->next_timeout() <= now) transport->handle_timeout(now);
  connection_.take_events(events);
}

Instant Publisher::next_timeout() const {
  const transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return Instant::never();
  return std::min(transport->next_timeout(), is_connected() ? next_report_ : Instant::never());
}

bool Publisher::fill(Instant now, SendBatch& batch) {
  transport::Transport* transport = connection_.transport();
  if (transport == nullptr) return false;
  if (transport->fill(now, batch)) return true;
  if (!is_connected()) return false;
  if (fill_media(now, batch) || batch.is_full()) return true;
  if (now >= next_report_) {
    fill_report(now, batch);
    next_report_ = now + kReportInterval;
  }
  return false;
}

bool Publisher::fill_media(Instant now, SendBatch& batch) {
  transport::Transport& transport = *connection_.transport();
  while (!queue_.empty()) {
    if (batch.is_full()) return true;
    const Queued queued = queue_.front();
    queue_.pop_front();
    const MutableBytes room = batch.next();
    const auto written = streams_[queued.stream].write(
        now, queued.sequence_number, queued.is_retransmission, transport_sequence_number_, room);
    if (written.size == 0) continue;
    ++transport_sequence_number_;
    const size_t size =
        transport.protect_rtp(room, written.header_size, written.size, written.index);
    batch.commit(size, *transport.path());
    ++stats_.packets;
    stats_.bytes += written.size - written.header_size;
    if (queued.is_retransmission) ++stats_.retransmitted;
  }
  return false;
}

// One compound packet (RFC 3550 §6.1): all sender reports, one CNAME for them.
void Publisher::fill_report(Instant now, SendBatch& batch) {
  transport::Transport& transport = *connection_.transport();
  const MutableBytes room = batch.next();
  ByteWriter writer(room.first(kMaxRtcp));
  std::vector<uint32_t> ssrcs;
  for (const OutgoingStream& stream : streams_) {
    const auto info = stream.sender_info(now, config_.wall_clock_offset);
    if (!info || !rtcp::write_sender_report(*info, {}, writer)) continue;
    ssrcs.push_back(info->ssrc);
  }
  if (ssrcs.empty()) return;
  for (const uint32_t ssrc : ssrcs) {
    if (!rtcp::write_cname(ssrc, connection_.cname(), writer)) break;
  }
  if (reference_) {
    const int64_t held = (now - reference_->heard).us() * 65'536 / 1'000'000;
    static_cast<void>(
        rtcp::write_echo(ssrcs.front(),
                         {.ssrc = reference_->ssrc,
                          .last_sender_report = reference_->compact_ntp,
                          .delay_since_last_sender_report = static_cast<uint32_t>(held)},
                         writer));
    reference_.reset();
  }
  batch.commit(transport.protect_rtcp(room, writer.size()), *transport.path());
}

void Publisher::enqueue(size_t stream, const OutgoingStream::Range& range) {
  for (size_t i = 0; i < range.count && queue_.size() < kMaxQueue; ++i) {
    queue_.push_back({stream, static_cast<uint16_t>(range.first + i), false});
  }
}

void Publisher::send(Instant now, sdp::TrackKind track, size_t encoding, Bytes frame,
                     uint32_t timestamp) {
  if (!is_connected() || frame.empty()) return;
  for (size_t i = 0; i < streams_.size(); ++i) {
    const StreamIdentity& identity = streams_[i].identity();
    if (identity.track != track || identity.encoding != encoding) continue;
    if (track == sdp::TrackKind::kAudio && frame.size() > kMaxPayload) return;
    enqueue(i, streams_[i].add_frame(now, frame, timestamp));
    if (next_report_.is_never()) next_report_ = now;
    return;
  }
}

void Publisher::send_audio(Instant now, Bytes packet, uint32_t timestamp) {
  send(now, sdp::TrackKind::kAudio, 0, packet, timestamp);
}

void Publisher::send_frame(Instant now, sdp::TrackKind track, size_t encoding, Bytes frame,
                           uint32_t timestamp) {
  send(now, track, encoding, frame, timestamp);
}

std::optional<sdp::CodecName> Publisher::codec(sdp::TrackKind track) const {
  const sdp::NegotiatedMedia* media = connection_.session().find(track);
  if (media == nullptr || media->codecs.empty()) return std::nullopt;
  return media->codecs.front().name;
}

void Publisher::close() {
  transport::Transport* transport = connection_.transport();
  if (transport != nullptr) transport->close();
}

}  // namespace lectern::client
