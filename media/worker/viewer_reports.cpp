// What a viewer reports of its link, and what is reported to it.
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"
#include "media/worker/viewer_session.h"

#include <algorithm>

namespace lectern::worker {
namespace {

constexpr Duration kEstimateAge = Duration::seconds(5);
// A stream that has not been reported on for so long says nothing of the link.
constexpr Duration kReportAge = Duration::seconds(3);

}  // namespace

ViewerSession::Line* ViewerSession::line_of(uint32_t ssrc) {
  for (Line& line : lines_)
    if (line.subscription && line.subscription->identity().ssrc == ssrc) return &line;
  return nullptr;
}

void ViewerSession::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                                std::vector<Repetition>& repetitions, size_t room) {
  if (!is_connected_) return;
  rtcp::CompoundReader reader(datagram);
  while (const auto packet = reader.next()) {
    if (packet->type == rtcp::PacketType::kReceiverReport) {
      if (const auto report = rtcp::parse_receiver_report(*packet))
        handle_blocks(now, report->blocks);
    } else if (packet->type == rtcp::PacketType::kSenderReport) {
      if (const auto report = rtcp::parse_sender_report(*packet))
        handle_blocks(now, report->blocks);
    } else {
      handle_feedback(now, *packet, media, drops, repetitions, room);
    }
  }
  if (reader.malformed()) drops.add(DropReason::kRtcpMalformed);
}

void ViewerSession::handle_blocks(Instant now, const rtcp::ReportBlocks& blocks) {
  for (size_t index = 0; index < blocks.size(); ++index) {
    const rtp::ReportBlock block = blocks[index];
    Line* line = line_of(block.ssrc);
    if (line == nullptr) continue;
    // Half of the last report, half of those before: one burst is no trend.
    line->loss = line->loss / 2 + block.fraction_lost / 512.0;
    line->reported = now;
    for (const SentReport& sent : line->reports) {
      if (block.last_sender_report == 0 || sent.compact_ntp != block.last_sender_report) continue;
      const int64_t held = int64_t{block.delay_since_last_sender_report} * 1'000'000 / 65'536;
      const Duration round_trip = now - sent.at - Duration::microseconds(held);
      if (round_trip >= Duration::zero() && round_trip < Duration::seconds(10))
        round_trip_ = round_trip;
    }
  }
  next_choice_ = std::min(next_choice_, now + Duration::milliseconds(1));
  update_repeats(now);
}

void ViewerSession::update_repeats(Instant now) {
  const Line& sound = lines_[kAudio];
  if (!sound.subscription) return;
  forward::SoundRepeats::Report report{
      .sound_loss = sound.loss, .picture_loss = std::nullopt, .has_room = true};
  for (size_t index : {kCamera, kScreen}) {
    const Line& line = lines_[index];
    if (!line.wanted || now - line.reported > kReportAge) continue;
    report.picture_loss = std::max(report.picture_loss.value_or(0), line.loss);
  }
  // Pictures give way to it: only what the sound alone would take counts.
  const auto estimate = fresh_estimate(now);
  report.has_room = !estimate || *estimate > sound.rate.percent(
                                                 100 * (1 + int64_t{forward::SoundRepeats::kMost}));
  repeats_.on_report(now, report);
}

std::optional<DataRate> ViewerSession::fresh_estimate(Instant now) const {
  return now - estimate_at_ < kEstimateAge ? estimate_ : std::nullopt;
}

void ViewerSession::handle_feedback(Instant now, const rtcp::PacketView& packet, ClassMedia& media,
                                    DropCounters& drops, std::vector<Repetition>& repetitions,
                                    size_t room) {
  if (packet.type == rtcp::PacketType::kTransportFeedback && packet.count == rtcp::kNackFormat)
    return handle_nack(now, packet, drops, repetitions, room);
  if (packet.type != rtcp::PacketType::kPayloadFeedback) return;
  if (packet.count == rtcp::kPliFormat || packet.count == rtcp::kFirFormat)
    return handle_keyframe_wish(now, packet, media);
  if (packet.count != rtcp::kApplicationFormat) return;
  if (const auto remb = rtcp::parse_remb(packet)) {
    estimate_ = remb->rate;
    estimate_at_ = now;
    next_choice_ = std::min(next_choice_, now + Duration::milliseconds(1));
  }
}

