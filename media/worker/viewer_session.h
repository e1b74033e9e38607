// A viewer's media: its streams, what it reports of its link, and which tier it therefore gets.
//
// What it is: up to three received tracks (sound, camera, screen), each a subscription to one of
// the class. The answer to its offer depends on nobody's publishing: what comes later is followed
// here. A viewer that asks for one picture gets the camera, or the screen while there is no camera;
// one that cannot decode what is sent gets the sound. Left out on purpose: the transport, the
// packets.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/rng.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "base/units.h"
#include "media/control/messages.h"
#include "media/forward/nack_responder.h"
#include "media/forward/sound_repeats.h"
#include "media/forward/subscription.h"
#include "media/forward/tier_selector.h"
#include "media/rtcp/compound.h"
#include "media/rtcp/reports.h"
#include "media/sdp/answer.h"
#include "media/worker/class_media.h"
#include "media/worker/link_watch.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lectern::worker {

// A packet to be sent again, if it is still there when its turn comes.
struct Repetition {
  SlotId owner;
  uint8_t stream = 0;
  uint16_t sequence_number = 0;
};

// What a viewer is being sent, in signaling's words.
struct Rung {
  std::string name = "none";  // "720p", "audio", "none"
  uint32_t fps = 0;
  std::string reason = "join";
  friend bool operator==(const Rung&, const Rung&) = default;
};

class ViewerSession {
 public:
  // `owner`: its peer, named by its subscriptions. `streams`: as answered.
  ViewerSession(SlotId owner, const sdp::NegotiatedSession& session,
                const sdp::ViewerStreams& streams, Rng& rng);

  // DTLS is done: media may flow.
  void connect(Instant now, ClassMedia& media, Rng& rng);
  // Chooses tiers again, when something has changed or time has passed.
  void choose(Instant now, ClassMedia& media);
  // What the page allows it.
  void limit(control::Limit limit, uint32_t max_height) {
    limit_ = limit;
    max_height_ = max_height;
  }
  // Looks at what its link may be sent; true when that has changed and it should choose again.
  bool watch_link(Instant now, Instant last_heard, bool is_path_proven);
  [[nodiscard]] bool is_held_back() const {
    return link_watch_.allowed() != LinkWatch::Allowed::kAll;
  }
  // Out of every tier.
  void leave();

