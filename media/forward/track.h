// One track of a class (its sound, its camera, its screen) at this worker: the encodings that feed
// it, their tiers, and the receivers' way from one tier to another.
//
// What it is: belongs to the class and survives publishers: when the source changes, receivers stay
// on their tier and go on with the new source's first keyframe. Encodings keep the index they came
// with; their order by picture size is looked up, because it is known only from keyframes and may
// change. Left out on purpose: who sends the packets, which tier a receiver should have.
#pragma once

#include "base/drop_reason.h"
#include "base/time.h"
#include "base/units.h"
#include "media/forward/encoding_stream.h"
#include "media/forward/fanout.h"
#include "media/forward/keyframe_requests.h"
#include "media/forward/tier_stream.h"

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

namespace lectern::forward {

// As many as OBS sends of one picture.
inline constexpr size_t kMaxEncodings = 4;

struct TierId {
  uint8_t encoding = 0;
  uint8_t layers = kMaxTemporalId;  // the highest temporal layer; kMaxTemporalId: all there are
  friend bool operator==(TierId, TierId) = default;
};

// One choice of the ladder, as the selector sees it.
struct LadderStep {
  TierId id;
  DataRate rate;
  uint32_t height = 0;  // of the shorter side; 0 while unknown
  uint32_t fps = 0;
  bool is_asleep = false;  // its publisher has to be asked for it first
};

class Track {
 public:
  enum class Kind : uint8_t { kAudio, kCamera, kScreen };

  // `slab` and `fanouts` outlive the track.
  Track(Kind kind, PacketSlab& slab, Fanouts& fanouts);
  ~Track();
  Track(const Track&) = delete;
  Track& operator=(const Track&) = delete;

  // ---- the source's side

  struct Accepted {
    bool starts_keyframe = false;
    bool starts_epoch = false;
    bool is_padding = false;
    bool is_understood = false;
    // How many packets before the start of a keyframe may belong to it.
    int64_t before_keyframe = 0;
  };
  // A packet of the encoding `index` (below kMaxEncodings).
  std::expected<Accepted, DropReason> accept(Instant now, size_t index,
                                             const IncomingPacket& incoming);
  // `wall`: the publisher's; nullptr for what comes from another worker.
  void handle_sender_report(Instant now, size_t index, const ClockReport& report,
                            WallClock* wall = nullptr);
  // The packets of this encoding come from elsewhere from now on.
  void restart(size_t index) { encodings_[index].stream.restart(); }
  // H.264: a parameter set (NAL unit) that the source of encoding `index` has told of beforehand.
  void know_parameter_set(size_t index, Bytes nal) {
    encodings_[index].stream.know_parameter_set(nal);
  }
  // The source is gone: nothing is live any more; receivers stay.
  void end_source();

  // What the source could send as encoding `index`, though it may not do so now because nobody
  // receives it: a step of the ladder, like one that is live. Holds for kOfferAge; an empty one
  // is withdrawn.
  struct Offer {
    DataRate rate;
    uint32_t height = 0;  // of the shorter side; 0 while unknown
    uint32_t fps = 0;
    bool is_asleep = false;  // its publisher does not send it to anybody now
    friend bool operator==(const Offer&, const Offer&) = default;
  };
  static constexpr Duration kOfferAge = Duration::seconds(3);
  void offer(Instant now, size_t index, const std::optional<Offer>& offer);
  // Somebody receives encoding `index`, or waits for it: a source that can should send it.
  [[nodiscard]] bool is_wanted(size_t index) const;

  // True once for each keyframe that the source of encoding `index` should be asked for.
  [[nodiscard]] bool take_keyframe_request(Instant now, size_t index);
  [[nodiscard]] Instant next_keyframe_request() const;

  // ---- the receivers' side

