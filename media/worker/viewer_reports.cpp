// What a viewer reports of its link, and what is reported to it.
//
// Three figures come out of a receiver report, each in its own way. The round trip: measured from
// the sender report that the block names, and bounded from below by the age of the first packet
// that should have been reported and was not; the larger one counts. Loss: half of this report and
// half of those before, weighed by how many packets it is about. Lasting loss: the same with an
// eighth. Example: reports each second, the newest names packet 940, ours were sent each 20 ms and
// 960 has just gone out: packet 942 is 360 ms old, so the round trip is at least that, although the
// last sender report was answered in 80 ms before the queue grew. And a block that says 25 % lost
// of 15 packets, after none, makes the loss 0.5 x 0.5 x 25 % = 6 %, and the lasting loss 1.6 %.
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
// The first packet that should have been reported is this many numbers after the newest that was:
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

ViewerSession::ReceivedTrack* ViewerSession::find_received(uint32_t ssrc) {
  for (ReceivedTrack& received : received_)
    if (received.subscription && received.subscription->identity().ssrc == ssrc) return &received;
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
    ReceivedTrack* received = find_received(block.ssrc);
    if (received == nullptr) continue;
    note_loss(now, block, *received);
    if (const auto overdue = received->subscription->find_sent(
            static_cast<uint16_t>(block.highest_sequence_number + kOverdue)))
      // A newcomer to a step is sent what has been kept for it.
      lag = std::max(lag.value_or(Duration::zero()),
                     now - std::max({overdue->entry->arrival, connected_at_,
                                     received->memory.last_up.value_or(connected_at_),
                                     received->memory.last_down.value_or(connected_at_)}));
    for (const SentReport& sent : received->reports) {
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

void ViewerSession::note_loss(Instant now, const rtp::ReportBlock& block, ReceivedTrack& received) {
  // Half of the last report, half of those before: one burst is no trend. A report on few packets
  // says less: one lost of five is not a loss of 20 %.
  const uint32_t sent_since = received.subscription->packet_count() - received.sent_at_report;
  const uint32_t reached = received.reported
                               ? block.highest_sequence_number - received.reported_number
                               : received.subscription->packet_count();
  // Nothing new has arrived: a receiver that expects nothing reports no loss.
  const bool is_cut_off = received.reported && reached == 0 && sent_since >= kMinPacketsForLoss;
  const double lost = is_cut_off ? 1 : block.fraction_lost / 256.0;
  const uint32_t packets = is_cut_off ? sent_since : reached;
  const double weight = std::min(1.0, packets / double{kMinPacketsForLoss});
  received.loss += weight * (received.reported ? 0.5 : 1.0) * (lost - received.loss);
  received.lasting_loss +=
      weight * (received.reported ? 0.125 : 1.0) * (lost - received.lasting_loss);
  received.reported_number = block.highest_sequence_number;
  received.reported = now;
  received.nacked = 0;
  received.sent_at_report = received.subscription->packet_count();
}

void ViewerSession::update_repeats(Instant now) {
  const ReceivedTrack& sound = received_[kAudio];
  if (!sound.subscription) return;
  forward::SoundRepeats::Report report{
      .sound_loss = sound.loss, .picture_loss = std::nullopt, .has_room = true};
  for (size_t index : {kCamera, kScreen}) {
    const ReceivedTrack& received = received_[index];
    if (!received.wanted || !received.reported || !is_recent(received.reported, now, kReportAge))
      continue;
    report.picture_loss = std::max(report.picture_loss.value_or(0), received.loss);
  }
  // Pictures give way to it: only what the sound alone would take counts.
  const auto estimate = fresh_estimate(now);
  report.has_room = !estimate || *estimate > sound.rate.percent(
                                                 100 * (1 + int64_t{forward::SoundRepeats::kMost}));
  repeats_.on_report(now, report);
}

std::optional<DataRate> ViewerSession::fresh_estimate(Instant now) const {
  return is_recent(estimate_at_, now, kEstimateAge) ? estimate_ : std::nullopt;
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
  ReceivedTrack* received = find_received(nack->media_ssrc);
  if (received == nullptr) return drops.add(DropReason::kRtpUnknownSsrc);
  // What is still missing of a picture that was given up would only be in the sound's way.
  if (!received->wanted || now < received->starts_at) return drops.add(DropReason::kNackSuppressed);
  const forward::Subscription& subscription = *received->subscription;
  if (is_held_back()) return drops.add(DropReason::kNackSuppressed);
  const forward::NackResponder::Link link = link_of(now, *received);
  if (is_recent(received->memory.last_up, now, kNewStep))
    next_choice_ = std::min(next_choice_, now + Duration::milliseconds(50));
  while (const auto number = nack->numbers.next()) {
    const auto sent = subscription.find_sent(*number);
    if (!sent) {
      drops.add(DropReason::kNackNotInRing);
      continue;
    }
    if (received->nacked == 0 || rtp::is_newer(*number, received->newest_nacked)) {
      ++received->nacked;
      received->newest_nacked = *number;
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

forward::NackResponder::Link ViewerSession::link_of(Instant now,
                                                    const ReceivedTrack& received) const {
  const DataRate rate = received.rate + other_tracks_rate(received.subscription->stream());
  const DataRate carried = received.memory.is_estimate_behind
                               ? rate
                               : std::min(rate, fresh_estimate(now).value_or(rate));
  return {.round_trip = round_trip_.value_or(Duration::milliseconds(50)),
          .rate = carried,
          .loss = received.loss};
}

void ViewerSession::handle_keyframe_wish(Instant now, const rtcp::PacketView& packet,
                                         ClassMedia& media) {
  for (ReceivedTrack& received : received_) {
    if (!received.subscription || received.subscription->stream() == kAudio) continue;
    if (!rtcp::asks_keyframe(packet, received.subscription->identity().ssrc)) continue;
    // One is on its way to it already, or is looked for: a wish that crossed it needs no other.
    if (!received.subscription->has_sent()) continue;
    const Duration crossing = round_trip_.value_or(Duration::milliseconds(200));
    if (is_recent(received.last_keyframe, now, std::max(crossing * 2, Duration::milliseconds(300))))
      continue;
    media.track(received.track).want_keyframe(*received.subscription);
  }
}

bool ViewerSession::write_reports(Instant now, ClassMedia& media, ByteWriter& out) {
  if (now < next_report_) return false;
  next_report_ = now + kReportInterval;
  bool has_written = false;
  for (ReceivedTrack& received : received_) {
    if (!received.subscription || !received.subscription->has_sent()) continue;
    const forward::Subscription& subscription = *received.subscription;
    const auto id = media.track(received.track).id_of(subscription.tier());
    if (!id) continue;
    const auto clock = media.report_at(now, received.track, *id);
    if (!clock) continue;
    const rtcp::SenderInfo info{.ssrc = subscription.identity().ssrc,
                                .ntp = clock->ntp,
                                .rtp_timestamp = clock->rtp,
                                .packet_count = subscription.packet_count(),
                                .octet_count = subscription.octet_count()};
    if (!rtcp::write_sender_report(info, {}, out)) break;
    static_cast<void>(rtcp::write_cname(info.ssrc, cname_, out));
    has_written = true;
    received.reports[1] = received.reports[0];
    received.reports[0] = {.compact_ntp = rtcp::compact_ntp(clock->ntp), .at = now};
  }
  return has_written;
}

}  // namespace lectern::worker
