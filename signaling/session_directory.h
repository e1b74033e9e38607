// Every media session that a worker has, by worker and by class, and the places kept for those that
// a worker was asked to create. Rebuilt from the workers' Hellos after a restart.
#pragma once

#include "media/control/messages.h"
#include "signaling/names.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lectern::signaling {

struct Rung {
  std::string rung;
  std::uint32_t fps = 0;
  std::string reason;
};

struct Session {
  std::string class_id;
  control::Role role = control::Role::kView;
  control::SessionPhase phase = control::SessionPhase::kConnecting;
  std::optional<Rung> rung;                     // of a viewer, once the worker has told it
  std::optional<control::SourceDemand> demand;  // of a publisher, likewise
};

class SessionDirectory {
 public:
  // Replaces a session of the same name.
  void add(const SessionName& name, Session session);
  [[nodiscard]] Session* find(const SessionName& name);
  void set_phase(const SessionName& name, control::SessionPhase phase);
  // The session that was there.
  std::optional<Session> remove(const SessionName& name);

  // A viewer's place between CreateSession and its answer.
  void reserve(std::string_view class_id, control::WorkerNumber worker);
  void release(std::string_view class_id, control::WorkerNumber worker);

  // Viewers, reserved places included.
  [[nodiscard]] std::uint32_t viewers(std::string_view class_id,
                                      control::WorkerNumber worker) const;
  [[nodiscard]] std::uint32_t viewers_at(control::WorkerNumber worker) const;
  [[nodiscard]] std::uint32_t publishers_at(control::WorkerNumber worker) const;
  // Workers with at least one viewer of the class, reserved places included; ascending.
  [[nodiscard]] std::vector<control::WorkerNumber> workers_with_viewers(
      std::string_view class_id) const;
  [[nodiscard]] std::uint32_t connected_viewers(std::string_view class_id) const;
  [[nodiscard]] bool has_sessions(std::string_view class_id) const;
  [[nodiscard]] std::vector<SessionName> of_class(std::string_view class_id) const;
  [[nodiscard]] std::vector<SessionName> at_worker(control::WorkerNumber worker) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t count(control::Role role) const;

 private:
  struct Tally {
    std::uint32_t viewers = 0;  // of any phase
    std::uint32_t connected_viewers = 0;
    std::uint32_t publishers = 0;
    std::uint32_t reserved = 0;
    [[nodiscard]] bool is_empty() const { return viewers + publishers + reserved == 0; }
  };
  using Tallies = std::map<control::WorkerNumber, Tally>;

  void tally(const std::string& class_id, control::WorkerNumber worker, const Session& session,
             std::uint32_t step);
  void forget_if_empty(std::string_view class_id, control::WorkerNumber worker);

  std::map<control::WorkerNumber, std::unordered_map<std::string, Session>> sessions_;
  std::map<std::string, Tallies, std::less<>> by_class_;
  Tallies by_worker_;
};

}  // namespace lectern::signaling
