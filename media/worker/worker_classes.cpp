// What a Worker does for its classes: lets receivers choose, asks sources, tells signaling.
#include "media/worker/worker_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::worker {

void Worker::Parts::look_after(Instant now, SlotId class_id) {
  ClassMedia& media = *registry.touch(class_id);
  media.scheduled = Instant::never();
  const ClassMedia::Due due = media.handle_timeout(now);
  note_source_change(now, media);
  media.note_demand();
  tell_unusable(now, media);
  if (due.source_state) tell_source(now, media);
  if (due.audience) tell_audience(media);
  tell_times(now, media);
  registry.timers().set({TimerKey::Kind::kClass, class_id}, media.scheduled, media.next_timeout());
}

// If there is another choice now, all receivers choose again.
void Worker::Parts::note_source_change(Instant now, ClassMedia& media) {
  if (!media.take_change(now)) return;
  tell_source(now, media);
  for (SlotId id : media.viewers) {
    Peer& viewer = registry.peers().at(id);
    if (viewer.phase == control::SessionPhase::kConnected) choose(now, viewer, media);
  }
  for (SlotId id : media.senders) {
    LegSender& sender = registry.senders().at(id);
    sender.report_soon(now);
    egress.note(id, sender);
  }
  media.note_demand();
}

// A class without a source takes what is still there: a publisher before a leg.
void Worker::Parts::find_source(Instant now, ClassMedia& media) {
  using Source = ClassMedia::Source;
  if (media.source().kind == Source::Kind::kNone) {
    if (!media.receivers.empty())
      media.set_source({.kind = Source::Kind::kLeg, .id = media.receivers.back()});
    for (SlotId id : media.publishers)
      if (registry.peers().at(id).phase == control::SessionPhase::kConnected)
        media.set_source({.kind = Source::Kind::kPublisher, .id = id});
  }
  note_source_change(now, media);
}

void Worker::Parts::choose(Instant now, Peer& viewer, ClassMedia& media) {
  viewer.viewer->choose(now, media);
  media.note_demand();
  const auto rung = viewer.viewer->take_rung_change();
  if (!rung) return;
  tell(control::SessionRung{
      .session = viewer.session, .rung = rung->name, .fps = rung->fps, .reason = rung->reason});
}

void Worker::Parts::ask_for_keyframes(Instant now, ClassMedia& media) {
  const Instant next = media.next_keyframe_request();
  if (next.is_never()) return;
  const SlotId id = media.source().id;
  if (media.source().kind == ClassMedia::Source::Kind::kPublisher) {
    Peer& peer = registry.peers().at(id);
    if (next <= now) egress.note(peer);
    registry.schedule(now, peer);
  } else if (media.source().kind == ClassMedia::Source::Kind::kLeg) {
    LegReceiver& receiver = registry.receivers().at(id);
    if (next <= now) egress.note(id, receiver);
    registry.schedule(now, id, receiver);
  }
}

void Worker::Parts::ask_for_encodings(Instant now, ClassMedia& media) {
  const SlotId id = media.source().id;
  if (media.source().kind == ClassMedia::Source::Kind::kPublisher) {
    if (registry.peers().at(id).publisher->follow_demand(now, media)) tell_demand(media);
  } else if (media.source().kind == ClassMedia::Source::Kind::kLeg) {
    LegReceiver& receiver = registry.receivers().at(id);
    if (receiver.follow_demand(now, media)) egress.note(id, receiver);
  }
}

void Worker::Parts::tell_demand(const ClassMedia& media) {
  if (media.source().kind != ClassMedia::Source::Kind::kPublisher) return;
  const Peer& peer = registry.peers().at(media.source().id);
  control::SourceDemand demand{.class_id = media.name(),
                               .session = peer.session,
                               .camera = peer.publisher->needed_rids(kCamera),
                               .screen = peer.publisher->needed_rids(kScreen)};
  if (!demand.camera.empty() || !demand.screen.empty()) tell(std::move(demand));
}

void Worker::Parts::tell_source(Instant now, ClassMedia& media) {
  if (media.source().kind != ClassMedia::Source::Kind::kPublisher) return;
  tell(control::SourceState{.class_id = media.name(),
                            .session = registry.peers().at(media.source().id).session,
                            .tracks = media.track_states(now)});
}

void Worker::Parts::tell_unusable(Instant now, ClassMedia& media) {
  if (media.source().kind != ClassMedia::Source::Kind::kPublisher) return;
  Peer& peer = registry.peers().at(media.source().id);
  while (const auto change = peer.publisher->take_unusable(now, media)) {
    if (change->reason) statistics.count_unusable(UnusableWatch::name(*change->reason));
    tell_unusable(media, *change);
  }
}

void Worker::Parts::tell_unusable(const ClassMedia& media, const UnusableWatch::Change& change) {
  static constexpr std::array<std::string_view, kTracks + 1> kNames = {"audio", "camera", "screen",
                                                                       ""};
  tell(control::Unusable{
      .class_id = media.name(),
      .session = registry.peers().at(media.source().id).session,
      .track = std::string(kNames[change.track]),
      .reason = std::string(change.reason ? UnusableWatch::name(*change.reason) : "")});
}

void Worker::Parts::repeat_unusable(const ClassMedia& media) {
  if (media.source().kind != ClassMedia::Source::Kind::kPublisher) return;
  const Peer& peer = registry.peers().at(media.source().id);
  for (const UnusableWatch::Change& change : peer.publisher->told_unusable())
    tell_unusable(media, change);
}

void Worker::Parts::tell_audience(ClassMedia& media) {
  std::map<std::string, uint32_t> counts;
  for (SlotId id : media.viewers) {
    const Peer& viewer = registry.peers().at(id);
    if (viewer.phase == control::SessionPhase::kConnected) ++counts[viewer.viewer->rung().name];
  }
  if (counts.empty() && !media.audience_was_reported) return;
  media.audience_was_reported = !counts.empty();
  control::Audience audience{.class_id = media.name(), .rungs = {}};
  for (const auto& [rung, viewers] : counts)
    audience.rungs.push_back({.rung = rung, .viewers = viewers});
  tell(std::move(audience));
}

// Pages of viewers here want them; who comes later is told by signaling.
void Worker::Parts::tell_times(Instant now, ClassMedia& media) {
  if (media.viewers.empty()) return media.tell_times_anew();
  if (auto tracks = media.take_times(now))
    tell(control::MediaTimes{.class_id = media.name(), .tracks = std::move(*tracks)});
}

void Worker::Parts::tell_empty_audience(ClassMedia& media) {
  if (!std::exchange(media.audience_was_reported, false)) return;
  tell(control::Audience{.class_id = media.name(), .rungs = {}});
}

void Worker::Parts::report_load(Instant now) {
  Statistics::Gauges gauges;
  registry.classes().for_each([&gauges](SlotId, const ClassMedia& media) {
    gauges.viewers += media.viewers.size();
    gauges.publishers += media.publishers.size();
  });
  gauges.classes = registry.classes().size();
  gauges.legs = registry.senders().size() + registry.receivers().size();
  gauges.paths = registry.path_count();
  gauges.packets = registry.slab().in_use();
  tell(statistics.report(now, gauges, drops));
}

}  // namespace lectern::worker
