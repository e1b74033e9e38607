#include "signaling/placement/session_directory.h"

#include <utility>

namespace lectern::signaling {

using control::Role;
using control::SessionPhase;
using control::WorkerNumber;

namespace {

// Counts for one key; an entry that holds nothing goes.
template <typename Map, typename Key>
void count_for(Map& map, const Key& key, bool is_connecting, std::uint32_t step) {
  const auto found = map.try_emplace(key).first;
  found->second.sessions += step;
  if (is_connecting) found->second.connecting += step;
  if (found->second.sessions == 0) map.erase(found);
}

template <typename Map, typename Key>
Held held(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? Held{} : found->second;
}

}  // namespace

void SessionDirectory::tally(const std::string& class_id, WorkerNumber worker,
                             const Session& session, std::uint32_t step) {
  for (Tally* tally : {&by_class_[class_id][worker], &by_worker_[worker]}) {
    if (session.role == Role::kPublish) {
      tally->publishers += step;
    } else {
      tally->viewers += step;
      if (session.phase == SessionPhase::kConnected) tally->connected_viewers += step;
    }
  }
  forget_if_empty(class_id, worker);
  count(session.party, session.phase == SessionPhase::kConnecting, step);
}

void SessionDirectory::count(const Party& party, bool is_connecting, std::uint32_t step) {
  count_for(by_person_, party.person, is_connecting, step);
  if (party.network) count_for(by_network_, *party.network, is_connecting, step);
}

Held SessionDirectory::held_by(const std::string& person) const {
  return held(by_person_, person);
}

Held SessionDirectory::held_at(const std::optional<Network>& network) const {
  return network ? held(by_network_, *network) : Held{};
}

void SessionDirectory::forget_if_empty(std::string_view class_id, WorkerNumber worker) {
  const auto of_class = by_class_.find(class_id);
  if (of_class != by_class_.end()) {
    const auto found = of_class->second.find(worker);
    if (found != of_class->second.end() && found->second.is_empty()) of_class->second.erase(found);
    if (of_class->second.empty()) by_class_.erase(of_class);
  }
  const auto found = by_worker_.find(worker);
  if (found != by_worker_.end() && found->second.is_empty()) by_worker_.erase(found);
}

void SessionDirectory::add(const SessionName& name, Session session) {
  remove(name);
  tally(session.class_id, name.worker, session, 1);
  sessions_[name.worker].emplace(name.id, std::move(session));
}

Session* SessionDirectory::find(const SessionName& name) {
  return const_cast<Session*>(std::as_const(*this).find(name));
}

const Session* SessionDirectory::find(const SessionName& name) const {
  const auto worker = sessions_.find(name.worker);
  if (worker == sessions_.end()) return nullptr;
  const auto found = worker->second.find(name.id);
  return found == worker->second.end() ? nullptr : &found->second;
}

void SessionDirectory::set_phase(const SessionName& name, SessionPhase phase) {
  Session* session = find(name);
  if (session == nullptr || session->phase == phase) return;
  tally(session->class_id, name.worker, *session, kMinusOne);
  session->phase = phase;
  tally(session->class_id, name.worker, *session, 1);
}

void SessionDirectory::prolong(const SessionName& name, std::optional<std::int64_t> auth_until) {
  Session* session = find(name);
  if (session == nullptr || !session->auth_until) return;
  if (!auth_until || *auth_until > *session->auth_until) session->auth_until = auth_until;
}

std::optional<Session> SessionDirectory::remove(const SessionName& name) {
  const auto worker = sessions_.find(name.worker);
  if (worker == sessions_.end()) return std::nullopt;
  auto taken = worker->second.extract(name.id);
  if (taken.empty()) return std::nullopt;
  if (worker->second.empty()) sessions_.erase(worker);
  tally(taken.mapped().class_id, name.worker, taken.mapped(), kMinusOne);
  return std::move(taken.mapped());
}

void SessionDirectory::reserve(std::string_view class_id, WorkerNumber worker) {
  ++by_class_[std::string(class_id)][worker].reserved;
  ++by_worker_[worker].reserved;
}

void SessionDirectory::release(std::string_view class_id, WorkerNumber worker) {
  --by_class_[std::string(class_id)][worker].reserved;
  --by_worker_[worker].reserved;
  forget_if_empty(class_id, worker);
}

std::uint32_t SessionDirectory::viewers(std::string_view class_id, WorkerNumber worker) const {
  const auto of_class = by_class_.find(class_id);
  if (of_class == by_class_.end()) return 0;
  const auto found = of_class->second.find(worker);
  return found == of_class->second.end() ? 0 : found->second.viewers + found->second.reserved;
}

std::uint32_t SessionDirectory::viewers_at(WorkerNumber worker) const {
  const auto found = by_worker_.find(worker);
  return found == by_worker_.end() ? 0 : found->second.viewers + found->second.reserved;
}

std::uint32_t SessionDirectory::publishers_at(WorkerNumber worker) const {
  const auto found = by_worker_.find(worker);
  return found == by_worker_.end() ? 0 : found->second.publishers;
}

std::vector<WorkerNumber> SessionDirectory::workers_with_viewers(std::string_view class_id) const {
  std::vector<WorkerNumber> workers;
  const auto of_class = by_class_.find(class_id);
  if (of_class == by_class_.end()) return workers;
  for (const auto& [worker, tally] : of_class->second)
    if (tally.viewers + tally.reserved > 0) workers.push_back(worker);
  return workers;
}

std::uint32_t SessionDirectory::connected_viewers(std::string_view class_id) const {
  std::uint32_t count = 0;
  const auto of_class = by_class_.find(class_id);
  if (of_class == by_class_.end()) return count;
  for (const auto& [worker, tally] : of_class->second) count += tally.connected_viewers;
  return count;
}

bool SessionDirectory::has_sessions(std::string_view class_id) const {
  return by_class_.contains(class_id);
}

std::vector<SessionName> SessionDirectory::of_class(std::string_view class_id) const {
  std::vector<SessionName> names;
  for (const auto& [worker, sessions] : sessions_)
    for (const auto& [id, session] : sessions)
      if (session.class_id == class_id) names.push_back({worker, id});
  return names;
}

std::vector<SessionName> SessionDirectory::ended_by(std::int64_t unix_seconds) const {
  std::vector<SessionName> names;
  for (const auto& [worker, sessions] : sessions_)
    for (const auto& [id, session] : sessions)
      if (session.auth_until && *session.auth_until <= unix_seconds) names.push_back({worker, id});
  return names;
}

std::vector<SessionName> SessionDirectory::at_worker(WorkerNumber worker) const {
  std::vector<SessionName> names;
  const auto sessions = sessions_.find(worker);
  if (sessions == sessions_.end()) return names;
  for (const auto& [id, session] : sessions->second) names.push_back({worker, id});
  return names;
}

std::size_t SessionDirectory::size() const {
  return count(Role::kPublish) + count(Role::kView);
}

std::size_t SessionDirectory::count(Role role) const {
  std::size_t total = 0;
  for (const auto& [worker, tally] : by_worker_)
    total += role == Role::kPublish ? tally.publishers : tally.viewers;
  return total;
}

}  // namespace lectern::signaling
