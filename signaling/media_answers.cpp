#include "signaling/media_answers.h"

#include "signaling/media_requests.h"
#include "signaling/page_messages.h"
#include "signaling/replies.h"
#include "signaling/request_checks.h"

#include <string>
#include <utility>

namespace lectern::signaling {

using control::Role;

namespace {

void wrong_answer(const Turn& turn, const Asker& asker) {
  reply_problem(asker, {502, "Bad gateway", "The media worker gave an answer that does not fit."},
                turn.events);
}

// The request that an answer is for, its reserved places given back.
std::optional<Pending> take(const Turn& turn, const Worker& worker, control::RequestNumber number) {
  auto pending = turn.tables.pending.take(number, worker.number);
  if (pending) release_places(turn, *pending);
  return pending;
}

// The older publisher session of a class ends; its page, if another one, is told first ([P46]).
void end_replaced(const Turn& turn, const Classroom::Replaced& replaced,
                  const std::string& by_client) {
  Tables& tables = turn.tables;
  Page* page = tables.roster.page_of(replaced.session);
  if (page != nullptr) tables.roster.claim(*page, std::nullopt);
  if (page != nullptr && page->client != by_client) turn.send(page->id, replaced_text());
  tables.sessions.remove(replaced.session);
  // A page that has moved takes nobody's place; an encoder does not say whether it is the same.
  if (by_client.empty() || replaced.owner.client != by_client) ++tables.totals.takeovers;
  turn.send(replaced.session.worker,
            control::DeleteSession{.request = 0, .session = replaced.session.id});
}

void enter_session(const Turn& turn, const PendingCreate& create, const SessionName& name,
                   const std::string& etag, Classroom& room) {
  Tables& tables = turn.tables;
  tables.sessions.add(name, {.class_id = create.class_id,
                             .role = create.role,
                             .phase = control::SessionPhase::kConnecting,
                             .party = create.party,
                             .client = create.client,
                             .etag = etag,
                             .auth_until = create.auth_until});
  if (create.role != Role::kPublish) return;
  const PublisherIdentity who{create.party.person, create.client, create.resumes};
  const Worker* older = room.publisher() ? tables.workers.find(room.publisher()->worker) : nullptr;
  const bool is_move = older != nullptr && older->is_draining && older->number != name.worker;
  const auto pending = room.forget_successor();
  if (pending) end_replaced(turn, *pending, create.client);
  const auto replaced = is_move ? room.publisher_moves(turn.now, name, who, create.claim)
                                : room.publisher_created(turn.now, name, who, create.claim);
  if (replaced) end_replaced(turn, *replaced, create.client);
}

}  // namespace

void give_up(const Turn& turn, const PendingCreate& create) {
  turn.tables.touch(create.class_id);
  turn.tables.sessions.unhold(create.party);
  if (create.role != Role::kPublish) return;
  if (ClassEntry* entry = turn.tables.find_class(create.class_id))
    entry->room.publisher_refused(create.claim);
}

void release_places(const Turn& turn, const Pending& pending) {
  const auto* create = std::get_if<PendingCreate>(&pending.what);
  if (create == nullptr) return;
  give_up(turn, *create);
  if (create->role == Role::kView) turn.tables.sessions.release(create->class_id, pending.worker);
}

void let_succeed(const Turn& turn, Classroom& room) {
  const auto older = room.succeed(turn.now);
  // It is the same page that has moved: nobody is thrown out.
  if (older) end_replaced(turn, *older, older->owner.client);
}

void session_created(const Turn& turn, const Worker& worker, control::SessionCreated& created) {
  Tables& tables = turn.tables;
  const auto pending = take(turn, worker, created.request);
  const auto* create = pending ? std::get_if<PendingCreate>(&pending->what) : nullptr;
  if (create == nullptr) {
    // Nobody waits any more: the client has gone, or it took too long.
    turn.send(worker.number, control::DeleteSession{.request = 0, .session = created.session});
    if (pending) wrong_answer(turn, pending->asker);
    return;
  }
  ClassEntry* entry = tables.find_class(create->class_id);
  if (entry == nullptr) {
    turn.send(worker.number, control::DeleteSession{.request = 0, .session = created.session});
    reply_problem(pending->asker, unknown_class(), turn.events);
    return;
  }
  const SessionName name{worker.number, created.session};
  enter_session(turn, *create, name, created.etag, entry->room);
  const std::string location = tables.config.public_path +
                               (create->role == Role::kPublish ? "/whip/" : "/whep/") +
                               create->class_id + "/" + name.to_string();
  reply(pending->asker, 201,
        {{"Content-Type", "application/sdp"}, {"Location", location}, {"ETag", created.etag}},
        std::move(created.answer), turn.events);
}

void session_refused(const Turn& turn, const Worker& worker,
                     const control::SessionRefused& refused) {
  auto pending = turn.tables.pending.take(refused.request, worker.number);
  if (!pending) return;
  const Problem problem = {static_cast<int>(refused.status), refused.title, refused.detail,
                           static_cast<int>(refused.retry_after)};
  auto* const create = std::get_if<PendingCreate>(&pending->what);
  if (create != nullptr && refused.status == 503) {
    if (refused.retry_after > 0) create->busy = problem;
    return try_elsewhere(turn, std::move(*pending));
  }
  release_places(turn, *pending);
  if (refused.status < 400 || refused.status > 599) return wrong_answer(turn, pending->asker);
  reply_problem(pending->asker, problem, turn.events);
}

void session_patched(const Turn& turn, const Worker& worker, control::SessionPatched& patched) {
  const auto pending = take(turn, worker, patched.request);
  if (!pending) return;
  const auto* what = std::get_if<PendingPatch>(&pending->what);
  if (what == nullptr) return wrong_answer(turn, pending->asker);
  if (Session* session = turn.tables.sessions.find(what->session);
      session != nullptr && !patched.etag.empty())
    session->etag = patched.etag;
  std::vector<Header> headers;
  if (!patched.etag.empty()) headers.emplace_back("ETag", patched.etag);
  if (patched.content.empty())
    return reply(pending->asker, 204, std::move(headers), {}, turn.events);
  headers.emplace_back("Content-Type", "application/trickle-ice-sdpfrag");
  reply(pending->asker, 200, std::move(headers), std::move(patched.content), turn.events);
}

void session_deleted(const Turn& turn, const Worker& worker,
                     const control::SessionDeleted& deleted) {
  const auto pending = take(turn, worker, deleted.request);
  if (!pending) return;
  const auto* what = std::get_if<PendingDelete>(&pending->what);
  if (what == nullptr) return wrong_answer(turn, pending->asker);
  end_session(turn, what->session, nullptr, true);
  reply(pending->asker, 200, {}, {}, turn.events);
}

void end_session(const Turn& turn, const SessionName& name, const char* move_reason, bool ended) {
  Tables& tables = turn.tables;
  const auto session = tables.sessions.remove(name);
  if (!session) return;
  tables.touch(session->class_id);
  if (session->role == Role::kPublish)
    if (ClassEntry* entry = tables.find_class(session->class_id))
      entry->room.publisher_gone(turn.now, name, ended);
  Page* page = tables.roster.page_of(name);
  if (page == nullptr) return;
  tables.roster.claim(*page, std::nullopt);
  if (move_reason == nullptr) return;
  ++tables.totals.moves;
  turn.send(page->id, move_text(move_reason));
}

void end_outlived_sessions(const Turn& turn) {
  for (const SessionName& name : turn.tables.sessions.ended_by(turn.unix_seconds() - kAuthLeeway)) {
    turn.send(name.worker, control::DeleteSession{.request = 0, .session = name.id});
    end_session(turn, name, nullptr, true);
  }
}

void end_class_sessions(const Turn& turn, std::string_view class_id) {
  for (const SessionName& name : turn.tables.sessions.of_class(class_id)) {
    turn.send(name.worker, control::DeleteSession{.request = 0, .session = name.id});
    end_session(turn, name, "class", true);
  }
}

}  // namespace lectern::signaling
