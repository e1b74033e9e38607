#include "media/worker/publisher_session.h"

#include "media/rtcp/compound.h"
#include "media/rtcp/extended_reports.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"
#include "media/rtp/rtx.h"
#include "media/sdp/media_match.h"
#include "media/worker/negotiation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::worker {
namespace {

constexpr Duration kArrivalInterval = Duration::milliseconds(50);
constexpr Duration kReportInterval = Duration::seconds(1);
// A command to send a keyframe is repeated after 0.3 s and 0.9 s. What is asked later is a new one;
// after a keyframe that holds as well, because none is asked for in the second that follows it.
constexpr Duration kFirCommand = Duration::seconds(1);
// Sound has no time to see whether a packet is merely late.
constexpr rtp::NackTiming kSoundTiming{.grace = Duration::milliseconds(1)};
// Sound, 2 x 4 encodings and their RTX are 17; a page that replaces its tracks latches others.
constexpr size_t kMaxSources = 24;
// An SSRC whose place was taken gets it back only if its successor has been silent for so long.
constexpr Duration kSuccession = Duration::seconds(1);

size_t track_of(const sdp::NegotiatedMedia& media) {
  return static_cast<size_t>(media.kind);
}

// What our reports say of the time, for the publisher to say again. Never 0.
uint64_t reference_time(Instant now) {
  return rtcp::to_ntp(now - Instant() + Duration::seconds(1));
}

}  // namespace

PublisherSession::PublisherSession(const sdp::NegotiatedSession& session, uint32_t own_ssrc,
                                   std::string cname)
    : media_(session.media),
      is_reduced_size_(session.is_reduced_size),
      own_ssrc_(own_ssrc),
      cname_(std::move(cname)),
      arrivals_(own_ssrc, kArrivalInterval) {
  for (size_t track : {kCamera, kScreen}) told_[track] = needed_rids(track);
  for (size_t index = 0; index < media_.size(); ++index) {
    // With rids the extensions say which stream is which: the order of SSRC lines does not.
    if (!media_[index].rids.empty()) continue;
    const size_t most = media_[index].kind == sdp::TrackKind::kAudio ? 1 : forward::kMaxEncodings;
    const size_t count = std::min(media_[index].streams.size(), most);
    for (size_t encoding = 0; encoding < count; ++encoding) {
      const sdp::StreamSsrc& stream = media_[index].streams[encoding];
      add_source(stream.ssrc, index, encoding, false);
      if (stream.rtx_ssrc != 0) add_source(stream.rtx_ssrc, index, encoding, true);
    }
  }
}

PublisherSession::Source* PublisherSession::find_source(uint32_t ssrc) {
  const auto at = std::find_if(sources_.begin(), sources_.end(),
                               [ssrc](const Source& source) { return source.ssrc == ssrc; });
  return at == sources_.end() ? nullptr : &*at;
}

PublisherSession::Source* PublisherSession::find_primary(size_t media, size_t encoding) {
  const auto at = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
    return source.media == media && source.encoding == encoding && !source.is_rtx;
  });
  return at == sources_.end() ? nullptr : &*at;
}

PublisherSession::Source* PublisherSession::add_source(uint32_t ssrc, size_t media, size_t encoding,
                                                       bool is_rtx) {
  if (sources_.size() >= kMaxSources) return nullptr;
  Source source{.ssrc = ssrc, .media = media, .encoding = encoding, .is_rtx = is_rtx};
  if (!is_rtx) {
    const bool is_sound = media_[media].kind == sdp::TrackKind::kAudio;
    const bool repairs = !media_[media].codecs.empty() && media_[media].codecs.front().has_nack;
    source.stream = std::make_unique<ReceiveStream>(ssrc, is_sound ? 48'000 : 90'000, repairs,
                                                    is_sound ? kSoundTiming : rtp::NackTiming{});
    if (repair_time_) source.stream->set_round_trip(*repair_time_ + *repair_time_ / 4);
  }
  sources_.push_back(std::move(source));
  return &sources_.back();
}

bool PublisherSession::was_replaced(uint32_t ssrc) const {
  return std::find(replaced_.begin(), replaced_.end(), ssrc) != replaced_.end();
}

rtp::ExtensionIds PublisherSession::extension_ids(size_t media) const {
  const sdp::ExtensionIds& ids = media_[media].extensions;
  return {.mid = ids.mid,
          .rid = ids.rid,
          .repaired_rid = ids.repaired_rid,
          .abs_send_time = ids.abs_send_time,
          .transport_wide_cc = ids.transport_wide_cc,
          .audio_level = 0};
}

