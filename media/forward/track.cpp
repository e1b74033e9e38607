#include "media/forward/track.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace lectern::forward {
namespace {

constexpr uint32_t kSoundRate = 48'000;
constexpr uint32_t kPictureRate = 90'000;

constexpr TierStream::Limits kSoundRing{.age = Duration::seconds(2), .max_packets = 256};
constexpr TierStream::Limits kPictureRing{.age = Duration::seconds(3), .max_packets = 4096};

// Keyframes of the smallest encoding are cheap, and joiners start there.
constexpr Duration kLeastGapSmallest = Duration::seconds(1);
constexpr Duration kLeastGapOthers = Duration::seconds(2);
Duration least_gap(size_t index, std::optional<size_t> smallest) {
  return index == smallest ? kLeastGapSmallest : kLeastGapOthers;
}

// A keyframe that began to arrive longer ago has a hole that may never be filled.
constexpr Duration kArrivalPatience = Duration::milliseconds(500);

// Sound with DTX sends at least one packet in 400 ms, a camera several frames a second; a still
// screen about a frame a second, and may send none for long.
constexpr std::array<Duration, 3> kSilence = {Duration::seconds(2), Duration::seconds(4),
                                              Duration::seconds(15)};
// An encoding that the publisher has switched off: the others go on without it.
constexpr Duration kSilenceAlone = Duration::milliseconds(700);

// Delimiter, SPS, PPS and SEI, each in a packet of its own (H.264 §7.4.1.2.3).
constexpr int64_t kPreludePackets = 4;

constexpr size_t kAllLayers = kMaxTemporalId;

}  // namespace

Track::Track(Kind kind, PacketSlab& slab, Fanouts& fanouts)
    : kind_(kind),
      slab_(slab),
      fanouts_(fanouts),
      clock_(kind == Kind::kAudio ? kSoundRate : kPictureRate),
      encodings_(make_encodings(kind)) {
  // A receiver may come before the source, so the tiers of pictures are there from the start. Sound
  // has one encoding: the others would only cost memory.
  const size_t count = kind == Kind::kAudio ? 1 : kMaxEncodings;
  for (size_t index = 0; index < count; ++index) make_tier(encodings_[index], kAllLayers);
}

Track::~Track() {
  for (Encoding& encoding : encodings_)
    for (auto& tier : encoding.tiers)
      if (tier) fanouts_.forget(*tier);
}

std::array<Track::Encoding, kMaxEncodings> Track::make_encodings(Kind kind) {
  const uint32_t rate = kind == Kind::kAudio ? kSoundRate : kPictureRate;
  return {Encoding(rate), Encoding(rate), Encoding(rate), Encoding(rate)};
}

TierStream& Track::make_tier(Encoding& encoding, size_t layers) const {
  encoding.tiers[layers] = std::make_unique<TierStream>(
      static_cast<uint8_t>(layers), kind_ == Kind::kAudio ? kSoundRing : kPictureRing);
  return *encoding.tiers[layers];
}

// The reference for the others of one camera: the first encoding that has reported its clock.
EncodingStream::Shared Track::shared() {
  EncodingStream::Shared result{.clock = clock_, .slab = slab_};
  if (kind_ == Kind::kAudio) return result;
  for (const Encoding& encoding : encodings_) {
    if (!encoding.is_fed || !encoding.stream.clock().has_report()) continue;
    result.reference = &encoding.stream.clock();
    break;
  }
  return result;
}

std::expected<Track::Accepted, DropReason> Track::accept(Instant now, size_t index,
                                                         const IncomingPacket& incoming) {
  Encoding& encoding = encodings_[index];
  const auto packet = encoding.stream.accept(now, incoming, shared());
  if (!packet) return std::unexpected(packet.error());
  encoding.is_fed = true;
  if (!encoding.tiers[kAllLayers]) make_tier(encoding, kAllLayers);
  if (packet->starts_epoch) hold_members(encoding);
  if (packet->starts_keyframe) encoding.requests.on_keyframe(now);
  make_layers(encoding, *packet);
  mark_cuts(encoding, *packet);
  distribute(encoding, *packet);
  return Accepted{.starts_keyframe = packet->starts_keyframe,
                  .starts_epoch = packet->starts_epoch,
                  .is_padding = packet->is_padding,
                  .is_understood = packet->is_understood,
                  .before_keyframe = is_h264(packet->codec) ? kPreludePackets : 0};
}