  // Puts `subscription` on the way to tier `id`; to be repeated now and then while it waits,
  // because a keyframe may get lost. It starts at a cached keyframe up to `keyframe_age` old,
  // otherwise one is asked for. By default a newcomer gets one up to kJoinKeyframeAge old; who
  // changes tiers (or comes back) up to kSwitchKeyframeAge: a longer one is a burst that a link
  // near its limit does not survive.
  static constexpr Duration kJoinKeyframeAge = Duration::seconds(2);
  static constexpr Duration kSwitchKeyframeAge = Duration::milliseconds(500);
  void subscribe(Instant now, Subscription& subscription, TierId id) {
    subscribe(now, subscription, id,
              subscription.has_sent() ? kSwitchKeyframeAge : kJoinKeyframeAge);
  }
  void subscribe(Instant now, Subscription& subscription, TierId id, Duration keyframe_age);
  // The receiver of `subscription` cannot go on without a keyframe.
  void want_keyframe(const Subscription& subscription);
  void want_keyframe(size_t index) { encodings_[index].requests.want(); }

  // The choices now, cheapest first; empty when nothing is live or offered. For sound: one.
  [[nodiscard]] std::vector<LadderStep> ladder(Instant now) const;
  // The tier that `subscription` receives, or waits for while it receives none.
  [[nodiscard]] std::optional<TierId> id_of(const TierStream* tier) const;
  // What a sender report about this tier says at `now`.
  [[nodiscard]] std::optional<ClockReport> report_at(Instant now, TierId id) const;
  [[nodiscard]] uint32_t rate() const { return clock_.rate(); }  // of its timestamps
  // The shorter side of what encoding `index` shows, in pixels; 0 for sound and while unknown.
  [[nodiscard]] uint32_t height(Instant now, size_t index) const;

  // Media has come lately (see kSilence in track.cpp: a still screen may be silent for long), or
  // would come if somebody wanted it.
  [[nodiscard]] bool is_active(Instant now) const;
  // That encoding index has media, and has not fallen silent while others go on.
  [[nodiscard]] bool is_live(Instant now, size_t index) const;
  [[nodiscard]] std::optional<Codec> codec() const;
  // What a decoder of encoding `index` must be able to do; nothing before its first SPS, and for
  // other codecs than H.264. It may change with each keyframe.
  [[nodiscard]] std::optional<codec::h264::ProfileLevel> profile(size_t index) const {
    return encodings_[index].stream.profile();
  }
  [[nodiscard]] TierStream* tier(TierId id) {
    return encodings_[id.encoding].tiers[id.layers].get();
  }
  void expire(Instant now);

 private:
  struct Encoding {
    explicit Encoding(uint32_t clock_rate) : stream(clock_rate) {}
    EncodingStream stream;
    KeyframeRequests requests;
    bool is_fed = false;  // by the present source
    std::optional<Offer> offer;
    Instant offered_at;
    // By layers; the last takes everything, the others exist once the source has layers.
    std::array<std::unique_ptr<TierStream>, kMaxTemporalId + 1> tiers;
  };

  static std::array<Encoding, kMaxEncodings> make_encodings(Kind kind);
  [[nodiscard]] EncodingStream::Shared shared();
  TierStream& make_tier(Encoding& encoding, size_t layers) const;
  void make_layers(Encoding& encoding, const MediaPacket& packet) const;
  void hold_members(Encoding& encoding);
  static void hold_members(TierStream& tier, TierStream& next);
  void mark_cuts(Encoding& encoding, const MediaPacket& packet);
  void distribute(Encoding& encoding, const MediaPacket& packet);
  void admit(TierStream& tier, const MediaPacket& packet, const TierStream::Outcome& outcome);
  void admit_at_keyframe(TierStream& tier);
  void find_keyframe(Instant now, Subscription& subscription, Encoding& encoding, TierStream& tier,
                     Duration age);
  void add_steps(Instant now, size_t index, bool is_smallest, std::vector<LadderStep>& steps) const;
  [[nodiscard]] const Offer* fresh_offer(Instant now, const Encoding& encoding) const;
  [[nodiscard]] bool has_media(Instant now, const Encoding& encoding) const;
  [[nodiscard]] std::optional<size_t> smallest() const;

  Kind kind_;
  PacketSlab& slab_;
  Fanouts& fanouts_;
  TrackClock clock_;
  std::array<Encoding, kMaxEncodings> encodings_;
};

}  // namespace lectern::forward