// By the mid; without one by the payload type, which a bundle gives to one m-line only unless it
// sends mids (RFC 8843 §9.2).
std::optional<size_t> PublisherSession::find_media(const rtp::PacketView& view) const {
  for (size_t index = 0; index < media_.size(); ++index) {
    const auto extensions = rtp::read_extensions(view, extension_ids(index));
    if (!extensions.mid.empty() && extensions.mid == media_[index].mid) return index;
  }
  for (size_t index = 0; index < media_.size(); ++index)
    if (media_[index].codec_of(view.header.payload_type) != nullptr) return index;
  return std::nullopt;
}

PublisherSession::Source* PublisherSession::learn(Instant now, const rtp::PacketView& view,
                                                  ClassMedia& media) {
  const auto index = find_media(view);
  if (!index) return nullptr;
  const sdp::NegotiatedMedia& line = media_[*index];
  const sdp::NegotiatedCodec* codec = line.codec_of(view.header.payload_type);
  if (codec == nullptr) return nullptr;
  const bool is_rtx = codec->payload_type != view.header.payload_type;
  size_t encoding = 0;
  if (!line.rids.empty()) {
    const auto extensions = rtp::read_extensions(view, extension_ids(*index));
    const std::string_view rid = is_rtx ? extensions.repaired_rid : extensions.rid;
    const auto at = std::find(line.rids.begin(), line.rids.end(), rid);
    if (at == line.rids.end()) return nullptr;
    encoding = static_cast<size_t>(at - line.rids.begin());
    if (encoding >= forward::kMaxEncodings) return nullptr;
  }
  // A stream that takes the place of another: the page has replaced its sender.
  const auto is_same = [&](const Source& source) {
    return source.media == *index && source.encoding == encoding && source.is_rtx == is_rtx;
  };
  const auto before = std::find_if(sources_.begin(), sources_.end(), is_same);
  if (before != sources_.end()) {
    // Several streams that nothing tells apart (simulcast without rids): one of them is taken.
    if (was_replaced(view.header.ssrc) && now - before->heard < kSuccession) return nullptr;
    if (replaced_.size() >= kMaxSources) replaced_.erase(replaced_.begin());
    replaced_.push_back(before->ssrc);
    sources_.erase(before);
    if (!is_rtx) media.track(track_of(line)).restart(encoding);
  }
  return add_source(view.header.ssrc, *index, encoding, is_rtx);
}

void PublisherSession::handle_rtp(Instant now, MutableBytes packet, ClassMedia& media,
                                  DropCounters& drops) {
  const auto view = rtp::parse(packet);
  if (!view) {
    note_stray(now, std::nullopt, UnusableWatch::Reason::kMalformed);
    return drops.add(DropReason::kRtpMalformed);
  }
  Source* source = find_source(view->header.ssrc);
  if (source == nullptr) source = learn(now, *view, media);
  if (source == nullptr) {
    note_unattributed(now, *view);
    return drops.add(DropReason::kRtpUnknownSsrc);
  }
  source->heard = now;
  if (next_report_.is_never()) next_report_ = now + kReportInterval;
  note_arrival(now, *view, *source);
  if (source->is_rtx) return repair(now, packet, *view, *source, media, drops);
  accept(now, *view, *source, false, media, drops);
}

void PublisherSession::note_arrival(Instant now, const rtp::PacketView& view,
                                    const Source& source) {
  const rtp::ExtensionIds ids = extension_ids(source.media);
  if (ids.transport_wide_cc == 0) return;
  const auto extensions = rtp::read_extensions(view, ids);
  if (extensions.transport_sequence_number)
    arrivals_.on_packet(now, *extensions.transport_sequence_number, source.ssrc);
}

void PublisherSession::repair(Instant now, MutableBytes packet, const rtp::PacketView& view,
                              const Source& rtx, ClassMedia& media, DropCounters& drops) {
  const sdp::NegotiatedCodec* codec = media_[rtx.media].codec_of(view.header.payload_type);
  Source* primary = find_primary(rtx.media, rtx.encoding);
  if (codec == nullptr || primary == nullptr) return drops.add(DropReason::kRtpUnknownSsrc);
  // Probes of bandwidth ride on RTX streams: they repeat nothing.
  if (view.payload.size() <= rtp::kRtxHeaderSize) return drops.add(DropReason::kRtpPadding);
  const auto original = rtp::undo_rtx(packet, codec->payload_type, primary->ssrc);
  if (!original) return drops.add(DropReason::kRtpMalformed);
  const auto repaired = rtp::parse(*original);
  if (!repaired) return drops.add(DropReason::kRtpMalformed);
  accept(now, *repaired, *primary, true, media, drops);
}

