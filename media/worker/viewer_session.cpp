#include "media/worker/viewer_session.h"

#include "media/worker/negotiation.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace lectern::worker {
namespace {

// The climb of the first seconds is decided often, what comes later by the second.
constexpr Duration kFirstChoices = Duration::milliseconds(200);
constexpr Duration kLaterChoices = Duration::seconds(1);
constexpr Duration kClimbTime = Duration::seconds(6);
// A guess is not enough to take the picture away.
constexpr double kMostGuessed = 0.35;

forward::StreamIdentity identity_of(const sdp::NegotiatedMedia& media,
                                    const sdp::StreamSsrc& stream) {
  forward::StreamIdentity identity{.ssrc = stream.ssrc,
                                   .rtx_ssrc = stream.rtx_ssrc,
                                   .abs_send_time_id = media.extensions.abs_send_time};
  // Sound is sent again as it was, so nothing in it may change; browsers estimate by pictures.
  if (media.kind == sdp::TrackKind::kAudio) identity.abs_send_time_id = 0;
  take_payload_types(media, identity);
  return identity;
}

// RFC 3711 §3.3.1: the receiver takes the first packet's rollover count to be 0.
uint16_t first_number(Rng& rng) {
  return static_cast<uint16_t>(1 + rng.below(0x7FFF));
}

}  // namespace

ViewerSession::ViewerSession(SlotId owner, const sdp::NegotiatedSession& session,
                             const sdp::ViewerStreams& streams, Rng& rng)
    : owner_(owner), cname_(streams.cname) {
  for (size_t index = 0; index < kTracks; ++index) received_[index].track = index;
  for (const sdp::NegotiatedMedia& media : session.media) {
    const auto index = static_cast<size_t>(media.kind);
    if (received_[index].subscription) continue;
    const uint16_t first_media = first_number(rng);
    const uint16_t first_repair = first_number(rng);
    received_[index].subscription = std::make_unique<forward::Subscription>(
        forward::Route::kViewers, owner_, static_cast<uint8_t>(index),
        identity_of(media, streams.by_kind[index]), first_media, first_repair);
  }
}

void ViewerSession::connect(Instant now, ClassMedia& media, Rng& rng) {
  is_connected_ = true;
  connected_at_ = now;
  // Spread over the second: a class joins at once.
  // (And soon, so that the first report that comes back tells the round trip.)
  next_report_ = now + rng.jitter(kReportInterval / 4);
  sent_marks_.fill({.at = now, .octets = 0});
  choose(now, media);
}

bool ViewerSession::watch_link(Instant now, Instant last_heard, bool is_path_proven) {
  if (!is_connected_) return false;
  return link_watch_.look(
      now,
      {.last_heard = last_heard, .is_path_proven = is_path_proven, .sent_octets = sent_octets()});
}

void ViewerSession::leave() {
  for (ReceivedTrack& received : received_) received.subscription.reset();
  is_connected_ = false;
  next_report_ = Instant::never();
  next_choice_ = Instant::never();
}

Instant ViewerSession::next_timeout() const {
  return is_connected_ ? std::min({next_report_, next_choice_, link_watch_.next_look()})
                       : Instant::never();
}

void ViewerSession::stop_sending(ReceivedTrack& received) {
  received.subscription->leave();
  received.wanted.reset();
  received.rate = {};
  received.height = 0;
  received.loss = 0;
  received.lasting_loss = 0;
  received.reported.reset();
}

void ViewerSession::choose(Instant now, ClassMedia& media) {
  if (!is_connected_) return;
  note_sent(now);
  const bool is_new =
      std::any_of(received_.begin(), received_.end(), [now](const ReceivedTrack& received) {
        return is_recent(received.memory.last_up, now, kNewStep);
      });
  next_choice_ = now + (is_new || now - connected_at_ < kClimbTime ? kFirstChoices : kLaterChoices);
  choose_sound(now, media);
  // The screen first: its letters are what the lesson is about.
  choose_picture(now, kScreen, media);
  choose_picture(now, kCamera, media);
  update_rung(now, media);
}

void ViewerSession::choose_sound(Instant now, ClassMedia& media) {
  ReceivedTrack& received = received_[kAudio];
  if (!received.subscription) return;
  if (link_watch_.allowed() == LinkWatch::Allowed::kNothing) return stop_sending(received);
  // Also before there is any sound: the first packet starts it.
  received.wanted = forward::TierId{};
  const auto ladder = media.ladder(now, kAudio);
  if (!ladder.empty()) received.rate = ladder.front().rate;
  media.track(kAudio).subscribe(now, *received.subscription, *received.wanted);
}

