#include "signaling/placement/publication.h"

#include "signaling/terms/config.h"

#include <utility>

namespace lectern::signaling {

using control::SessionPhase;
using control::Track;

namespace {

// A page that has moved and does not send by then what it sent before has it no more. Browsers
// begin with the sound and take up to a second for the first picture.
constexpr Duration kSuccessionLimit = Duration::seconds(2);

Sources both(const Sources& a, const Sources& b) {
  return {.camera = a.camera && b.camera,
          .microphone = a.microphone && b.microphone,
          .screen = a.screen && b.screen};
}

bool covers(const Sources& sources, const Sources& due) {
  return both(sources, due) == due;
}

bool may_take_over(const PublisherIdentity& rival, const PublisherIdentity& who) {
  // A session that a worker of another version listed says no owner. It is taken for a page's: a
  // page may come over it, an encoder that retries may not.
  if (rival.person.empty()) return !who.client.empty();
  if (rival.person != who.person) return false;
  if (who.resumes && rival.client != who.client) return false;
  return rival.client.empty() || !who.client.empty();
}

}  // namespace

Sources Publication::arriving(const std::array<control::TrackState, control::kTracks>& tracks) {
  const auto is_active = [&tracks](Track track) {
    return tracks[static_cast<std::size_t>(track)].active;
  };
  return {.camera = is_active(Track::kCamera),
          .microphone = is_active(Track::kAudio),
          .screen = is_active(Track::kScreen)};
}

bool Publication::is_live() const {
  if (!publisher_ || phase_ != SessionPhase::kConnected) return false;
  return arriving().any() || (wanted_ && !wanted_->any());
}

void Publication::note(Instant now) {
  const bool live = is_live();
  if (live) away_since_.reset();
  if (was_live_ && !live) away_since_ = now;
  was_live_ = live;
}

bool Publication::defends_itself(Instant now) const {
  if (!publisher_) return false;
  if (phase_ == SessionPhase::kConnecting) return now < created_at_ + kRequestDeadline;
  return is_live();
}

std::optional<Publication::ClaimNumber> Publication::claim(Instant now,
                                                           const PublisherIdentity& who) {
  if (defends_itself(now) && !may_take_over(owner_, who)) return std::nullopt;
  if (is_claimed(now) && !may_take_over(claim_->who, who)) return std::nullopt;
  claim_ = Claim{++last_claim_, who, now + kRequestDeadline};
  return last_claim_;
}

void Publication::publisher_refused(ClaimNumber claim) {
  if (claim_ && claim_->number == claim) claim_.reset();
}

std::optional<Publication::Replaced> Publication::publisher_created(Instant now,
                                                                    const SessionName& session,
                                                                    const PublisherIdentity& who,
                                                                    ClaimNumber claim) {
  std::optional<Replaced> replaced;
  if (publisher_ && *publisher_ != session) replaced = Replaced{*publisher_, owner_};
  publisher_refused(claim);
  enter(now, session, who);
  return replaced;
}

void Publication::enter(Instant now, const SessionName& session, const PublisherIdentity& who) {
  publisher_ = session;
  owner_ = who;
  phase_ = SessionPhase::kConnecting;
  created_at_ = now;
  tracks_ = {};
  wanted_.reset();
  origin_ = session.worker;
  lost_at_.reset();
  note(now);
}

std::optional<Publication::Replaced> Publication::publisher_moves(Instant now,
                                                                  const SessionName& session,
                                                                  const PublisherIdentity& who,
                                                                  ClaimNumber claim) {
  // Nothing worth keeping, or somebody else's.
  if (!is_live() || owner_.person != who.person || owner_.client != who.client)
    return publisher_created(now, session, who, claim);
  publisher_refused(claim);
  successor_ = Successor{.session = session, .who = who, .tracks = {}};
  return std::nullopt;
}

std::optional<Publication::Replaced> Publication::forget_successor() {
  const auto forgotten = std::exchange(successor_, std::nullopt);
  if (!forgotten) return std::nullopt;
  return Replaced{forgotten->session, forgotten->who};
}

std::optional<Publication::Replaced> Publication::succeed(Instant now) {
  if (!successor_ || successor_->phase != SessionPhase::kConnected) return std::nullopt;
  const Sources due = wanted_ ? both(arriving(), *wanted_) : arriving();
  const bool arrives = covers(arriving(successor_->tracks), due);
  if (!arrives && now < successor_->connected_at + kSuccessionLimit) return std::nullopt;
  Replaced older{*publisher_, owner_};
  take_over(now);
  return older;
}

void Publication::take_over(Instant now) {
  publisher_ = successor_->session;
  owner_ = successor_->who;
  phase_ = successor_->phase;
  tracks_ = successor_->tracks;
  if (successor_->wanted) wanted_ = successor_->wanted;
  created_at_ = now;
  origin_ = publisher_->worker;
  lost_at_.reset();
  successor_.reset();
  note(now);
}

Publication::Adopted Publication::publisher_adopted(Instant now, const SessionName& session,
                                                    const PublisherIdentity& who,
                                                    SessionPhase phase) {
  if (publisher_ == session) return {};
  if (publisher_ && (phase_ == SessionPhase::kConnected || phase != SessionPhase::kConnected))
    return {.loser = session};
  const std::optional<SessionName> loser = publisher_;
  enter(now, session, who);
  phase_ = phase;
  return {.loser = loser};
}

void Publication::publisher_phase(Instant now, const SessionName& session, SessionPhase phase) {
  if (successor_ && successor_->session == session) {
    successor_->phase = phase;
    if (phase == SessionPhase::kConnected) successor_->connected_at = now;
  }
  if (publisher_ != session) return;
  phase_ = phase;
  note(now);
}

void Publication::source_state(Instant now, const SessionName& session,
                               const std::array<control::TrackState, control::kTracks>& tracks) {
  if (successor_ && successor_->session == session) successor_->tracks = tracks;
  if (publisher_ != session) return;
  tracks_ = tracks;
  note(now);
}

void Publication::set_wanted(Instant now, const SessionName& session, const Sources& wanted) {
  if (successor_ && successor_->session == session) successor_->wanted = wanted;
  if (publisher_ != session) return;
  wanted_ = wanted;
  note(now);
}

void Publication::publisher_gone(Instant now, const SessionName& session, bool ended) {
  if (successor_ && successor_->session == session) successor_.reset();
  if (publisher_ != session) return;
  if (successor_) return take_over(now);
  publisher_.reset();
  owner_ = {};
  tracks_ = {};
  wanted_.reset();
  note(now);
  lost_at_ = now;
  if (!ended) return;
  away_since_.reset();
  lost_at_.reset();
  origin_.reset();
}

void Publication::worker_gone(Instant now, control::WorkerNumber worker) {
  if (successor_ && successor_->session.worker == worker) successor_.reset();
  if (publisher_ && publisher_->worker == worker) publisher_gone(now, *publisher_, false);
  if (origin_ != worker) return;
  origin_.reset();
  lost_at_.reset();
}

void Publication::expire(Instant now) {
  if (away_since_ && now >= *away_since_ + kAwayLimit) away_since_.reset();
  if (!lost_at_ || now < *lost_at_ + kAwayLimit) return;
  lost_at_.reset();
  origin_.reset();
}

ClassView Publication::view(Instant now) const {
  ClassView view;
  if (is_live()) {
    view.teacher = TeacherState::kLive;
  } else if (away_since_ && now < *away_since_ + kAwayLimit) {
    view.teacher = TeacherState::kAway;
  }
  view.sources = wanted_ ? both(arriving(), *wanted_) : arriving();
  return view;
}

}  // namespace lectern::signaling