void Track::handle_sender_report(Instant now, size_t index, const ClockReport& report,
                                 WallClock* wall) {
  encodings_[index].stream.handle_sender_report(now, report, wall);
}

void Track::end_source() {
  for (Encoding& encoding : encodings_) {
    encoding.is_fed = false;
    encoding.offer.reset();
    encoding.stream.restart();
    encoding.requests.reset();
  }
}

void Track::make_layers(Encoding& encoding, const MediaPacket& packet) const {
  if (!packet.has_layers || encoding.tiers[0]) return;
  for (size_t layers = 0; layers < kAllLayers; ++layers) make_tier(encoding, layers);
}

// The source of this encoding is another from this packet on: what receivers have in hand ends
// here, and they begin again with its first keyframe (sound: at once).
void Track::hold_members(Encoding& encoding) {
  TierStream& full = *encoding.tiers[kAllLayers];
  for (auto& tier : encoding.tiers) {
    if (!tier) continue;
    hold_members(*tier, full);
    // A change of layers within the old source has nothing to change to any more.
    const std::vector<Subscription*> waiting = tier->waiting();
    for (Subscription* subscription : waiting) subscription->wait_for(full, JoinPoint::kKeyframe);
  }
  if (!full.waiting().empty() && kind_ != Kind::kAudio) encoding.requests.want();
}

void Track::hold_members(TierStream& tier, TierStream& next) {
  for (Route route : {Route::kViewers, Route::kLegs}) {
    for (Subscription* subscription : tier.audience(route).members) {
      subscription->hold();
      if (subscription->target() == nullptr) subscription->wait_for(next, JoinPoint::kKeyframe);
    }
  }
}

void Track::mark_cuts(Encoding& encoding, const MediaPacket& packet) {
  if (!packet.starts_frame || !packet.has_layers) return;
  for (auto& tier : encoding.tiers)
    for (Subscription* subscription : tier->waiting()) subscription->mark_cut();
}

void Track::distribute(Encoding& encoding, const MediaPacket& packet) {
  for (auto& tier : encoding.tiers) {
    if (!tier) continue;
    const TierStream::Outcome outcome = tier->accept(packet);
    if (!outcome.is_stored) continue;
    // What comes late has been waited for long enough.
    const bool is_late = outcome.number + 1 < tier->next_number();
    if (kind_ == Kind::kAudio || packet.marker || is_late)
      fanouts_.note(*tier);
    else
      fanouts_.hold(*tier, packet.arrival);
    admit(*tier, packet, outcome);
  }
}

// Lets in those who wait for what this packet is or completes.
void Track::admit(TierStream& tier, const MediaPacket& packet, const TierStream::Outcome& outcome) {
  if (tier.waiting().empty() || packet.is_padding) return;
  if (outcome.completes_keyframe) admit_at_keyframe(tier);
  const bool is_sound = kind_ == Kind::kAudio;
  if (!is_sound && !(packet.starts_frame && packet.has_layers)) return;
  const int64_t order = tier.end_order() - 1;
  const std::vector<Subscription*> waiting = tier.waiting();
  for (Subscription* subscription : waiting) {
    const JoinPoint point = subscription->join_point();
    const bool is_base = point == JoinPoint::kBaseFrame && packet.temporal_id == 0;
    const bool is_sync =
        point == JoinPoint::kLayerSync && packet.is_layer_sync && packet.temporal_id > 0;
    if (!is_sound && !is_base && !is_sync) continue;
    subscription->arm(outcome.number, order, !is_sound);
    fanouts_.of(subscription->route()).note_armed(*subscription);
  }
}

void Track::admit_at_keyframe(TierStream& tier) {
  const auto keyframe = tier.keyframe();
  if (!keyframe) return;
  const std::vector<Subscription*> waiting = tier.waiting();
  for (Subscription* subscription : waiting) {
    subscription->arm(keyframe->number, keyframe->order, false);
    fanouts_.of(subscription->route()).note_armed(*subscription);
  }
}

