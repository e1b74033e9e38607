// How sessions of a Worker begin and end.
#include "media/ice/ufrag.h"
#include "media/worker/worker_parts.h"

#include <ranges>
#include <string_view>
#include <utility>

namespace lectern::worker {
namespace {

constexpr size_t kSessionIdBytes = 16;
// When all places for connecting are taken, one is free again within a second or two.
constexpr uint32_t kConnectingRetryAfter = 1;  // seconds
// Who is given up for a newcomer then: nothing came of it for so long, from the start or any more.
constexpr Duration kNeverHeard = Duration::seconds(2);
constexpr Duration kNotHeardAnyMore = Duration::seconds(5);
constexpr size_t kMostLookedAt = 256;  // of the oldest, for one newcomer

RefusalCode code_of(const sdp::Refusal& refusal) {
  switch (refusal.status) {
    case 406:
      return RefusalCode::kNoCodec;
    case 422:
      return RefusalCode::kNotNegotiable;
    default:
      return RefusalCode::kUnreadable;
  }
}

// What has been trickled for these may still be on its way (RFC 8840 §4.4).
constexpr size_t kFormerUfrags = 8;
constexpr std::string_view kRestartedSince = "The session has restarted ICE since.";

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

}  // namespace

std::string Worker::Parts::ufrag(SlotId id, uint8_t restarts) const {
  return ice::encode_ufrag({.slot = id.slot, .generation = id.generation, .restart = restarts},
                           ufrag_key);
}

void Worker::Parts::refuse(control::RequestNumber request, RefusalCode code, std::string detail,
                           uint32_t retry_after) {
  statistics.count_refused(kind_of(code).status);
  tell(control::SessionRefused{
      .request = request, .code = code, .detail = std::move(detail), .retry_after = retry_after});
}

// Publishers and viewers do not take each other's places.
std::optional<Worker::Parts::Fullness> Worker::Parts::fullness(
    Instant now, const control::CreateSession& message) {
  const SessionLimits& limits = config.limits;
  const bool publishes = message.role == control::Role::kPublish;
  const Seats& of_role = seats_of(message.role);
  if (is_draining) return Fullness{RefusalCode::kFull, "This worker is being drained."};
  if (of_role.taken >= (publishes ? limits.publishers : limits.sessions))
    return Fullness{RefusalCode::kFull, "This worker has no seat left."};
  const size_t classes = limits.classes + (publishes ? limits.publishers : 0);
  if (!registry.has_class(message.class_id) && registry.classes().size() >= classes)
    return Fullness{RefusalCode::kFull, "This worker has no room for another class."};
  const size_t connecting = publishes ? limits.connecting_publishers : limits.connecting;
  if (of_role.connecting.size() >= connecting && !give_up_silent(now, message.role))
    return Fullness{RefusalCode::kBusy, "Too many sessions are connecting at this moment.",
                    kConnectingRetryAfter};
  return std::nullopt;
}

bool Worker::Parts::give_up_silent(Instant now, control::Role role) {
  for (const auto& [created_at, id] : seats_of(role).connecting | std::views::take(kMostLookedAt)) {
    Peer& peer = registry.peers().at(id);
    const auto heard = peer.transport.last_heard();
    if (heard ? now - *heard < kNotHeardAnyMore : now - created_at < kNeverHeard) continue;
    close(now, peer, "timeout");
    return true;
  }
  return false;
}

void Worker::Parts::handle(Instant now, const control::CreateSession& message) {
  if (const auto full = fullness(now, message))
    return refuse(message.request, full->code, std::string(full->sentence), full->retry_after);
  const SlotId id = registry.peers().next_id();
  auto negotiated = negotiate(message.role, message.offer, ufrag(id, 0), context.fingerprint(),
                              config.media_endpoints, rng);
  if (!negotiated)
    return refuse(message.request, code_of(negotiated.error()), negotiated.error().sentence);
  const std::string answer = negotiated->answer.text;
  const Peer& peer = open(now, message, id, std::move(*negotiated));
  statistics.count_created(message.role);
  tell(control::SessionCreated{
      .request = message.request, .session = peer.session, .answer = answer, .etag = peer.etag});
}

Peer& Worker::Parts::open(Instant now, const control::CreateSession& message, SlotId id,
                          Negotiated negotiated) {
  const SlotId class_id = registry.class_of(now, message.class_id);
  const std::string local_ufrag = negotiated.transport.local.ufrag;
  negotiated.transport.media_is_consent = message.role == control::Role::kPublish;
  registry.peers().emplace(now, std::move(negotiated.transport), context, rng, drops);
  Peer& peer = registry.peers().at(id);
  peer.id = id;
  peer.class_id = class_id;
  peer.role = message.role;
  peer.session = rng.hex(kSessionIdBytes);
  peer.owner = message.owner.substr(0, control::kMaxOwner);
  peer.remote_ufrag = negotiated.answer.session.remote_ufrag;
  peer.remote_pwd = negotiated.answer.session.remote_pwd;
  peer.etag = quoted(local_ufrag);
  if (message.role == control::Role::kPublish) {
    const uint32_t ssrc = rng.next_u32();
    peer.publisher =
        std::make_unique<PublisherSession>(negotiated.answer.session, ssrc, rng.hex(8));
  } else {
    peer.viewer =
        std::make_unique<ViewerSession>(id, negotiated.answer.session, negotiated.streams, rng);
  }
  registry.enter_peer(peer);
  Seats& of_role = seats_of(message.role);
  ++of_role.taken;
  of_role.connecting.emplace(peer.created_at, id);
  registry.schedule(now, peer);
  return peer;
}

void Worker::Parts::handle(Instant now, const control::PatchSession& message) {
  Peer* peer = registry.find_session(message.session);
  if (peer == nullptr)
    return refuse(message.request, RefusalCode::kUnknownSession, "There is no such session.");
  const std::string& if_match = message.if_match;
  if (!if_match.empty() && if_match != "*" && if_match != peer->etag)
    return refuse(message.request, RefusalCode::kPreconditionFailed, std::string(kRestartedSince));
  const auto fragment = sdp::parse_fragment(message.content);
  if (!fragment) {
    return refuse(message.request, RefusalCode::kUnreadable,
                  "The fragment cannot be read: " + fragment.error().sentence);
  }
  const std::string& ufrag = fragment->ufrag;
  if (ufrag == peer->remote_ufrag && fragment->pwd != peer->remote_pwd) {
    return refuse(
        message.request, RefusalCode::kUnreadable,
        "The fragment has a new a=ice-pwd for the old a=ice-ufrag: to restart ICE, change "
        "both.");
  }
  const auto& former = peer->former_ufrags;
  if (std::find(former.begin(), former.end(), ufrag) != former.end())
    return refuse(message.request, RefusalCode::kPreconditionFailed, std::string(kRestartedSince));
  if (!ufrag.empty() && ufrag != peer->remote_ufrag)
    return restart_ice(now, *peer, message, *fragment);
  // Trickled candidates: a lite agent learns addresses from checks alone.
  tell(control::SessionPatched{.request = message.request, .content = {}, .etag = peer->etag});
}

void Worker::Parts::restart_ice(Instant now, Peer& peer, const control::PatchSession& message,
                                const sdp::Fragment& fragment) {
  ++peer.restarts;
  if (peer.former_ufrags.size() == kFormerUfrags)
    peer.former_ufrags.erase(peer.former_ufrags.begin());
  peer.former_ufrags.push_back(peer.remote_ufrag);
  peer.remote_ufrag = fragment.ufrag;
  peer.remote_pwd = fragment.pwd;
  const std::string local_ufrag = ufrag(peer.id, peer.restarts);
  const std::string password = rng.ice_chars(kPasswordSize);
  peer.etag = quoted(local_ufrag);
  peer.transport.restart_ice(now, {.ufrag = local_ufrag, .password = password},
                             {.ufrag = fragment.ufrag, .password = fragment.pwd});
  sdp::Fragment answer;
  answer.ufrag = local_ufrag;
  answer.pwd = password;
  answer.mid = fragment.mid;
  answer.is_ice_lite = true;
  answer.candidates = host_candidates(config.media_endpoints);
  answer.end_of_candidates = true;
  tell(control::SessionPatched{
      .request = message.request, .content = sdp::write_fragment(answer), .etag = peer.etag});
  follow(now, peer);
}

void Worker::Parts::handle(Instant now, const control::DeleteSession& message) {
  if (Peer* peer = registry.find_session(message.session)) close(now, *peer, "deleted");
  if (message.request != 0) tell(control::SessionDeleted{.request = message.request});
}

void Worker::Parts::handle(Instant now, const control::LimitTier& message) {
  Peer* peer = registry.find_session(message.session);
  if (peer == nullptr || !peer->viewer) return;
  peer->viewer->limit(message.limit, message.max_height);
  choose(now, *peer, *registry.touch(peer->class_id));
}

void Worker::Parts::handle(Instant /*now*/, const control::Drain& /*message*/) {
  is_draining = true;
}

void Worker::Parts::handle_connected(Instant now, Peer& peer) {
  seats_of(peer.role).connecting.erase({peer.created_at, peer.id});
  registry.open_paths(now, peer);
  peer.phase = control::SessionPhase::kConnected;
  tell_phase(peer, "");
  ClassMedia& media = *registry.touch(peer.class_id);
  if (peer.viewer) {
    peer.viewer->connect(now, media, rng);
    return choose(now, peer, media);
  }
  // The last publisher to connect teaches; one who only posts an offer disturbs nobody.
  const std::vector<SlotId> others = media.publishers;
  media.set_source({.kind = ClassMedia::Source::Kind::kPublisher, .id = peer.id});
  for (SlotId other : others) {
    Peer& before = registry.peers().at(other);
    if (&before != &peer && before.phase == control::SessionPhase::kConnected)
      close(now, before, "replaced");
  }
  note_source_change(now, media);
}

void Worker::Parts::close(Instant now, Peer& peer, std::string_view reason) {
  if (peer.phase == control::SessionPhase::kClosed) return;
  Seats& of_role = seats_of(peer.role);
  --of_role.taken;
  of_role.connecting.erase({peer.created_at, peer.id});
  peer.phase = control::SessionPhase::kClosed;
  tell_phase(peer, reason);
  statistics.count_closed(reason);
  if (peer.viewer) peer.viewer->leave();
  peer.transport.close();
  const SlotId class_id = peer.class_id;
  ClassMedia& left = *registry.touch(class_id);
  if (peer.viewer && left.viewers.size() == 1) tell_empty_audience(left);
  registry.retire_peer(peer);
  // Found by id until fill() has sent its goodbye.
  egress.note(peer);
  if (ClassMedia* media = registry.touch(class_id)) find_source(now, *media);
}

void Worker::Parts::tell_phase(const Peer& peer, std::string_view reason) {
  tell(control::SessionState{.session = peer.session,
                             .class_id = registry.classes().at(peer.class_id).name(),
                             .role = peer.role,
                             .phase = peer.phase,
                             .reason = std::string(reason)});
}

}  // namespace lectern::worker
