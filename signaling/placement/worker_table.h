// The workers that are connected, by the shell's connection and by their number, with what they
// last told about themselves.
#pragma once

#include "base/silence.h"
#include "media/control/messages.h"
#include "signaling/terms/config.h"
#include "signaling/terms/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

struct Worker {
  WorkerId link;
  control::WorkerNumber number = 0;
  bool is_ready = false;     // its Hello and all SessionLists have come
  bool is_draining = false;  // takes no new sessions
  bool has_refuge = false;   // while draining: another took its sessions
  Silence silence{kWorkerLook};
  Endpoint leg_endpoint;
  std::int64_t pid = 0;
  control::Load load;
  std::map<std::string, std::vector<control::RungCount>, std::less<>> rungs;  // by class
  std::map<std::string, std::vector<control::TrackTime>, std::less<>> times;  // likewise
};

class WorkerTable {
 public:
  void connected(WorkerId link, Instant now) { links_.emplace(link, Link{.since = now}); }
  // Whether the link is open; one that signaling has closed itself is not.
  [[nodiscard]] bool is_open(WorkerId link) const { return links_.contains(link); }
  // Binds a link to the number in its Hello. The number must be free (see `find`).
  Worker& greeted(WorkerId link, const control::Hello& hello);
  // The worker of that link as it was; nullopt when it had not said Hello.
  std::optional<Worker> remove(WorkerId link);

  [[nodiscard]] Worker* by_link(WorkerId link);
  [[nodiscard]] Worker* find(control::WorkerNumber number);
  [[nodiscard]] const Worker* find(control::WorkerNumber number) const;
  // The worker when it is there and ready.
  [[nodiscard]] const Worker* ready(control::WorkerNumber number) const;

  [[nodiscard]] const std::map<control::WorkerNumber, Worker>& all() const { return workers_; }
  [[nodiscard]] std::size_t links() const { return links_.size(); }
  [[nodiscard]] std::uint32_t ready_count() const;
  // Those of which nothing was heard for kWorkerSilence. `passed`: since the last look.
  [[nodiscard]] std::vector<control::WorkerNumber> look(Duration passed);
  // Links that are open since `since` or earlier and have not said Hello.
  [[nodiscard]] std::vector<WorkerId> without_hello(Instant since) const;
  // Workers that were given up because they do not answer, until their next Hello.
  [[nodiscard]] const std::set<control::WorkerNumber>& silent() const { return silent_; }
  void note_silent(control::WorkerNumber number) { silent_.insert(number); }
  // The viewers of a class on each rung, over all workers.
  [[nodiscard]] std::map<std::string, std::uint32_t> rungs(std::string_view class_id) const;
  // Class time of the class's media at that worker; null: it has told nothing.
  [[nodiscard]] const std::vector<control::TrackTime>* times(control::WorkerNumber number,
                                                             std::string_view class_id) const;
  // The class is gone: so is what workers have told of it.
  void forget_class(std::string_view class_id);
  // Classes of which a worker has told an audience, over all workers.
  [[nodiscard]] std::size_t audiences() const;

 private:
  struct Link {
    Instant since;
    std::optional<control::WorkerNumber> number{};  // once it has said Hello
  };

  std::map<WorkerId, Link> links_;
  std::map<control::WorkerNumber, Worker> workers_;
  std::set<control::WorkerNumber> silent_;
};

}  // namespace lectern::signaling
