// How sessions of a Worker begin and end.
#include "media/ice/ufrag.h"
#include "media/worker/worker_parts.h"

#include <utility>

namespace lectern::worker {
namespace {

constexpr size_t kSessionIdBytes = 16;

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Unreadable";
    case 404:
      return "Unknown session";
    case 406:
      return "No codec in common";
    case 412:
      return "Precondition failed";
    case 422:
      return "Not negotiable";
    default:
      return "Server full";
  }
}

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

}  // namespace

std::string Worker::Parts::ufrag(SlotId id, uint8_t restarts) const {
  return ice::encode_ufrag({.slot = id.slot, .generation = id.generation, .restart = restarts},
                           ufrag_key);
}

void Worker::Parts::refuse(control::RequestNumber request, int status, std::string detail) {
  statistics.count_refused(status);
  tell(control::SessionRefused{.request = request,
                               .status = static_cast<uint32_t>(status),
                               .title = std::string(title_of(status)),
                               .detail = std::move(detail)});
}

// Why no session can be taken; empty when one can.
std::string_view Worker::Parts::fullness(const control::CreateSession& message) const {
  if (is_draining) return "This worker is being drained.";
  if (registry.peers().size() >= config.limits.sessions) return "This worker has no seat left.";
  if (connecting >= config.limits.connecting)
    return "Too many sessions are connecting at this moment.";
  if (!registry.has_class(message.class_id) && registry.classes().size() >= config.limits.classes)
    return "This worker has no room for another class.";
  return {};
}

void Worker::Parts::handle(Instant now, const control::CreateSession& message) {
  if (const std::string_view full = fullness(message); !full.empty())
    return refuse(message.request, 503, std::string(full));
  const SlotId id = registry.peers().next_id();
  auto negotiated = negotiate(message.role, message.offer, ufrag(id, 0), context.fingerprint(),
                              config.media_endpoints, rng);
  if (!negotiated)
    return refuse(message.request, negotiated.error().status, negotiated.error().sentence);
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
  registry.peers().emplace(now, std::move(negotiated.transport), context, rng, drops);
  Peer& peer = registry.peers().at(id);
  peer.id = id;
  peer.class_id = class_id;
  peer.role = message.role;
  peer.session = rng.hex(kSessionIdBytes);
  peer.remote_ufrag = negotiated.answer.session.remote_ufrag;
  peer.etag = quoted(local_ufrag);
  if (message.role == control::Role::kPublish)
    peer.publisher =
        std::make_unique<PublisherSession>(negotiated.answer.session, rng.next_u32(), rng.hex(8));
  else
    peer.viewer =
        std::make_unique<ViewerSession>(id, negotiated.answer.session, negotiated.streams, rng);
  registry.enter_peer(peer);
  ++connecting;
  registry.schedule(now, peer);
  return peer;
}

void Worker::Parts::handle(Instant now, const control::PatchSession& message) {
  Peer* peer = registry.find_session(message.session);
  if (peer == nullptr) return refuse(message.request, 404, "There is no such session.");
  const bool is_any = message.if_match.empty() || message.if_match == "*";
  if (!is_any && message.if_match != peer->etag)
    return refuse(message.request, 412, "The session has restarted ICE since.");
  const auto fragment = sdp::parse_fragment(message.content);
  if (!fragment) return refuse(message.request, 400, "The fragment cannot be read.");
  if (!fragment->ufrag.empty() && fragment->ufrag != peer->remote_ufrag)
    return restart_ice(now, *peer, message, *fragment);
  // Trickled candidates: a lite agent learns addresses from checks alone.
  tell(control::SessionPatched{.request = message.request, .content = {}, .etag = peer->etag});
}

void Worker::Parts::restart_ice(Instant now, Peer& peer, const control::PatchSession& message,
                                const sdp::Fragment& fragment) {
  ++peer.restarts;
  peer.remote_ufrag = fragment.ufrag;
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
  ClassMedia& media = registry.classes().at(peer->class_id);
  choose(now, *peer, media);
  follow_demand(now, media);
  follow_requests(now, media);
}

void Worker::Parts::handle(Instant /*now*/, const control::Drain& /*message*/) {
  is_draining = true;
}

void Worker::Parts::handle_connected(Instant now, Peer& peer) {
  --connecting;
  peer.phase = control::SessionPhase::kConnected;
  tell_phase(peer, "");
  ClassMedia& media = registry.classes().at(peer.class_id);
  if (peer.viewer) {
    peer.viewer->connect(now, media, rng);
    choose(now, peer, media);
    follow_demand(now, media);
    return follow_requests(now, media);
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
  if (peer.phase == control::SessionPhase::kConnecting) --connecting;
  peer.phase = control::SessionPhase::kClosed;
  tell_phase(peer, reason);
  statistics.count_closed(reason);
  if (peer.viewer) peer.viewer->leave();
  peer.transport.close();
  const SlotId class_id = peer.class_id;
  registry.retire_peer(peer);
  // Found by id until fill() has sent its goodbye.
  egress.note(peer);
  if (ClassMedia* media = registry.classes().find(class_id)) find_source(now, *media);
}

void Worker::Parts::tell_phase(const Peer& peer, std::string_view reason) {
  tell(control::SessionState{.session = peer.session,
                             .class_id = registry.classes().at(peer.class_id).name(),
                             .role = peer.role,
                             .phase = peer.phase,
                             .reason = std::string(reason)});
}

}  // namespace lectern::worker
