// What a viewer reports of its link, and what is reported to it.
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"
#include "media/rtp/sequence.h"
#include "media/worker/viewer_session.h"

#include <algorithm>

namespace lectern::worker {
namespace {

constexpr Duration kEstimateAge = Duration::seconds(5);
// A stream that has not been reported on for so long says nothing of the link.
constexpr Duration kReportAge = Duration::seconds(3);
// The receiver lags by the age of the packet this many numbers after the newest that it reported:
// one packet in between may have been lost on its way, two in a row hardly.
constexpr uint16_t kOverdue = 2;

// A repetition that is lost again costs another round trip: on a far link that loses some, and has
// room, two are sent.
size_t copies_for(const forward::NackResponder::Link& link,
                  const std::optional<DataRate>& estimate) {
  const bool is_far = link.round_trip >= Duration::milliseconds(120);
  const bool has_room = !estimate || *estimate > link.rate.percent(120);
  return is_far && has_room && link.loss >= 0.01 ? 2 : 1;
}

}  // namespace

ViewerSession::Line* ViewerSession::line_of(uint32_t ssrc) {
  for (Line& line : lines_)
    if (line.subscription && line.subscription->identity().ssrc == ssrc) return &line;
  return nullptr;
}

void ViewerSession::handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                                std::vector<Repetition>& repetitions, size_t room) {
  if (!is_connected_) return;
  link_watch_.note_report();
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
  std::optional<Duration> lag;
  std::optional<Duration> measured;
  for (size_t index = 0; index < blocks.size(); ++index) {
    const rtp::ReportBlock block = blocks[index];
    Line* line = line_of(block.ssrc);
    if (line == nullptr) continue;
    note_loss(now, block, *line);
    if (const auto overdue = line->subscription->find_sent(
            static_cast<uint16_t>(block.highest_sequence_number + kOverdue)))
      // A newcomer to a step is sent what has been kept for it.
      lag = std::max(lag.value_or(Duration::zero()),
                     now - std::max({overdue->entry->arrival, connected_at_, line->memory.last_up,
                                     line->memory.last_down}));
    for (const SentReport& sent : line->reports) {
      if (block.last_sender_report == 0 || sent.compact_ntp != block.last_sender_report) continue;
      const int64_t held = int64_t{block.delay_since_last_sender_report} * 1'000'000 / 65'536;
      const Duration round_trip = now - sent.at - Duration::microseconds(held);
      if (round_trip >= Duration::zero() && round_trip < Duration::seconds(10))
        measured = round_trip;
    }
  }
  // What had not arrived when the report was made is less than a round trip old, unless it is lost:
  // a bound known from the first report on, and of now, not of when the last report of ours came.
  if (lag || measured)
    round_trip_ = std::max(lag.value_or(Duration::zero()), measured.value_or(Duration::zero()));
  next_choice_ = std::min(next_choice_, now + Duration::milliseconds(1));
  update_repeats(now);
}

void ViewerSession::note_loss(Instant now, const rtp::ReportBlock& block, Line& line) {
  // Half of the last report, half of those before: one burst is no trend. A report on few packets
  // says less: one lost of five is not a loss of 20 %.
  const uint32_t sent_since = line.subscription->packet_count() - line.sent_at_report;
  const uint32_t reached = line.reported ? block.highest_sequence_number - line.reported_number
                                         : line.subscription->packet_count();
  // Nothing new has arrived: a receiver that expects nothing reports no loss.
  const bool is_cut_off = line.reported && reached == 0 && sent_since >= kMinPacketsForLoss;
  const double lost = is_cut_off ? 1 : block.fraction_lost / 256.0;
  const uint32_t packets = is_cut_off ? sent_since : reached;
  const double weight = std::min(1.0, packets / double{kMinPacketsForLoss});
  line.loss += weight * (line.reported ? 0.5 : 1.0) * (lost - line.loss);
  line.lasting_loss += weight * (line.reported ? 0.125 : 1.0) * (lost - line.lasting_loss);
  line.reported_number = block.highest_sequence_number;
  line.reported = now;
  line.nacked = 0;
  line.sent_at_report = line.subscription->packet_count();
}

void ViewerSession::update_repeats(Instant now) {
  const Line& sound = lines_[kAudio];
  if (!sound.subscription) return;
  forward::SoundRepeats::Report report{
      .sound_loss = sound.loss, .picture_loss = std::nullopt, .has_room = true};
  for (size_t index : {kCamera, kScreen}) {
    const Line& line = lines_[index];
    if (!line.wanted || !line.reported || now - *line.reported > kReportAge) continue;
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
    sent_before_estimate_ = recently_sent(now);
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
  // What is still missing of a picture that was given up would only be in the sound's way.
  if (!line->wanted || now < line->starts_at) return drops.add(DropReason::kNackSuppressed);
  const forward::Subscription& subscription = *line->subscription;
  if (is_held_back()) return drops.add(DropReason::kNackSuppressed);
  const forward::NackResponder::Link link = link_of(now, *line);
  if (now - line->memory.last_up < kNewStep)
    next_choice_ = std::min(next_choice_, now + Duration::milliseconds(50));
  while (const auto number = nack->numbers.next()) {
    const auto sent = subscription.find_sent(*number);
    if (!sent) {
      drops.add(DropReason::kNackNotInRing);
      continue;
    }
    if (line->nacked == 0 || rtp::is_newer(*number, line->newest_nacked)) {
      ++line->nacked;
      line->newest_nacked = *number;
    }
    const size_t copies = copies_for(link, fresh_estimate(now));
    const size_t size = sent->entry->payload.payload().size() + rtp::kFixedHeaderSize;
    const Verdict verdict =
        responder_.ask(now, subscription.stream(), *number, copies * size, link);
    if (verdict == Verdict::kSend && repetitions.size() < room)
      repetitions.insert(repetitions.end(), copies, {owner_, subscription.stream(), *number});
    else
      drops.add(verdict == Verdict::kSend         ? DropReason::kFeedbackBudget
                : verdict == Verdict::kOverBudget ? DropReason::kRtxBudget
                                                  : DropReason::kNackSuppressed);
  }
}

forward::NackResponder::Link ViewerSession::link_of(Instant now, const Line& line) const {
  const DataRate rate = line.rate + rate_besides(line.subscription->stream());
  const DataRate carried =
      line.memory.is_estimate_behind ? rate : std::min(rate, fresh_estimate(now).value_or(rate));
  return {.round_trip = round_trip_.value_or(Duration::milliseconds(50)),
          .rate = carried,
          .loss = line.loss};
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
    const auto clock = media.report_at(now, line.track, *id);
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