void Track::subscribe(Instant now, Subscription& subscription, TierId id, Duration keyframe_age) {
  Encoding& encoding = encodings_[id.encoding];
  TierStream* tier = encoding.tiers[id.layers].get();
  if (tier == nullptr || subscription.is_armed()) return;
  if (subscription.tier() == tier && !subscription.is_held()) return subscription.stop_waiting();
  if (subscription.target() != tier) {
    const auto current = id_of(subscription.tier());
    if (kind_ != Kind::kAudio && current && current->encoding == id.encoding &&
        !subscription.is_held()) {
      const bool is_fewer = id.layers < current->layers;
      return subscription.wait_for(*tier, is_fewer ? JoinPoint::kBaseFrame : JoinPoint::kLayerSync);
    }
    subscription.wait_for(*tier, JoinPoint::kKeyframe);
  }
  if (kind_ != Kind::kAudio && subscription.join_point() == JoinPoint::kKeyframe)
    find_keyframe(now, subscription, encoding, *tier, keyframe_age);
}

// Starts at the keyframe that is there, or sees to it that one comes.
void Track::find_keyframe(Instant now, Subscription& subscription, Encoding& encoding,
                          TierStream& tier, Duration age) {
  const auto keyframe = tier.keyframe();
  if (encoding.is_fed && keyframe && now - keyframe->arrival <= age) {
    subscription.arm(keyframe->number, keyframe->order, false);
    return fanouts_.of(subscription.route()).note_armed(subscription);
  }
  const auto arriving = tier.keyframe_arriving_since();
  if (!arriving || now - *arriving > kArrivalPatience) encoding.requests.want();
}

void Track::want_keyframe(const Subscription& subscription) {
  const TierStream* tier =
      subscription.target() != nullptr ? subscription.target() : subscription.tier();
  if (const auto id = id_of(tier)) encodings_[id->encoding].requests.want();
}

bool Track::take_keyframe_request(Instant now, size_t index) {
  Encoding& encoding = encodings_[index];
  if (kind_ == Kind::kAudio || !encoding.is_fed) return false;
  return encoding.requests.take_due(now, least_gap(index, smallest()));
}

Instant Track::next_keyframe_request() const {
  Instant next = Instant::never();
  const auto first = smallest();
  for (size_t index = 0; index < kMaxEncodings; ++index)
    if (encodings_[index].is_fed)
      next = std::min(next, encodings_[index].requests.next_due(least_gap(index, first)));
  return next;
}

// The encoding with the smallest picture, of those that have not fallen silent while others go on.
std::optional<size_t> Track::smallest() const {
  Instant newest;
  for (const Encoding& encoding : encodings_)
    if (encoding.is_fed) newest = std::max(newest, encoding.stream.last_media().value_or(newest));
  std::optional<size_t> found;
  uint32_t least = 0;
  for (size_t index = 0; index < kMaxEncodings; ++index) {
    const EncodingStream& stream = encodings_[index].stream;
    const auto& last = stream.last_media();
    if (!encodings_[index].is_fed || !last || newest - *last > kSilenceAlone) continue;
    const auto size = stream.size().value_or(codec::PictureSize{});
    const uint32_t height = std::min(size.width, size.height);
    if (found && height >= least) continue;
    found = index;
    least = height;
  }
  return found;
}

void Track::offer(Instant now, size_t index, const std::optional<Offer>& offer) {
  encodings_[index].offer = offer;
  encodings_[index].offered_at = now;
}

const Track::Offer* Track::fresh_offer(Instant now, const Encoding& encoding) const {
  return encoding.offer && now - encoding.offered_at <= kOfferAge ? &*encoding.offer : nullptr;
}

bool Track::is_wanted(size_t index) const {
  const auto has_takers = [](const std::unique_ptr<TierStream>& tier) {
    return tier && (!tier->waiting().empty() || !tier->audience(Route::kViewers).members.empty() ||
                    !tier->audience(Route::kLegs).members.empty());
  };
  const auto& tiers = encodings_[index].tiers;
  return std::any_of(tiers.begin(), tiers.end(), has_takers);
}

bool Track::has_media(Instant now, const Encoding& encoding) const {
  const auto& last = encoding.stream.last_media();
  return encoding.is_fed && last && now - *last <= kSilence[static_cast<size_t>(kind_)];
}

