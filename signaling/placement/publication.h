// Who publishes in a class: which session on which worker (the origin), who may take over, whether
// the teacher is there.
//
//            publisher connected, packets arrive
//   absent ───────────────────────────────────────► live
//      ▲ ▲                                         │   ▲
//      │ └── DELETE by the publisher ──────────────┤   │ packets again, or a new publisher
//      │                                           ▼   │
//      └────────── 30 s ──────────────────────── away ─┘
//
// Left out: viewers, pages, legs, and the class itself. They have tables of their own and follow
// `origin()`.
#pragma once

#include "base/time.h"
#include "media/control/messages.h"
#include "signaling/terms/names.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

enum class TeacherState : std::uint8_t { kAbsent, kAway, kLive };

struct Sources {
  bool camera = false;
  bool microphone = false;
  bool screen = false;
  [[nodiscard]] bool any() const { return camera || microphone || screen; }
  friend bool operator==(const Sources&, const Sources&) = default;
};

// Who publishes, as far as taking over goes ([P16]).
struct PublisherIdentity {
  std::string person;  // Caller::person
  std::string client;  // empty: an encoder, not a page
  // It comes back by itself, so it never takes over from another client ([P100]).
  bool resumes = false;
};

// What students see of the class ([P40]).
struct ClassView {
  TeacherState teacher = TeacherState::kAbsent;
  Sources sources;
  friend bool operator==(const ClassView&, const ClassView&) = default;
};

class Publication {
 public:
  // Whether `who` may publish now. If so the class is kept for them until the worker has answered
  // (`publisher_refused` or `publisher_created`), at most 10 s. The number names this claim: the
  // answer to an older claim of the same person does not release a newer one.
  using ClaimNumber = std::uint64_t;
  [[nodiscard]] std::optional<ClaimNumber> claim(Instant now, const PublisherIdentity& who);
  void publisher_refused(ClaimNumber claim);
  // The session that this one takes the place of, with its owner.
  struct Replaced {
    SessionName session;
    PublisherIdentity owner;
  };
  [[nodiscard]] std::optional<Replaced> publisher_created(Instant now, const SessionName& session,
                                                          const PublisherIdentity& who,
                                                          ClaimNumber claim);
  // The same for a publisher that moves away from a worker about to stop: the older session goes on
  // until something arrives from the new one (`succeed`).
  [[nodiscard]] std::optional<Replaced> publisher_moves(Instant now, const SessionName& session,
                                                        const PublisherIdentity& who,
                                                        ClaimNumber claim);
  // The one that was to follow, which is not to any more.
  [[nodiscard]] std::optional<Replaced> forget_successor();
  // Lets the new session take over when it can. Returns the older one; to be called after every
  // change and each second.
  [[nodiscard]] std::optional<Replaced> succeed(Instant now);
  // A session that a worker listed after signaling's restart, with the owner that signaling had
  // given it. Of two publishers of a class one is over: `loser` is to be deleted, which may be the
  // one listed.
  struct Adopted {
    std::optional<SessionName> loser;
  };
  [[nodiscard]] Adopted publisher_adopted(Instant now, const SessionName& session,
                                          const PublisherIdentity& who,
                                          control::SessionPhase phase);

  void publisher_phase(Instant now, const SessionName& session, control::SessionPhase phase);
  void source_state(Instant now, const SessionName& session,
                    const std::array<control::TrackState, control::kTracks>& tracks);
  // What the page of that session has switched on ([P38]). It holds until the publisher session is
  // over: a page whose WebSocket is down for a moment has switched nothing on or off.
  void set_wanted(Instant now, const SessionName& session, const Sources& wanted);

  // The session is over. `ended`: its owner asked for that, so the teacher is not expected back.
  void publisher_gone(Instant now, const SessionName& session, bool ended);
  // The worker died, with it the class's origin.
  void worker_gone(Instant now, control::WorkerNumber worker);

  // Forgets the origin of a teacher who stays away; to be called each second.
  void expire(Instant now);

  [[nodiscard]] const std::optional<SessionName>& publisher() const { return publisher_; }
  [[nodiscard]] std::optional<control::WorkerNumber> origin() const { return origin_; }
  [[nodiscard]] ClassView view(Instant now) const;
  // Time alone will not change it: `expire` has nothing to do.
  [[nodiscard]] bool is_settled() const { return !away_since_ && !lost_at_ && !successor_; }
  // Nobody publishes or is about to, and nothing is remembered: as good as new.
  [[nodiscard]] bool is_idle(Instant now) const {
    return is_settled() && !publisher_ && !origin_ && !is_claimed(now);
  }
  [[nodiscard]] bool is_claimed(Instant now) const { return claim_ && now < claim_->until; }

 private:
  struct Claim {
    ClaimNumber number = 0;
    PublisherIdentity who;
    Instant until;
  };

  // A publisher session that is to follow the present one.
  struct Successor {
    SessionName session;
    PublisherIdentity who;
    control::SessionPhase phase = control::SessionPhase::kConnecting;
    Instant connected_at = Instant::never();
    std::array<control::TrackState, control::kTracks> tracks;
    std::optional<Sources> wanted{};
  };

  void enter(Instant now, const SessionName& session, const PublisherIdentity& who);
  void take_over(Instant now);
  [[nodiscard]] bool is_live() const;
  [[nodiscard]] bool defends_itself(Instant now) const;
  [[nodiscard]] Sources arriving() const { return arriving(tracks_); }
  [[nodiscard]] static Sources arriving(
      const std::array<control::TrackState, control::kTracks>& tracks);
  // Notes when the teacher was last live; called around every change.
  void note(Instant now);

  ClaimNumber last_claim_ = 0;
  std::optional<Claim> claim_;
  std::optional<SessionName> publisher_;
  PublisherIdentity owner_;
  control::SessionPhase phase_ = control::SessionPhase::kConnecting;
  Instant created_at_;
  std::array<control::TrackState, control::kTracks> tracks_;
  std::optional<Successor> successor_;
  std::optional<Sources> wanted_;
  std::optional<control::WorkerNumber> origin_;
  bool was_live_ = false;
  std::optional<Instant> away_since_;  // since when a teacher who was live is not
  std::optional<Instant> lost_at_;     // since when there is no publisher but still an origin
};

}  // namespace lectern::signaling