// One subscription for two tracks: the camera, or the screen while there is no camera.
void ViewerSession::follow_track(Instant now, size_t index, ClassMedia& media) {
  if (index != kCamera || received_[kScreen].subscription) return;
  const bool shows_screen =
      !media.track(kCamera).is_active(now) && media.track(kScreen).is_active(now);
  const size_t track = shows_screen ? kScreen : kCamera;
  ReceivedTrack& received = received_[index];
  if (received.track == track) return;
  received.track = track;
  received.wanted.reset();
  received.memory = {};
}

void ViewerSession::choose_picture(Instant now, size_t index, ClassMedia& media) {
  ReceivedTrack& received = received_[index];
  if (!received.subscription) return;
  follow_track(now, index, media);
  if (is_held_back()) {
    stop_sending(received);
    received.reason = forward::RungReason::kLoss;
    return;
  }
  if (limit_ == control::Limit::kAudioOnly) {
    stop_sending(received);
    received.reason = forward::RungReason::kLimit;
    return;
  }
  const auto codec = media.track(received.track).codec();
  if (codec && !received.subscription->can_take(*codec)) {
    stop_sending(received);
    received.reason = forward::RungReason::kCodec;
    return;
  }
  auto ladder = media.ladder(now, received.track);
  if (ladder.empty()) {
    received.reason = forward::RungReason::kSource;
    return;
  }
  bool is_limited = false;
  if (limit_ == control::Limit::kHeight) {
    const auto over = std::find_if(ladder.begin() + 1, ladder.end(),
                                   [this](const auto& step) { return step.height > max_height_; });
    is_limited = over != ladder.end();
    ladder = ladder.first(static_cast<size_t>(over - ladder.begin()));
  }
  decide(now, index, media, ladder);
  if (!received.wanted) return;
  if (*received.wanted == ladder.back().id)
    received.reason = is_limited ? forward::RungReason::kLimit : forward::RungReason::kSource;
  else if (received.memory.hold == Duration::zero())
    received.reason = now - connected_at_ < kClimbTime ? forward::RungReason::kJoin
                                                       : forward::RungReason::kBandwidth;
}

std::optional<size_t> ViewerSession::current_step(
    const ReceivedTrack& received, std::span<const forward::LadderStep> ladder) const {
  if (!received.wanted) return std::nullopt;
  size_t nearest = 0;
  for (size_t step = 0; step < ladder.size(); ++step) {
    if (ladder[step].id == *received.wanted) return step;
    if (ladder[step].height <= received.height) nearest = step;
  }
  // The encoding is gone (switched off by the publisher, or over the limit): the next smaller one.
  return nearest;
}

void ViewerSession::decide(Instant now, size_t index, ClassMedia& media,
                           std::span<const forward::LadderStep> ladder) {
  ReceivedTrack& received = received_[index];
  std::vector<forward::SelectorStep> steps;
  steps.reserve(ladder.size());
  for (const forward::LadderStep& step : ladder)
    steps.push_back(
        {.rate = step.rate, .has_all_layers = step.id.layers == forward::kMaxTemporalId});
  const auto current = current_step(received, ladder);
  const forward::Subscription& subscription = *received.subscription;
  const auto decision = forward::select_tier(
      {.now = now,
       .ladder = steps,
       .current = current,
       .is_switching = subscription.target() != nullptr || subscription.is_armed(),
       .received = received_step(received, media, ladder),
       .other_pictures_rate = other_pictures_rate(index),
       .estimate = fresh_estimate(now),
       .last_estimate = estimate_,
       .sent_before_estimate = sent_before_estimate_,
       .loss = received.wanted ? known_loss(now, received) : received_[kAudio].loss,
       .lasting_loss = received.lasting_loss,
       .reported = received.reported,
       .round_trip = round_trip_},
      received.memory);
  if (!decision.step) {
    stop_sending(received);
    received.reason = decision.reason;
    return;
  }
  const forward::LadderStep& step = ladder[reachable(ladder, current, *decision.step)];
  if (decision.is_urgent && !(step.id == *received.wanted)) {
    received.subscription->hold();
    received.starts_at = now + decision.drain;
    next_choice_ = std::min(next_choice_, received.starts_at);
  }
  if (!received.wanted || !(step.id == *received.wanted)) received.reason = decision.reason;
  received.wanted = step.id;
  received.height = step.height;
  received.rate = step.rate;
  if (now >= received.starts_at)
    media.track(received.track).subscribe(now, *received.subscription, step.id);
}

// Down there is no time to wake an encoding: the next smaller one that is awake.
size_t ViewerSession::reachable(std::span<const forward::LadderStep> ladder,
                                std::optional<size_t> current, size_t step) {
  if (!current || step >= *current) return step;
  while (step > 0 && ladder[step].is_asleep) --step;
  return step;
}