void PublisherSession::accept(Instant now, const rtp::PacketView& view, Source& source,
                              bool is_repair, ClassMedia& media, DropCounters& drops) {
  const sdp::NegotiatedMedia& line = media_[source.media];
  const sdp::NegotiatedCodec* codec = line.codec_of(view.header.payload_type);
  if (codec == nullptr) {
    unusable_.note(now, track_of(line), UnusableWatch::Reason::kPayloadType);
    return drops.add(DropReason::kRtpUnknownPayloadType);
  }
  const rtp::Header& header = view.header;
  const int64_t position =
      source.stream->on_packet(now, header.sequence_number, header.timestamp, is_repair);
  if (const auto sample = source.stream->take_repair_time()) note_repair_time(*sample);
  const size_t track = track_of(line);
  if (!std::exchange(source.is_introduced, true)) introduce(source, *codec, media.track(track));
  const auto accepted = media.track(track).accept(now, source.encoding,
                                                  {.sequence_number = header.sequence_number,
                                                   .timestamp = header.timestamp,
                                                   .marker = header.marker,
                                                   .codec = codec_of(*codec),
                                                   .payload = view.payload});
  if (!accepted) {
    // A short one is refused with the same reason when the slab is full: that is our fault.
    if (view.payload.size() > forward::kMaxPayload)
      unusable_.note(now, track, UnusableWatch::Reason::kTooLong);
    return drops.add(accepted.error());
  }
  if (accepted->is_padding) return drops.add(DropReason::kRtpPadding);
  note_use(now, track, *accepted);
  if (accepted->starts_keyframe) source.stream->on_keyframe(position - accepted->before_keyframe);
  if (accepted->starts_keyframe || accepted->starts_epoch) media.note_change();
}

// Some encoders say their parameter sets in the offer alone. Which of several encodings they would
// be of cannot be told.
void PublisherSession::introduce(Source& source, const sdp::NegotiatedCodec& codec,
                                 forward::Track& track) const {
  source.is_asked_by_fir = codec.has_fir && !codec.has_pli;
  const sdp::NegotiatedMedia& line = media_[source.media];
  if (codec.name != sdp::CodecName::kH264 || line.rids.size() > 1 || line.streams.size() > 1)
    return;
  for (const auto& set : sdp::parameter_sets_of(codec.fmtp))
    track.know_parameter_set(source.encoding, set);
}

void PublisherSession::note_unattributed(Instant now, const rtp::PacketView& view) {
  if (view.payload.empty()) return;  // a bandwidth probe
  const auto index = find_media(view);
  if (index && media_[*index].codec_of(view.header.payload_type) == nullptr)
    return unusable_.note(now, track_of(media_[*index]), UnusableWatch::Reason::kPayloadType);
  note_stray(now, index, UnusableWatch::Reason::kUnknownStream);
}

// `media`: what it is of, if that can be told. One more stream of a picture that is there
// (simulcast without rids), or anything else beside tracks that are all there: nobody misses it.
void PublisherSession::note_stray(Instant now, std::optional<size_t> media,
                                  UnusableWatch::Reason reason) {
  const auto is_served = [&](const sdp::NegotiatedMedia& line) {
    return unusable_.is_usable(now, track_of(line));
  };
  if (media ? is_served(media_[*media]) : std::ranges::all_of(media_, is_served))
    return unusable_.note_usable(now, UnusableWatch::kNoTrack);
  unusable_.note(now, UnusableWatch::kNoTrack, reason);
}

void PublisherSession::note_use(Instant now, size_t track,
                                const forward::Track::Accepted& accepted) {
  using Reason = UnusableWatch::Reason;
  has_keyframe_[track] = has_keyframe_[track] || accepted.starts_keyframe || track == kAudio;
  if (has_keyframe_[track] && accepted.is_understood) return unusable_.note_usable(now, track);
  unusable_.note(now, track, accepted.is_understood ? Reason::kNoKeyframe : Reason::kMalformed);
}

std::optional<UnusableWatch::Change> PublisherSession::take_unusable(Instant now,
                                                                     ClassMedia& media) {
  for (const Source& source : sources_) {
    const size_t track = track_of(media_[source.media]);
    if (!source.is_rtx && unusable_.is_keyframe_overdue(now, track))
      media.track(track).want_keyframe(source.encoding);
  }
  return unusable_.take_change(now);
}

// A repair is a sample of the round trip, and comes sooner than an answer to a report. One path, so
// what pictures show goes for the sound too.
void PublisherSession::note_repair_time(Duration sample) {
  repair_time_ = repair_time_ ? *repair_time_ - *repair_time_ / 8 + sample / 8 : sample;
  for (Source& source : sources_)
    if (!source.is_rtx) source.stream->set_round_trip(*repair_time_ + *repair_time_ / 4);
}

