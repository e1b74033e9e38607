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
  for (size_t index = 0; index < kTracks; ++index) lines_[index].track = index;
  for (const sdp::NegotiatedMedia& media : session.media) {
    const auto index = static_cast<size_t>(media.kind);
    if (lines_[index].subscription) continue;
    const uint16_t first_media = first_number(rng);
    const uint16_t first_repair = first_number(rng);
    lines_[index].subscription = std::make_unique<forward::Subscription>(
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
  for (Line& line : lines_) line.subscription.reset();
  is_connected_ = false;
  next_report_ = Instant::never();
  next_choice_ = Instant::never();
}

Instant ViewerSession::next_timeout() const {
  return is_connected_ ? std::min({next_report_, next_choice_, link_watch_.next_look()})
                       : Instant::never();
}

void ViewerSession::drop_line(Line& line) {
  line.subscription->leave();
  line.wanted.reset();
  line.rate = {};
  line.height = 0;
  line.loss = 0;
  line.lasting_loss = 0;
  line.reported.reset();
}

void ViewerSession::choose(Instant now, ClassMedia& media) {
  if (!is_connected_) return;
  note_sent(now);
  const bool is_new = std::any_of(lines_.begin(), lines_.end(), [now](const Line& line) {
    return now - line.memory.last_up < kNewStep;
  });
  next_choice_ = now + (is_new || now - connected_at_ < kClimbTime ? kFirstChoices : kLaterChoices);
  choose_sound(now, media);
  // The screen first: its letters are what the lesson is about.
  choose_picture(now, kScreen, media);
  choose_picture(now, kCamera, media);
  update_rung(now, media);
}

void ViewerSession::choose_sound(Instant now, ClassMedia& media) {
  Line& line = lines_[kAudio];
  if (!line.subscription) return;
  if (link_watch_.allowed() == LinkWatch::Allowed::kNothing) return drop_line(line);
  // Also before there is any sound: the first packet starts it.
  line.wanted = forward::TierId{};
  const auto ladder = media.ladder(now, kAudio);
  if (!ladder.empty()) line.rate = ladder.front().rate;
  media.track(kAudio).subscribe(now, *line.subscription, *line.wanted);
}

// One picture line for two tracks: the camera, or the screen while there is no camera.
void ViewerSession::follow_track(Instant now, size_t index, ClassMedia& media) {
  if (index != kCamera || lines_[kScreen].subscription) return;
  const bool shows_screen =
      !media.track(kCamera).is_active(now) && media.track(kScreen).is_active(now);
  const size_t track = shows_screen ? kScreen : kCamera;
  Line& line = lines_[index];
  if (line.track == track) return;
  line.track = track;
  line.wanted.reset();
  line.memory = {};
}

void ViewerSession::choose_picture(Instant now, size_t index, ClassMedia& media) {
  Line& line = lines_[index];
  if (!line.subscription) return;
  follow_track(now, index, media);
  if (is_held_back()) {
    drop_line(line);
    line.reason = forward::RungReason::kLoss;
    return;
  }
  if (limit_ == control::Limit::kAudioOnly) {
    drop_line(line);
    line.reason = forward::RungReason::kLimit;
    return;
  }
  const auto codec = media.track(line.track).codec();
  if (codec && !line.subscription->can_take(*codec)) {
    drop_line(line);
    line.reason = forward::RungReason::kCodec;
    return;
  }
  auto ladder = media.ladder(now, line.track);
  if (ladder.empty()) {
    line.reason = forward::RungReason::kSource;
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
  if (!line.wanted) return;
  if (*line.wanted == ladder.back().id)
    line.reason = is_limited ? forward::RungReason::kLimit : forward::RungReason::kSource;
  else if (line.memory.hold == Duration::zero())
    line.reason = now - connected_at_ < kClimbTime ? forward::RungReason::kJoin
                                                   : forward::RungReason::kBandwidth;
}

std::optional<size_t> ViewerSession::current_step(
    const Line& line, std::span<const forward::LadderStep> ladder) const {
  if (!line.wanted) return std::nullopt;
  size_t nearest = 0;
  for (size_t step = 0; step < ladder.size(); ++step) {
    if (ladder[step].id == *line.wanted) return step;
    if (ladder[step].height <= line.height) nearest = step;
  }
  // The encoding is gone (switched off by the publisher, or over the limit): the next smaller one.
  return nearest;
}

void ViewerSession::decide(Instant now, size_t index, ClassMedia& media,
                           std::span<const forward::LadderStep> ladder) {
  Line& line = lines_[index];
  std::vector<forward::SelectorStep> steps;
  steps.reserve(ladder.size());
  for (const forward::LadderStep& step : ladder)
    steps.push_back(
        {.rate = step.rate, .has_all_layers = step.id.layers == forward::kMaxTemporalId});
  const auto current = current_step(line, ladder);
  const forward::Subscription& subscription = *line.subscription;
  const auto decision = forward::select_tier(
      {.now = now,
       .ladder = steps,
       .current = current,
       .is_switching = subscription.target() != nullptr || subscription.is_armed(),
       .received = received_step(line, media, ladder),
       .besides = pictures_besides(index),
       .estimate = fresh_estimate(now),
       .last_estimate = estimate_,
       .sent_before_estimate = sent_before_estimate_,
       .loss = line.wanted ? known_loss(now, line) : lines_[kAudio].loss,
       .lasting_loss = line.lasting_loss,
       .reported = line.reported,
       .round_trip = round_trip_},
      line.memory);
  if (!decision.step) {
    drop_line(line);
    line.reason = decision.reason;
    return;
  }
  const forward::LadderStep& step = ladder[reachable(ladder, current, *decision.step)];
  if (decision.is_urgent && !(step.id == *line.wanted)) {
    line.subscription->hold();
    line.starts_at = now + decision.drain;
    next_choice_ = std::min(next_choice_, line.starts_at);
  }
  if (!line.wanted || !(step.id == *line.wanted)) line.reason = decision.reason;
  line.wanted = step.id;
  line.height = step.height;
  line.rate = step.rate;
  if (now >= line.starts_at) media.track(line.track).subscribe(now, *line.subscription, step.id);
}

// Down there is no time to wake an encoding: the next smaller one that is awake.
size_t ViewerSession::reachable(std::span<const forward::LadderStep> ladder,
                                std::optional<size_t> current, size_t step) {
  if (!current || step >= *current) return step;
  while (step > 0 && ladder[step].is_asleep) --step;
  return step;
}

std::optional<size_t> ViewerSession::received_step(
    const Line& line, ClassMedia& media, std::span<const forward::LadderStep> ladder) const {
  if (line.subscription->is_held()) return std::nullopt;
  const auto id = media.track(line.track).id_of(line.subscription->tier());
  for (size_t step = 0; id && step < ladder.size(); ++step)
    if (ladder[step].id == *id) return step;
  return std::nullopt;
}

// Right after a step up the loss is estimated from NACKs, because the next receiver report is a
// second away. Of n packets asked for again only n - 2 sqrt(n) count, the lower bound of two
// standard deviations: with few packets one or two NACKs are chance. Example: 40 sent, 9 asked for
// again: (9 - 6) / 40 = 7.5 %, where the plain share would be 22.5 %.
double ViewerSession::known_loss(Instant now, const Line& line) const {
  const uint32_t sent = line.subscription->packet_count() - line.sent_at_report;
  if (now - line.memory.last_up > kNewStep || sent < kMinPacketsForLoss) return line.loss;
  const double certain = line.nacked - 2 * std::sqrt(line.nacked);
  return std::max(line.loss, std::min(kMostGuessed, certain / sent));
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
    if (lines_[index].subscription) octets += lines_[index].subscription->octet_count();
  return octets;
}

uint32_t ViewerSession::sent_octets() const {
  const forward::Subscription* sound = lines_[kAudio].subscription.get();
  return picture_octets() + (sound != nullptr ? sound->octet_count() : 0);
}

DataRate ViewerSession::pictures_besides(size_t line) const {
  return line == kCamera ? lines_[kScreen].rate : lines_[kCamera].rate;
}

DataRate ViewerSession::rate_besides(size_t line) const {
  DataRate rate;
  for (size_t index = 0; index < kTracks; ++index)
    if (index != line)
      rate = rate + lines_[index].rate.percent(100 * (1 + static_cast<int64_t>(repeats(index))));
  return rate;
}

void ViewerSession::update_rung(Instant now, ClassMedia& media) {
  static constexpr std::array<std::string_view, 6> kReasons = {"join",  "bandwidth", "loss",
                                                               "limit", "source",    "codec"};
  Rung rung{.name = "none", .fps = 0, .reason = {}};
  // Of the larger picture; without any, of what keeps one away.
  auto reason = forward::RungReason::kSource;
  const forward::Subscription* sound = lines_[kAudio].subscription.get();
  if (sound != nullptr && sound->tier() != nullptr && media.track(kAudio).is_active(now))
    rung.name = "audio";
  uint32_t height = 0;
  for (size_t index : {kCamera, kScreen}) {
    const Line& line = lines_[index];
    if (!line.subscription) continue;
    if (height == 0 && line.reason != forward::RungReason::kSource) reason = line.reason;
    const forward::Track& track = media.track(line.track);
    const auto id = track.id_of(line.subscription->tier());
    if (!id || !track.is_active(now)) continue;
    for (const forward::LadderStep& step : media.ladder(now, line.track)) {
      if (!(step.id == *id) || step.height < height) continue;
      height = step.height;
      // An H.264 publisher that keeps its parameter sets to itself: the size is not known.
      rung.name = height > 0 ? std::to_string(height) + "p" : "video";
      rung.fps = step.fps;
      reason = line.reason;
    }
  }
  rung.reason = kReasons[static_cast<size_t>(reason)];
  rung_ = std::move(rung);
}

std::optional<Rung> ViewerSession::take_rung_change() {
  // The frame rate wavers; only a change by a third is news.
  const uint32_t apart = rung_.fps > told_.fps ? rung_.fps - told_.fps : told_.fps - rung_.fps;
  const bool has_new_rate = apart * 3 > std::max(rung_.fps, told_.fps);
  if (rung_.name == told_.name && rung_.reason == told_.reason && !has_new_rate)
    return std::nullopt;
  told_ = rung_;
  return rung_;
}

}  // namespace lectern::worker