std::optional<size_t> ViewerSession::received_step(
    const ReceivedTrack& received, ClassMedia& media,
    std::span<const forward::LadderStep> ladder) const {
  if (received.subscription->is_held()) return std::nullopt;
  const auto id = media.track(received.track).id_of(received.subscription->tier());
  for (size_t step = 0; id && step < ladder.size(); ++step)
    if (ladder[step].id == *id) return step;
  return std::nullopt;
}

// Right after a step up the loss is estimated from NACKs, because the next receiver report is a
// second away. Of n packets asked for again only n - 2 sqrt(n) count, the lower bound of two
// standard deviations: with few packets one or two NACKs are chance. Example: 40 sent, 9 asked for
// again: (9 - 6) / 40 = 7.5 %, where the plain share would be 22.5 %.
double ViewerSession::known_loss(Instant now, const ReceivedTrack& received) const {
  const uint32_t sent = received.subscription->packet_count() - received.sent_at_report;
  if (!is_recent(received.memory.last_up, now, kNewStep) || sent < kMinPacketsForLoss)
    return received.loss;
  const double certain = received.nacked - 2 * std::sqrt(received.nacked);
  return std::max(received.loss, std::min(kMostGuessed, certain / sent));
}

void ViewerSession::note_sent(Instant now) {
  if (now - sent_marks_[1].at < kSentWindow) return;
  sent_marks_[0] = sent_marks_[1];
  sent_marks_[1] = {.at = now, .octets = picture_octets()};
}

// Over the last one or two windows.
DataRate ViewerSession::recently_sent(Instant now) const {
  const SentMark& since = sent_marks_[0];
  return DataSize::bytes(picture_octets() - since.octets) / (now - since.at);
}

uint32_t ViewerSession::picture_octets() const {
  uint32_t octets = 0;
  for (size_t index : {kCamera, kScreen})
    if (received_[index].subscription) octets += received_[index].subscription->octet_count();
  return octets;
}

uint32_t ViewerSession::sent_octets() const {
  const forward::Subscription* sound = received_[kAudio].subscription.get();
  return picture_octets() + (sound != nullptr ? sound->octet_count() : 0);
}

DataRate ViewerSession::other_pictures_rate(size_t index) const {
  return index == kCamera ? received_[kScreen].rate : received_[kCamera].rate;
}

DataRate ViewerSession::other_tracks_rate(size_t index) const {
  DataRate rate;
  for (size_t other = 0; other < kTracks; ++other)
    if (other != index)
      rate = rate + received_[other].rate.percent(100 * (1 + static_cast<int64_t>(repeats(other))));
  return rate;
}

void ViewerSession::update_rung(Instant now, ClassMedia& media) {
  static constexpr std::array<std::string_view, 6> kReasons = {"join",  "bandwidth", "loss",
                                                               "limit", "source",    "codec"};
  Rung rung{.name = "none", .fps = 0, .reason = {}};
  // Of the larger picture; without any, of what keeps one away.
  auto reason = forward::RungReason::kSource;
  const forward::Subscription* sound = received_[kAudio].subscription.get();
  if (sound != nullptr && sound->tier() != nullptr && media.track(kAudio).is_active(now))
    rung.name = "audio";
  uint32_t height = 0;
  for (size_t index : {kCamera, kScreen}) {
    const ReceivedTrack& received = received_[index];
    if (!received.subscription) continue;
    if (height == 0 && received.reason != forward::RungReason::kSource) reason = received.reason;
    const forward::Track& track = media.track(received.track);
    const auto id = track.id_of(received.subscription->tier());
    if (!id || !track.is_active(now)) continue;
    for (const forward::LadderStep& step : media.ladder(now, received.track)) {
      if (!(step.id == *id) || step.height < height) continue;
      height = step.height;
      // An H.264 publisher that keeps its parameter sets to itself: the size is not known.
      rung.name = height > 0 ? std::to_string(height) + "p" : "video";
      rung.fps = step.fps;
      reason = received.reason;
    }
  }
  rung.reason = kReasons[static_cast<size_t>(reason)];
  rung_ = std::move(rung);
}

std::optional<Rung> ViewerSession::take_rung_change() {
  // The frame rate wavers; only a change by a third is news.
  const uint32_t apart = rung_.fps > last_sent_rung_.fps ? rung_.fps - last_sent_rung_.fps
                                                         : last_sent_rung_.fps - rung_.fps;
  const bool has_new_rate = apart * 3 > std::max(rung_.fps, last_sent_rung_.fps);
  if (rung_.name == last_sent_rung_.name && rung_.reason == last_sent_rung_.reason && !has_new_rate)
    return std::nullopt;
  last_sent_rung_ = rung_;
  return rung_;
}

}  // namespace lectern::worker
