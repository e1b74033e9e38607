#include "signaling/placement/placement.h"

#include "signaling/placement/answers.h"
#include "signaling/placement/requests.h"
#include "signaling/placement/tables.h"
#include "signaling/placement/worker_messages.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lectern::signaling {

using control::Role;

namespace {

void update_legs(const PlacementTurn& turn, const std::string& class_id) {
  Placement::Tables& tables = turn.tables;
  const Publication* publication = tables.find_publication(class_id);
  Legs::Wanted wanted{.class_id = class_id, .origin = std::nullopt, .edges = {}};
  if (publication != nullptr && publication->origin() &&
      tables.workers.ready(*publication->origin()) != nullptr)
    wanted.origin = publication->origin();
  for (const control::WorkerNumber worker : tables.sessions.workers_with_viewers(class_id))
    if (worker != wanted.origin && tables.workers.ready(worker) != nullptr)
      wanted.edges.push_back(worker);
  tables.legs.update(turn.now(), wanted, tables.workers, tables.rng, turn.context.events);
}

}  // namespace

Placement::Placement(const Config& config, Rng& rng)
    : tables_(std::make_unique<Tables>(config, rng)) {}

Placement::~Placement() = default;

bool Placement::create(const PlacementContext& context, const Asker& asker, PendingCreate request) {
  const PlacementTurn turn{*tables_, context};
  if (request.role == Role::kPublish) {
    const auto claim = tables_->publications[request.class_id].claim(
        turn.now(), {request.party.person, request.client, request.resumes});
    if (!claim) return false;
    request.claim = *claim;
  }
  tables_->sessions.hold(request.party);
  ask_for_session(turn, asker, std::move(request), turn.now() + kRequestDeadline);
  return true;
}

void Placement::patch(const PlacementContext& context, const Asker& asker, const SessionName& name,
                      std::string fragment, std::string if_match) {
  const PlacementTurn turn{*tables_, context};
  const auto number =
      tables_->pending.add({asker, name.worker, turn.now() + kRequestDeadline, PendingPatch{name}});
  turn.send(name.worker, control::PatchSession{.request = number,
                                               .session = name.id,
                                               .content = std::move(fragment),
                                               .if_match = std::move(if_match)});
}

void Placement::remove(const PlacementContext& context, const Asker& asker,
                       const SessionName& name) {
  const PlacementTurn turn{*tables_, context};
  const auto number = tables_->pending.add(
      {asker, name.worker, turn.now() + kRequestDeadline, PendingDelete{name}});
  turn.send(name.worker, control::DeleteSession{.request = number, .session = name.id});
}

void Placement::request_gone(const PlacementContext& context, RequestId request) {
  if (const auto pending = tables_->pending.take_by_asker(request))
    release_places({*tables_, context}, *pending);
}

void Placement::limit(const PlacementContext& context, const SessionName& name,
                      control::LimitTier limit) {
  const Session* session = tables_->sessions.find(name);
  if (session == nullptr || session->role != Role::kView) return;
  limit.session = name.id;
  PlacementTurn{*tables_, context}.send(name.worker, std::move(limit));
}

void Placement::set_wanted(const PlacementContext& context, const SessionName& name,
                           const Sources& wanted) {
  const Session* session = tables_->sessions.find(name);
  if (session == nullptr) return;
  Publication* publication = tables_->find_publication(session->class_id);
  if (publication == nullptr) return;
  publication->set_wanted(context.now, name, wanted);
  context.touched.insert(session->class_id);
}

void Placement::prolong(const SessionName& name, std::optional<std::int64_t> auth_until) {
  tables_->sessions.prolong(name, auth_until);
}

void Placement::move_if_draining(const PlacementContext& context, const SessionName& name) {
  signaling::move_if_draining({*tables_, context}, name);
}

void Placement::end_class(const PlacementContext& context, std::string_view class_id) {
  const PlacementTurn turn{*tables_, context};
  cancel_requests(turn, class_id);
  end_class_sessions(turn, class_id);
  if (const auto found = tables_->publications.find(class_id); found != tables_->publications.end())
    tables_->publications.erase(found);
  turn.touch(class_id);
}

void Placement::worker_connected(const PlacementContext& context, WorkerId link) {
  tables_->workers.connected(link, context.now);
}

void Placement::worker_message(const PlacementContext& context, WorkerId link,
                               control::FromWorker message) {
  if (tables_->workers.is_open(link))
    on_worker_message({*tables_, context}, link, std::move(message));
}

void Placement::worker_gone(const PlacementContext& context, WorkerId link) {
  on_worker_gone({*tables_, context}, link);
}

void Placement::settle(const PlacementContext& context) {
  const PlacementTurn turn{*tables_, context};
  for (const std::string& class_id : context.touched) {
    if (Publication* publication = tables_->find_publication(class_id))
      let_succeed(turn, *publication);
    update_legs(turn, class_id);
  }
  if (tables_->workers.links() == 0) tables_->next_look = Instant::never();
  if (tables_->workers.links() > 0 && tables_->next_look.is_never()) {
    tables_->looked = turn.now();
    tables_->next_look = turn.now() + kWorkerLook;
  }
}

void Placement::handle_timeout(const PlacementContext& context) {
  const PlacementTurn turn{*tables_, context};
  expire_requests(turn);
  carry_out_moves(turn);
  if (turn.now() < tables_->next_look) return;
  look_at_workers(turn, turn.now() - std::exchange(tables_->looked, turn.now()));
  tables_->next_look = turn.now() + kWorkerLook;
}

void Placement::tick(const PlacementContext& context) {
  const PlacementTurn turn{*tables_, context};
  end_outlived_sessions(turn);
  for (auto& [class_id, publication] : tables_->publications) {
    const auto origin = publication.origin();
    let_succeed(turn, publication);
    publication.expire(turn.now());
    if (publication.origin() != origin) turn.touch(class_id);
  }
  std::erase_if(tables_->publications,
                [&turn](const auto& item) { return item.second.is_idle(turn.now()); });
  tables_->legs.expire(turn.now(), tables_->workers, context.events);
  for (const std::string& class_id : tables_->legs.due(turn.now())) turn.touch(class_id);
}

bool Placement::needs_ticks() const {
  return tables_->sessions.size() > 0 || tables_->legs.size() > 0 || !tables_->publications.empty();
}

Instant Placement::next_timeout() const {
  return std::min({tables_->pending.next_deadline(), tables_->moves.next(), tables_->next_look});
}

const WorkerTable& Placement::workers() const {
  return tables_->workers;
}
const SessionDirectory& Placement::sessions() const {
  return tables_->sessions;
}
const PlacementTotals& Placement::totals() const {
  return tables_->totals;
}
std::size_t Placement::legs() const {
  return tables_->legs.size();
}
std::size_t Placement::pending_requests() const {
  return tables_->pending.size();
}

ClassView Placement::view(Instant now, std::string_view class_id) const {
  const Publication* publication = tables_->find_publication(class_id);
  return publication != nullptr ? publication->view(now) : ClassView{};
}

bool Placement::is_used(Instant now, std::string_view class_id) const {
  if (tables_->sessions.has_sessions(class_id)) return true;
  const Publication* publication = tables_->find_publication(class_id);
  return publication != nullptr && publication->is_claimed(now);
}

}  // namespace lectern::signaling
