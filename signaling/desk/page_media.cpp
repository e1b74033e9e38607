// Desk: which media session is which page's, and what pages say and hear about theirs.
#include "base/overloaded.h"
#include "signaling/desk/desk.h"
#include "signaling/desk/messages.h"

#include <utility>
#include <variant>

namespace lectern::signaling {

using control::Role;
using Json = nlohmann::json;

namespace {

constexpr Duration kClaimLimit = Duration::seconds(5);  // [P35]

bool may_have(const Member& member, const Session& session) {
  return session.class_id == member.class_id && member.caller.may_change(session.party.person) &&
         (session.role == Role::kView || member.role == PageRole::kTeacher);
}

// Tells the worker of the page's viewer session what the page wants at most; also "everything"
// ([P103]), since the worker may still hold a limit that was taken back while nobody heard it.
void tell_limit(const DeskContext& context, const Member& member) {
  if (member.media.session && !member.media.waits_since)
    context.placement.limit(context.of_placement, *member.media.session, member.limit);
}

void tell_sources(const DeskContext& context, const Member& member) {
  if (member.media.session && !member.media.waits_since && member.sources)
    context.placement.set_wanted(context.of_placement, *member.media.session, *member.sources);
}

}  // namespace

const char* Desk::on_media(const DeskContext& context, Member& member, const Json& message) {
  auto media = read_media(message);
  if (!media) return media.error();
  context.touch(member.class_id);
  if (!media->session) {
    members_.claim(member, std::nullopt);
    return nullptr;
  }
  const SessionName& name = *media->session;
  const Session* session = context.placement.sessions().find(name);
  if (session != nullptr && may_have(member, *session)) {
    attach(context, member, name, *session);
  } else if (session == nullptr && context.placement.workers().ready(name.worker) == nullptr) {
    members_.claim_early(member, name, context.now());
  } else {
    release(context, member, "gone");
  }
  return nullptr;
}

const char* Desk::on_limit(const DeskContext& context, Member& member, const Json& message) {
  const auto limit = read_limit(message);
  if (!limit) return limit.error();
  member.limit = limit->limit;
  tell_limit(context, member);
  return nullptr;
}

const char* Desk::on_sources(const DeskContext& context, Member& member, const Json& message) {
  const auto sources = read_sources(message);
  if (!sources) return sources.error();
  if (member.role != PageRole::kTeacher) {
    context.send(member.id, error_text({RefusalCode::kNotAllowed, "Only a teacher has sources."}));
    return nullptr;
  }
  member.sources = sources->sources;
  tell_sources(context, member);
  return nullptr;
}

// ------------------------------------------------------------------------------ media claims

void Desk::attach(const DeskContext& context, Member& member, const SessionName& name,
                  const Session& session) {
  Placement& placement = context.placement;
  members_.claim(member, name);
  if (member.caller.person == session.party.person) placement.prolong(name, member.auth_until);
  context.touch(member.class_id);
  placement.move_if_draining(context.of_placement, name);
  if (session.role == Role::kPublish) {
    tell_sources(context, member);
  } else {
    tell_limit(context, member);
    context.of_placement.events.emplace_back(
        JoinAudience{member.id, {member.class_id, name.worker}});
  }
  tell_media(context, member);
}

// What holds for the page's session, if it has one.
void Desk::tell_media(const DeskContext& context, const Member& member) const {
  const auto& name = member.media.session;
  const Session* session = name ? context.placement.sessions().find(*name) : nullptr;
  if (session == nullptr) return;
  if (session->demand) context.send(member.id, encodings_text(*name, *session->demand));
  for (const control::Unusable& unusable : session->unusable)
    context.send(member.id, unusable_text(*name, unusable));
  if (session->rung) context.send(member.id, rung_text(*session->rung));
  if (session->role != Role::kView) return;
  if (const auto* times = context.placement.workers().times(name->worker, member.class_id))
    context.send(member.id, times_text(name->worker, *times));
}

// The page has no session any more; it should make another one.
void Desk::release(const DeskContext& context, Member& member, const char* move_reason) {
  members_.claim(member, std::nullopt);
  send_move(context, member.id, move_reason);
}

void Desk::send_move(const DeskContext& context, ConnectionId page, const char* reason) {
  ++moves_;
  context.send(page, move_text(reason));
}

// A worker has listed its sessions: what pages have claimed there is found now, or is gone ([P35]).
void Desk::resolve_claims(const DeskContext& context, control::WorkerNumber worker) {
  for (const ConnectionId id : members_.ids()) {
    Member& member = *members_.find(id);
    if (!member.media.waits_since || member.media.session->worker != worker) continue;
    const SessionName name = *member.media.session;
    const Session* session = context.placement.sessions().find(name);
    if (session != nullptr && may_have(member, *session)) {
      attach(context, member, name, *session);
    } else {
      release(context, member, "gone");
    }
  }
}

void Desk::give_up_claims(const DeskContext& context) {
  for (const ConnectionId id : members_.ids()) {
    Member& member = *members_.find(id);
    const auto since = member.media.waits_since;
    if (since && context.now() >= *since + kClaimLimit) release(context, member, "gone");
  }
}

// ---------------------------------------------------------------------- what placement says

void Desk::on_news(const DeskContext& context, const NewsItem& item) {
  const SessionDirectory& sessions = context.placement.sessions();
  std::visit(
      Overloaded{
          [&](const WorkerListed& listed) { resolve_claims(context, listed.worker); },
          [&](const SessionOver& over) {
            Member* member = members_.of_media(over.session);
            if (member == nullptr) return;
            members_.claim(*member, std::nullopt);
            if (over.move_reason != nullptr) send_move(context, member->id, over.move_reason);
          },
          [&](const SessionReplaced& replaced) {
            Member* member = members_.of_media(replaced.session);
            if (member == nullptr) return;
            members_.claim(*member, std::nullopt);
            if (member->client != replaced.by_client) context.send(member->id, replaced_text());
          },
          [&](const SessionShouldMove& move) {
            if (const Member* member = members_.of_media(move.session))
              send_move(context, member->id, "drain");
          },
          [&](const RungChanged& changed) {
            const Session* session = sessions.find(changed.session);
            const Member* member = members_.of_media(changed.session);
            if (member != nullptr && session != nullptr && session->rung)
              context.send(member->id, rung_text(*session->rung));
          },
          [&](const DemandChanged& changed) {
            const Session* session = sessions.find(changed.session);
            const Member* member = members_.of_media(changed.session);
            if (member != nullptr && session != nullptr && session->demand)
              context.send(member->id, encodings_text(changed.session, *session->demand));
          },
          [&](const TimesChanged& changed) {
            const auto* times = context.placement.workers().times(changed.worker, changed.class_id);
            if (times != nullptr)
              context.broadcast({changed.class_id, changed.worker},
                                times_text(changed.worker, *times), Lane::kReplaceable, "times");
          },
          [&](const UnusableChanged& changed) {
            if (const Member* member = members_.of_media(changed.session))
              context.send(member->id, unusable_text(changed.session, changed.what));
          },
          [](const ClassListed&) {}, [](const Answered&) {}},
      item);
}

}  // namespace lectern::signaling