bool Track::is_active(Instant now) const {
  return std::any_of(encodings_.begin(), encodings_.end(), [&](const Encoding& encoding) {
    return has_media(now, encoding) || fresh_offer(now, encoding) != nullptr;
  });
}

bool Track::is_live(Instant now, size_t index) const {
  if (!has_media(now, encodings_[index])) return false;
  const Instant last = *encodings_[index].stream.last_media();
  return std::none_of(encodings_.begin(), encodings_.end(), [&](const Encoding& other) {
    const auto& others = other.stream.last_media();
    return other.is_fed && others && *others - last > kSilenceAlone;
  });
}

std::optional<Codec> Track::codec() const {
  for (const Encoding& encoding : encodings_)
    if (encoding.is_fed && encoding.stream.last_media()) return encoding.stream.codec();
  return std::nullopt;
}

// Encodings of one picture have one shape: the shorter side tells their order.
uint32_t Track::height(Instant now, size_t index) const {
  const Encoding& encoding = encodings_[index];
  const Offer* offer = fresh_offer(now, encoding);
  if (offer != nullptr && !is_live(now, index)) return offer->height;
  const auto& size = encoding.stream.size();
  return size ? std::min(size->width, size->height) : 0;
}

std::vector<LadderStep> Track::ladder(Instant now) const {
  std::vector<size_t> order;
  for (size_t index = 0; index < kMaxEncodings; ++index)
    if (is_live(now, index) || fresh_offer(now, encodings_[index]) != nullptr)
      order.push_back(index);
  std::ranges::sort(order, {}, [&](size_t index) { return std::pair(height(now, index), index); });
  std::vector<LadderStep> steps;
  for (size_t index : order) add_steps(now, index, index == order.front(), steps);
  return steps;
}

void Track::add_steps(Instant now, size_t index, bool is_smallest,
                      std::vector<LadderStep>& steps) const {
  const Encoding& encoding = encodings_[index];
  const Offer* offer = fresh_offer(now, encoding);
  if (offer != nullptr && !is_live(now, index))
    return steps.push_back({.id = {.encoding = static_cast<uint8_t>(index)},
                            .rate = offer->rate,
                            .height = offer->height,
                            .fps = offer->fps,
                            .is_asleep = offer->is_asleep});
  const uint8_t top = encoding.stream.top_temporal_id();
  for (uint8_t layers = 0; layers <= kAllLayers; ++layers) {
    const TierStream* tier = encoding.tiers[layers].get();
    // The last tier is the one with all layers, however few there are. A quarter of the frame rate
    // is offered for the smallest picture alone: a larger one at that rate serves nobody.
    if (tier == nullptr || (layers < kAllLayers && layers >= top)) continue;
    if (layers + 2 <= top && !is_smallest) continue;
    const auto fps = tier->meter().frames_per_second(now);
    LadderStep step{.id = {.encoding = static_cast<uint8_t>(index), .layers = layers},
                    .rate = tier->meter().rate(now),
                    .height = height(now, index),
                    .fps = fps.value_or(0)};
    // What has just begun again cannot be measured yet.
    if (offer != nullptr && layers == kAllLayers) {
      step.rate = std::max(step.rate, offer->rate);
      step.fps = fps.value_or(offer->fps);
    }
    steps.push_back(step);
  }
}

std::optional<TierId> Track::id_of(const TierStream* tier) const {
  if (tier == nullptr) return std::nullopt;
  for (size_t index = 0; index < kMaxEncodings; ++index)
    for (size_t layers = 0; layers <= kAllLayers; ++layers)
      if (encodings_[index].tiers[layers].get() == tier)
        return TierId{.encoding = static_cast<uint8_t>(index),
                      .layers = static_cast<uint8_t>(layers)};
  return std::nullopt;
}

std::optional<ClockReport> Track::report_at(Instant now, TierId id) const {
  return encodings_[id.encoding].stream.clock().report_at(now);
}

void Track::expire(Instant now) {
  for (Encoding& encoding : encodings_)
    for (auto& tier : encoding.tiers)
      if (tier) tier->expire(now);
}

}  // namespace lectern::forward
