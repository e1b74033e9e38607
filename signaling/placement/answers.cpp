#include "signaling/placement/answers.h"

#include "signaling/placement/requests.h"
#include "signaling/terms/caller.h"

#include <string>
#include <utility>

namespace lectern::signaling {

using control::Role;

namespace {

Problem wrong_answer() {
  return {RefusalCode::kWorkerWrong, "The media worker gave an answer that does not fit."};
}

// The request that an answer is for, its reserved places given back.
std::optional<Pending> take(const PlacementTurn& turn, const Worker& worker,
                            control::RequestNumber number) {
  auto pending = turn.tables.pending.take(number, worker.number);
  if (pending) release_places(turn, *pending);
  return pending;
}

// The older publisher session of a class ends; its page, if another one, is told ([P46]).
void end_replaced(const PlacementTurn& turn, const Publication::Replaced& replaced,
                  const std::string& by_client) {
  turn.tables.sessions.remove(replaced.session);
  turn.tell(SessionReplaced{replaced.session, by_client});
  // A page that has moved takes nobody's place; an encoder does not say whether it is the same.
  if (by_client.empty() || replaced.owner.client != by_client) ++turn.tables.totals.takeovers;
  turn.delete_at_worker(replaced.session);
}

void enter_publisher(const PlacementTurn& turn, const PendingCreate& create,
                     const SessionName& name) {
  const PublisherIdentity who{create.party.person, create.client, create.resumes};
  Publication& publication = turn.tables.publications[create.class_id];
  const Worker* older =
      publication.publisher() ? turn.tables.workers.find(publication.publisher()->worker) : nullptr;
  const bool is_move = older != nullptr && older->is_draining && older->number != name.worker;
  if (const auto waiting = publication.forget_successor())
    end_replaced(turn, *waiting, create.client);
  const auto replaced = is_move
                            ? publication.publisher_moves(turn.now(), name, who, create.claim)
                            : publication.publisher_created(turn.now(), name, who, create.claim);
  if (replaced) end_replaced(turn, *replaced, create.client);
}

}  // namespace

void let_succeed(const PlacementTurn& turn, Publication& publication) {
  const auto older = publication.succeed(turn.now());
  // It is the same page that has moved: nobody is thrown out.
  if (older) end_replaced(turn, *older, older->owner.client);
}

void on_session_created(const PlacementTurn& turn, const Worker& worker,
                        control::SessionCreated& created) {
  const SessionName name{worker.number, created.session};
  const auto pending = take(turn, worker, created.request);
  const auto* create = pending ? std::get_if<PendingCreate>(&pending->what) : nullptr;
  if (create == nullptr) {
    // Nobody waits any more: the client has gone, it took too long, or the class has ended.
    turn.delete_at_worker(name);
    if (pending) turn.answer(pending->asker, wrong_answer());
    return;
  }
  turn.tables.sessions.add(name, {.class_id = create->class_id,
                                  .role = create->role,
                                  .phase = control::SessionPhase::kConnecting,
                                  .party = create->party,
                                  .client = create->client,
                                  .etag = created.etag,
                                  .auth_until = create->auth_until});
  if (create->role == Role::kPublish) enter_publisher(turn, *create, name);
  turn.tell(Answered{pending->asker, Answered::Created{.class_id = create->class_id,
                                                       .role = create->role,
                                                       .session = name,
                                                       .etag = std::move(created.etag),
                                                       .answer = std::move(created.answer)}});
}

void on_session_refused(const PlacementTurn& turn, const Worker& worker,
                        const control::SessionRefused& refused) {
  auto pending = turn.tables.pending.take(refused.request, worker.number);
  if (!pending) return;
  Problem problem = {refused.code, refused.detail, static_cast<int>(refused.retry_after)};
  auto* const create = std::get_if<PendingCreate>(&pending->what);
  if (create != nullptr && problem.kind().status == 503) {
    if (refused.retry_after > 0) create->busy = std::move(problem);
    return try_elsewhere(turn, std::move(*pending));
  }
  release_places(turn, *pending);
  turn.answer(pending->asker, std::move(problem));
}

void on_session_patched(const PlacementTurn& turn, const Worker& worker,
                        control::SessionPatched& patched) {
  const auto pending = take(turn, worker, patched.request);
  if (!pending) return;
  const auto* what = std::get_if<PendingPatch>(&pending->what);
  if (what == nullptr) return turn.answer(pending->asker, wrong_answer());
  if (Session* session = turn.tables.sessions.find(what->session);
      session != nullptr && !patched.etag.empty())
    session->etag = patched.etag;
  turn.tell(Answered{pending->asker,
                     Answered::Patched{std::move(patched.etag), std::move(patched.content)}});
}

void on_session_deleted(const PlacementTurn& turn, const Worker& worker,
                        const control::SessionDeleted& deleted) {
  const auto pending = take(turn, worker, deleted.request);
  if (!pending) return;
  const auto* what = std::get_if<PendingDelete>(&pending->what);
  if (what == nullptr) return turn.answer(pending->asker, wrong_answer());
  end_session(turn, what->session, nullptr, true);
  turn.tell(Answered{pending->asker, Answered::Deleted{}});
}

void end_session(const PlacementTurn& turn, const SessionName& name, const char* move_reason,
                 bool ended) {
  const auto session = turn.tables.sessions.remove(name);
  if (!session) return;
  turn.touch(session->class_id);
  if (session->role == Role::kPublish)
    if (Publication* publication = turn.tables.find_publication(session->class_id))
      publication->publisher_gone(turn.now(), name, ended);
  if (!turn.tables.sessions.has_sessions(session->class_id))
    turn.tables.workers.forget_class(session->class_id);
  turn.tell(SessionOver{name, move_reason});
}

void end_outlived_sessions(const PlacementTurn& turn) {
  const std::int64_t ended_before = turn.context.unix_seconds - kAuthLeeway;
  for (const SessionName& name : turn.tables.sessions.ended_by(ended_before)) {
    turn.delete_at_worker(name);
    end_session(turn, name, nullptr, true);
  }
}

void end_class_sessions(const PlacementTurn& turn, std::string_view class_id) {
  for (const SessionName& name : turn.tables.sessions.of_class(class_id)) {
    turn.delete_at_worker(name);
    end_session(turn, name, "class", true);
  }
}

}  // namespace lectern::signaling
