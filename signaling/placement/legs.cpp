#include "signaling/placement/legs.h"

#include "signaling/terms/config.h"

#include <algorithm>

namespace lectern::signaling {

using control::WorkerNumber;

namespace {

constexpr Duration kFirstRetry = Duration::seconds(1);
constexpr Duration kLongestRetry = Duration::seconds(30);

Duration retry_after(std::uint32_t refusals) {
  Duration wait = kFirstRetry;
  for (std::uint32_t count = 1; count < refusals && wait < kLongestRetry; ++count) wait = wait * 2;
  return std::min(wait, kLongestRetry);
}

void tell(WorkerNumber number, const WorkerTable& workers, control::ToWorker message,
          Events& events) {
  if (const Worker* worker = workers.ready(number))
    events.emplace_back(ToWorker{worker->link, std::move(message)});
}

control::LegId random_leg_id(Rng& rng) {
  control::LegId id = rng.next_u64();
  while (id == 0) id = rng.next_u64();
  return id;
}

}  // namespace

void Legs::close(WorkerNumber edge, const Leg& leg, const WorkerTable& workers, Events& events) {
  if (leg.retry_at) return;  // neither end has it
  tell(leg.origin, workers, control::CloseLeg{leg.id}, events);
  tell(edge, workers, control::CloseLeg{leg.id}, events);
}

void Legs::open_missing(Instant now, const Wanted& wanted, const WorkerTable& workers, Rng& rng,
                        ByEdge& legs, Events& events) {
  const Worker* source = workers.ready(*wanted.origin);
  for (const WorkerNumber edge : wanted.edges) {
    const Worker* destination = workers.ready(edge);
    if (source == nullptr || destination == nullptr) continue;
    const auto known = legs.find(edge);
    if (known != legs.end() && (!known->second.retry_at || now < *known->second.retry_at)) continue;
    const Leg leg{.id = random_leg_id(rng),
                  .origin = *wanted.origin,
                  .idle_since = Instant::never(),
                  .refusals = known == legs.end() ? 0 : known->second.refusals,
                  .retry_at = std::nullopt};
    const std::string class_id(wanted.class_id);
    events.emplace_back(
        ToWorker{destination->link, control::AcceptLeg{class_id, leg.id, source->leg_endpoint}});
    events.emplace_back(
        ToWorker{source->link, control::OpenLeg{class_id, leg.id, destination->leg_endpoint}});
    legs.insert_or_assign(edge, leg);
  }
}

void Legs::update(Instant now, const Wanted& wanted, const WorkerTable& workers, Rng& rng,
                  Events& events) {
  auto legs = by_class_.find(wanted.class_id);
  if (legs == by_class_.end()) {
    if (!wanted.origin || wanted.edges.empty()) return;
    legs = by_class_.try_emplace(std::string(wanted.class_id)).first;
  }
  for (auto leg = legs->second.begin(); leg != legs->second.end();) {
    const bool is_used = std::ranges::find(wanted.edges, leg->first) != wanted.edges.end();
    if (leg->second.origin == wanted.origin && leg->first != wanted.origin) {
      if (is_used) leg->second.idle_since = Instant::never();
      if (!is_used) leg->second.idle_since = std::min(leg->second.idle_since, now);
      ++leg;
      continue;
    }
    // The origin has changed. An edge that gets another leg below replaces this one without a gap,
    // so only its old sender hears of the end.
    if (is_used && wanted.origin && !leg->second.retry_at) {
      tell(leg->second.origin, workers, control::CloseLeg{leg->second.id}, events);
    } else {
      close(leg->first, leg->second, workers, events);
    }
    leg = legs->second.erase(leg);
  }
  if (wanted.origin) open_missing(now, wanted, workers, rng, legs->second, events);
  if (legs->second.empty()) by_class_.erase(legs);
}

void Legs::worker_gone(WorkerNumber worker, const WorkerTable& workers, Events& events) {
  for (auto& [class_id, legs] : by_class_) {
    std::erase_if(legs, [&](const auto& entry) {
      const auto& [edge, leg] = entry;
      if (edge != worker && leg.origin != worker) return false;
      close(edge, leg, workers, events);  // reaches the end that is still there
      return true;
    });
  }
  std::erase_if(by_class_, [](const auto& entry) { return entry.second.empty(); });
}

void Legs::refused(Instant now, std::string_view class_id, control::LegId id, WorkerNumber worker,
                   const WorkerTable& workers, Events& events) {
  const auto legs = by_class_.find(class_id);
  if (legs == by_class_.end()) return;
  for (auto& [edge, leg] : legs->second) {
    if (leg.id != id || leg.retry_at || (worker != edge && worker != leg.origin)) continue;
    tell(worker == edge ? leg.origin : edge, workers, control::CloseLeg{leg.id}, events);
    leg.retry_at = now + retry_after(++leg.refusals);
    return;
  }
}

std::vector<std::string> Legs::due(Instant now) const {
  std::vector<std::string> classes;
  for (const auto& [class_id, legs] : by_class_)
    if (std::ranges::any_of(legs, [now](const auto& entry) {
          return entry.second.retry_at && *entry.second.retry_at <= now;
        }))
      classes.push_back(class_id);
  return classes;
}

void Legs::expire(Instant now, const WorkerTable& workers, Events& events) {
  for (auto& [class_id, legs] : by_class_) {
    std::erase_if(legs, [&](const auto& entry) {
      const auto& [edge, leg] = entry;
      if (leg.idle_since.is_never() || leg.idle_since + kLegLinger > now) return false;
      close(edge, leg, workers, events);
      return true;
    });
  }
  std::erase_if(by_class_, [](const auto& entry) { return entry.second.empty(); });
}

const Leg* Legs::find(std::string_view class_id, WorkerNumber edge) const {
  const auto legs = by_class_.find(class_id);
  if (legs == by_class_.end()) return nullptr;
  const auto found = legs->second.find(edge);
  return found == legs->second.end() ? nullptr : &found->second;
}

std::size_t Legs::size() const {
  std::size_t total = 0;
  for (const auto& [class_id, legs] : by_class_) total += legs.size();
  return total;
}

}  // namespace lectern::signaling