void PublisherSession::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media,
                                   DropCounters& drops) {
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (const auto echo = rtcp::find_echo(*packet, own_ssrc_))
      if (const auto taken = rtcp::round_trip(reference_time(now), *echo))
        media.on_publisher_round_trip(now, *taken);
    if (packet->type != rtcp::PacketType::kSenderReport) continue;
    const auto report = rtcp::parse_sender_report(*packet);
    if (!report) {
      drops.add(DropReason::kRtcpMalformed);
      continue;
    }
    Source* source = find_source(report->sender.ssrc);
    if (source == nullptr || source->is_rtx) continue;
    source->stream->on_sender_report(now, report->sender.ntp);
    media.on_publisher_report(now, track_of(media_[source->media]), source->encoding,
                              {.ntp = report->sender.ntp, .rtp = report->sender.rtp_timestamp},
                              wall_clock_);
  }
  if (reader.malformed()) drops.add(DropReason::kRtcpMalformed);
}

bool PublisherSession::write_feedback(Instant now, ClassMedia& media, ByteWriter& out) {
  bool has_written = write_reports(now, out);
  // RFC 3550 §6.1 and 5506 §4: unless agreed otherwise each packet begins with a report. One that
  // is not due is not sent alone.
  if (!has_written && !is_reduced_size_ && rtcp::write_receiver_report(own_ssrc_, {}, out))
    static_cast<void>(rtcp::write_cname(own_ssrc_, cname_, out));
  has_written |= write_keyframe_requests(now, media, out);
  for (Source& source : sources_) {
    if (source.is_rtx) continue;
    has_written |= source.stream->write_nack(now, own_ssrc_, out) > 0;
    if (source.stream->take_keyframe_wanted())
      media.track(track_of(media_[source.media])).want_keyframe(source.encoding);
  }
  has_written |= arrivals_.write_due(now, out);
  return has_written;
}

bool PublisherSession::write_reports(Instant now, ByteWriter& out) {
  if (now < next_report_) return false;
  next_report_ = now + kReportInterval;
  std::vector<rtp::ReportBlock> blocks;
  for (Source& source : sources_)
    if (!source.is_rtx) blocks.push_back(source.stream->report(now));
  const bool has_report = rtcp::write_receiver_report(own_ssrc_, blocks, out);
  const bool has_name = rtcp::write_cname(own_ssrc_, cname_, out);
  // Browsers answer it, and leave what they do not know.
  static_cast<void>(rtcp::write_reference_time(own_ssrc_, reference_time(now), out));
  return has_report || has_name;
}

// RFC 5104 §4.3.1: a FIR where nothing else was agreed. Without any agreement a PLI: encoders that
// say nothing understand it. A command keeps its number when it is repeated, because the first one
// may have been lost; after kFirCommand it is a new one, because an encoder that has answered a
// number ignores it, and its keyframe may have been lost.
bool PublisherSession::write_keyframe_request(Instant now, Source& source, ByteWriter& out) const {
  if (!source.is_asked_by_fir)
    return rtcp::write_pli({.sender_ssrc = own_ssrc_, .media_ssrc = source.ssrc}, out);
  if (!source.fir_since || now - *source.fir_since >= kFirCommand) {
    source.fir_since = now;
    ++source.fir_number;
  }
  return rtcp::write_fir(own_ssrc_, {.ssrc = source.ssrc, .sequence_number = source.fir_number},
                         out);
}

bool PublisherSession::write_keyframe_requests(Instant now, ClassMedia& media, ByteWriter& out) {
  bool has_written = false;
  for (Source& source : sources_) {
    const sdp::NegotiatedMedia& line = media_[source.media];
    if (source.is_rtx || line.kind == sdp::TrackKind::kAudio) continue;
    if (!media.track(track_of(line)).take_keyframe_request(now, source.encoding)) continue;
    has_written |= write_keyframe_request(now, source, out);
    ++keyframe_requests_;
  }
  return has_written;
}

bool PublisherSession::follow_demand(Instant now, ClassMedia& media) {
  bool is_news = false;
  for (size_t track : {kCamera, kScreen}) {
    if (needed_rids(track).empty()) continue;
    demand_[track].update(now, media.track(track), media.ladder(now, track));
    const std::vector<std::string> needed = needed_rids(track);
    is_news |= needed != told_[track];
    told_[track] = needed;
  }
  return is_news;
}

std::vector<std::string> PublisherSession::needed_rids(size_t track) const {
  std::vector<std::string> needed;
  for (const sdp::NegotiatedMedia& line : media_) {
    if (track_of(line) != track) continue;
    const size_t count = std::min(line.rids.size(), forward::kMaxEncodings);
    for (size_t index = 0; index < count; ++index)
      if (demand_[track].is_needed(index)) needed.push_back(line.rids[index]);
  }
  return needed;
}

Instant PublisherSession::next_timeout(const ClassMedia& media) const {
  Instant next = std::min({next_report_, arrivals_.next_timeout(), media.next_keyframe_request()});
  for (const Source& source : sources_)
    if (!source.is_rtx) next = std::min(next, source.stream->next_nack());
  return next;
}

}  // namespace lectern::worker
