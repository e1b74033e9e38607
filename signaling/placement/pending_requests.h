// HTTP requests that wait for a worker's answer, each with its deadline ([P14]).
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "signaling/placement/publication.h"
#include "signaling/terms/http.h"
#include "signaling/terms/names.h"
#include "signaling/terms/party.h"
#include "signaling/terms/problems.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lectern::signaling {

struct PendingCreate {
  std::string class_id;
  control::Role role = control::Role::kView;
  std::string offer;  // kept to ask another worker when this one dies
  Party party;
  std::optional<std::int64_t> auth_until;  // [P72]
  std::string client;                      // [P16]
  bool resumes = false;                    // [P100]
  Publication::ClaimNumber claim = 0;      // of a publisher
  std::set<control::WorkerNumber> full;    // have refused it: no seat
  std::optional<Problem> busy;             // said by one of those that will soon take more
};
struct PendingPatch {
  SessionName session;
};
struct PendingDelete {
  SessionName session;
};

struct Pending {
  Asker asker;
  control::WorkerNumber worker = 0;
  Instant deadline;
  std::variant<PendingCreate, PendingPatch, PendingDelete> what;
};

class PendingRequests {
 public:
  // Numbers start at random, so that an answer to a signaling that has died since matches nothing.
  explicit PendingRequests(Rng& rng) : next_(rng.next_u64() | 1) {}

  // The number by which the worker will answer; never 0.
  [[nodiscard]] control::RequestNumber add(Pending pending);
  // The request that a worker's answer is for; nullopt when it is not (or no longer) waiting, or
  // waits for another worker.
  std::optional<Pending> take(control::RequestNumber number, control::WorkerNumber worker);
  std::optional<Pending> take_by_asker(RequestId request);
  // Those that wait for a worker that died.
  [[nodiscard]] std::vector<Pending> take_worker(control::WorkerNumber worker);
  [[nodiscard]] std::vector<Pending> take_overdue(Instant now);
  // Those for a new session in the class.
  [[nodiscard]] std::vector<Pending> take_class(std::string_view class_id);

  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] std::size_t size() const { return pending_.size(); }

 private:
  std::optional<Pending> take(control::RequestNumber number);
  template <typename Predicate>
  std::vector<Pending> take_if(Predicate&& is_meant);

  control::RequestNumber next_;
  std::map<control::RequestNumber, Pending> pending_;
  std::unordered_map<RequestId, control::RequestNumber> by_asker_;
  std::set<std::pair<Instant, control::RequestNumber>> by_deadline_;
};

}  // namespace lectern::signaling
