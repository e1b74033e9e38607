#include "signaling/placement/worker_table.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {

Worker& WorkerTable::greeted(WorkerId link, const control::Hello& hello) {
  LECTERN_CHECK(links_.contains(link) && !workers_.contains(hello.worker));
  links_[link].number = hello.worker;
  silent_.erase(hello.worker);
  Worker& worker = workers_[hello.worker];
  worker.link = link;
  worker.number = hello.worker;
  worker.leg_endpoint = hello.leg_endpoint;
  worker.pid = hello.pid;
  return worker;
}

std::optional<Worker> WorkerTable::remove(WorkerId link) {
  const auto found = links_.find(link);
  if (found == links_.end()) return std::nullopt;
  const auto number = found->second.number;
  links_.erase(found);
  if (!number) return std::nullopt;
  auto taken = workers_.extract(*number);
  return std::move(taken.mapped());
}

Worker* WorkerTable::by_link(WorkerId link) {
  const auto found = links_.find(link);
  if (found == links_.end() || !found->second.number) return nullptr;
  return find(*found->second.number);
}

Worker* WorkerTable::find(control::WorkerNumber number) {
  const auto found = workers_.find(number);
  return found == workers_.end() ? nullptr : &found->second;
}

const Worker* WorkerTable::find(control::WorkerNumber number) const {
  const auto found = workers_.find(number);
  return found == workers_.end() ? nullptr : &found->second;
}

const Worker* WorkerTable::ready(control::WorkerNumber number) const {
  const auto found = workers_.find(number);
  return found == workers_.end() || !found->second.is_ready ? nullptr : &found->second;
}

std::uint32_t WorkerTable::ready_count() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(workers_, [](const auto& entry) { return entry.second.is_ready; }));
}

std::vector<control::WorkerNumber> WorkerTable::look(Duration passed) {
  std::vector<control::WorkerNumber> silent;
  for (auto& [number, worker] : workers_) {
    worker.silence.look(passed);
    if (worker.silence.lasted() >= kWorkerSilence) silent.push_back(number);
  }
  return silent;
}

std::vector<WorkerId> WorkerTable::without_hello(Instant since) const {
  std::vector<WorkerId> links;
  for (const auto& [id, link] : links_)
    if (!link.number && link.since <= since) links.push_back(id);
  return links;
}

std::map<std::string, std::uint32_t> WorkerTable::rungs(std::string_view class_id) const {
  std::map<std::string, std::uint32_t> total;
  for (const auto& [number, worker] : workers_) {
    const auto found = worker.rungs.find(class_id);
    if (found == worker.rungs.end()) continue;
    for (const control::RungCount& count : found->second) total[count.rung] += count.viewers;
  }
  return total;
}

const std::vector<control::TrackTime>* WorkerTable::times(control::WorkerNumber number,
                                                          std::string_view class_id) const {
  const Worker* worker = find(number);
  if (worker == nullptr) return nullptr;
  const auto found = worker->times.find(class_id);
  return found == worker->times.end() ? nullptr : &found->second;
}

void WorkerTable::forget_class(std::string_view class_id) {
  for (auto& [number, worker] : workers_) {
    if (const auto at = worker.rungs.find(class_id); at != worker.rungs.end())
      worker.rungs.erase(at);
    if (const auto at = worker.times.find(class_id); at != worker.times.end())
      worker.times.erase(at);
  }
}

std::size_t WorkerTable::audiences() const {
  std::size_t total = 0;
  for (const auto& [number, worker] : workers_) total += worker.rungs.size();
  return total;
}

}  // namespace lectern::signaling