  // RTCP of the viewer; what it misses is appended to `repetitions`, at most `room` entries.
  void handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);

  // The subscription that was negotiated for this track; null when there is none. That of the
  // camera may follow the screen meanwhile.
  [[nodiscard]] forward::Subscription* subscription(size_t index) {
    return received_[index].subscription.get();
  }
  // How many earlier packets of this track go with each new one.
  [[nodiscard]] size_t repeats(size_t index) const {
    return index == kAudio ? repeats_.count() : 0;
  }
  void note_keyframe_sent(Instant now, size_t index) { received_[index].last_keyframe = now; }

  // Writes one compound packet of sender reports when they are due; false when not.
  bool write_reports(Instant now, ClassMedia& media, ByteWriter& out);
  [[nodiscard]] Instant next_timeout() const;
  // Looks for the next place to go on as soon as the timers run.
  void choose_soon(Instant now) { next_choice_ = std::min(next_choice_, now); }
  [[nodiscard]] bool is_choice_due(Instant now) const { return now >= next_choice_; }

  // The rung now; the second form once after each change.
  [[nodiscard]] const Rung& rung() const { return rung_; }
  [[nodiscard]] std::optional<Rung> take_rung_change();

 private:
  // So long after a step up requests for repair count as loss, and are looked at at once.
  static constexpr Duration kNewStep = Duration::seconds(3);
  // Of fewer packets than that, reports and requests for repair tell little of loss.
  static constexpr uint32_t kMinPacketsForLoss = 30;
  static constexpr Duration kSentWindow = Duration::milliseconds(500);
  static constexpr Duration kReportInterval = Duration::seconds(1);

  struct SentReport {
    uint32_t compact_ntp = 0;  // what the viewer's report will name
    Instant at;
  };

  struct SentMark {
    Instant at;
    uint32_t octets = 0;
  };

  struct ReceivedTrack {
    std::unique_ptr<forward::Subscription> subscription;  // null: not negotiated
    size_t track = 0;                                     // the one it follows

    // What is chosen for it.
    forward::SelectorMemory memory;
    std::optional<forward::TierId> wanted;
    uint32_t height = 0;                                      // of what is wanted
    forward::RungReason reason = forward::RungReason::kJoin;  // why that is not a better one
    Instant starts_at;  // not before; a keyframe sent into a full queue is lost in it
    DataRate rate;

    // What the viewer has reported of it.
    double loss = 0;
    double lasting_loss = 0;
    uint32_t nacked = 0;  // numbers asked for since the last report
    uint16_t newest_nacked = 0;
    uint32_t sent_at_report = 0;
    std::optional<Instant> reported;
    uint32_t reported_number = 0;  // highest so far, extended
    std::array<SentReport, 2> reports{};
    std::optional<Instant> last_keyframe;
  };

  void choose_sound(Instant now, ClassMedia& media);
  void choose_picture(Instant now, size_t index, ClassMedia& media);
  void follow_track(Instant now, size_t index, ClassMedia& media);
  void decide(Instant now, size_t index, ClassMedia& media,
              std::span<const forward::LadderStep> ladder);
  [[nodiscard]] std::optional<size_t> current_step(
      const ReceivedTrack& received, std::span<const forward::LadderStep> ladder) const;
  [[nodiscard]] static size_t reachable(std::span<const forward::LadderStep> ladder,
                                        std::optional<size_t> current, size_t step);
  [[nodiscard]] std::optional<size_t> received_step(
      const ReceivedTrack& received, ClassMedia& media,
      std::span<const forward::LadderStep> ladder) const;
  [[nodiscard]] double known_loss(Instant now, const ReceivedTrack& received) const;
  [[nodiscard]] forward::NackResponder::Link link_of(Instant now,
                                                     const ReceivedTrack& received) const;
  void stop_sending(ReceivedTrack& received);
  void note_sent(Instant now);
  [[nodiscard]] DataRate recently_sent(Instant now) const;
  [[nodiscard]] uint32_t picture_octets() const;  // wraps around
  [[nodiscard]] uint32_t sent_octets() const;     // likewise
  [[nodiscard]] DataRate other_pictures_rate(size_t index) const;
  [[nodiscard]] DataRate other_tracks_rate(size_t index) const;
  void update_rung(Instant now, ClassMedia& media);

  void handle_feedback(Instant now, const rtcp::PacketView& packet, ClassMedia& media,
                       DropCounters& drops, std::vector<Repetition>& repetitions, size_t room);
  static void note_loss(Instant now, const rtp::ReportBlock& block, ReceivedTrack& received);
  void handle_blocks(Instant now, const rtcp::ReportBlocks& blocks);
  void update_repeats(Instant now);
  [[nodiscard]] std::optional<DataRate> fresh_estimate(Instant now) const;
  void handle_nack(Instant now, const rtcp::PacketView& packet, DropCounters& drops,
                   std::vector<Repetition>& repetitions, size_t room);
  void handle_keyframe_wish(Instant now, const rtcp::PacketView& packet, ClassMedia& media);
  ReceivedTrack* find_received(uint32_t ssrc);

  SlotId owner_;
  std::string cname_;
  std::array<ReceivedTrack, kTracks> received_;
  forward::NackResponder responder_;
  forward::SoundRepeats repeats_;
  control::Limit limit_ = control::Limit::kNone;
  uint32_t max_height_ = 0;
  LinkWatch link_watch_;
  bool is_connected_ = false;
  std::optional<DataRate> estimate_;
  std::optional<Instant> estimate_at_;
  DataRate sent_before_estimate_;
  std::array<SentMark, 2> sent_marks_{};
  std::optional<Duration> round_trip_;
  Instant connected_at_;
  Instant next_report_ = Instant::never();
  Instant next_choice_ = Instant::never();
  Rung rung_;
  Rung last_sent_rung_;
};

}  // namespace lectern::worker
