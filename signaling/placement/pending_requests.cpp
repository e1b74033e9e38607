#include "signaling/placement/pending_requests.h"

namespace lectern::signaling {

control::RequestNumber PendingRequests::add(Pending pending) {
  const control::RequestNumber number = next_;
  if (++next_ == 0) next_ = 1;
  by_asker_[pending.asker.request] = number;
  by_deadline_.emplace(pending.deadline, number);
  pending_.emplace(number, std::move(pending));
  return number;
}

std::optional<Pending> PendingRequests::take(control::RequestNumber number) {
  auto taken = pending_.extract(number);
  if (taken.empty()) return std::nullopt;
  by_asker_.erase(taken.mapped().asker.request);
  by_deadline_.erase({taken.mapped().deadline, number});
  return std::move(taken.mapped());
}

std::optional<Pending> PendingRequests::take(control::RequestNumber number,
                                             control::WorkerNumber worker) {
  const auto found = pending_.find(number);
  if (found == pending_.end() || found->second.worker != worker) return std::nullopt;
  return take(number);
}

std::optional<Pending> PendingRequests::take_by_asker(RequestId request) {
  const auto found = by_asker_.find(request);
  return found == by_asker_.end() ? std::nullopt : take(found->second);
}

template <typename Predicate>
std::vector<Pending> PendingRequests::take_if(Predicate&& is_meant) {
  std::vector<control::RequestNumber> numbers;
  for (const auto& [number, pending] : pending_)
    if (is_meant(pending)) numbers.push_back(number);
  std::vector<Pending> taken;
  taken.reserve(numbers.size());
  for (const control::RequestNumber number : numbers) taken.push_back(*take(number));
  return taken;
}

std::vector<Pending> PendingRequests::take_worker(control::WorkerNumber worker) {
  return take_if([worker](const Pending& pending) { return pending.worker == worker; });
}

std::vector<Pending> PendingRequests::take_class(std::string_view class_id) {
  return take_if([class_id](const Pending& pending) {
    const auto* create = std::get_if<PendingCreate>(&pending.what);
    return create != nullptr && create->class_id == class_id;
  });
}

std::vector<Pending> PendingRequests::take_overdue(Instant now) {
  std::vector<Pending> taken;
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now)
    taken.push_back(*take(by_deadline_.begin()->second));
  return taken;
}

Instant PendingRequests::next_deadline() const {
  return by_deadline_.empty() ? Instant::never() : by_deadline_.begin()->first;
}

}  // namespace lectern::signaling