void ViewerSession::handle_nack(Instant now, const rtcp::PacketView& packet, DropCounters& drops,
                                std::vector<Repetition>& repetitions, size_t room) {
  using Verdict = forward::NackResponder::Verdict;
  auto nack = rtcp::parse_nack(packet);
  if (!nack) return drops.add(DropReason::kRtcpMalformed);
  Line* line = line_of(nack->media_ssrc);
  if (line == nullptr) return drops.add(DropReason::kRtpUnknownSsrc);
  const forward::Subscription& subscription = *line->subscription;
  const DataRate rate = line->rate + rate_besides(subscription.stream());
  while (const auto number = nack->numbers.next()) {
    const auto sent = subscription.find_sent(*number);
    if (!sent) {
      drops.add(DropReason::kNackNotInRing);
      continue;
    }
    ++line->nacked;
    const size_t size = sent->entry->payload.payload().size() + rtp::kFixedHeaderSize;
    const Verdict verdict =
        responder_.ask(now, subscription.stream(), *number, size,
                       {.round_trip = round_trip_.value_or(Duration::milliseconds(50)),
                        .rate = rate,
                        .loss = line->loss});
    if (verdict == Verdict::kSend && repetitions.size() < room)
      repetitions.push_back({owner_, subscription.stream(), *number});
    else
      drops.add(verdict == Verdict::kSend         ? DropReason::kFeedbackBudget
                : verdict == Verdict::kOverBudget ? DropReason::kRtxBudget
                                                  : DropReason::kNackSuppressed);
  }
}

void ViewerSession::handle_keyframe_wish(Instant now, const rtcp::PacketView& packet,
                                         ClassMedia& media) {
  for (Line& line : lines_) {
    if (!line.subscription || line.subscription->stream() == kAudio) continue;
    if (!rtcp::asks_keyframe(packet, line.subscription->identity().ssrc)) continue;
    // One is on its way to it already, or is looked for: a wish that crossed it needs no other.
    if (!line.subscription->has_sent()) continue;
    const Duration crossing = round_trip_.value_or(Duration::milliseconds(200));
    if (now - line.last_keyframe < std::max(crossing * 2, Duration::milliseconds(300))) continue;
    media.track(line.track).want_keyframe(*line.subscription);
  }
}

bool ViewerSession::write_reports(Instant now, ClassMedia& media, ByteWriter& out) {
  if (now < next_report_) return false;
  next_report_ = now + kReportInterval;
  bool has_written = false;
  for (Line& line : lines_) {
    if (!line.subscription || !line.subscription->has_sent()) continue;
    const forward::Subscription& subscription = *line.subscription;
    const auto id = media.track(line.track).id_of(subscription.tier());
    if (!id) continue;
    const auto clock = media.track(line.track).report_at(now, *id);
    if (!clock) continue;
    const rtcp::SenderInfo info{.ssrc = subscription.identity().ssrc,
                                .ntp = clock->ntp,
                                .rtp_timestamp = clock->rtp,
                                .packet_count = subscription.packet_count(),
                                .octet_count = subscription.octet_count()};
    if (!rtcp::write_sender_report(info, {}, out)) break;
    static_cast<void>(rtcp::write_cname(info.ssrc, cname_, out));
    has_written = true;
    line.reports[1] = line.reports[0];
    line.reports[0] = {.compact_ntp = rtcp::compact_ntp(clock->ntp), .at = now};
  }
  return has_written;
}

}  // namespace lectern::worker
