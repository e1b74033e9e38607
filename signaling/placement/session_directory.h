// Every media session that a worker has, by worker and by class, and the places kept for those that
// a worker was asked to create. Rebuilt from the workers' Hellos after a restart.
#pragma once

#include "media/control/messages.h"
#include "signaling/terms/names.h"
#include "signaling/terms/party.h"

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
  Party party{};               // whose it is; the network is not known after a restart of signaling
  std::string client{};        // of the page that made it, if it named itself ([P16])
  std::string etag{};          // of its ICE session ([P12])
  std::optional<Rung> rung{};  // of a viewer, once the worker has told it
  std::optional<control::SourceDemand> demand{};  // of a publisher, likewise
  std::vector<control::Unusable> unusable{};      // of a publisher: at most one for each track
  // [P72] It ends then, in seconds since 1970; of the best token that its owner has shown.
  std::optional<std::int64_t> auth_until{};
};

class SessionDirectory {
 public:
  // Replaces a session of the same name.
  void add(const SessionName& name, Session session);
  [[nodiscard]] Session* find(const SessionName& name);
  [[nodiscard]] const Session* find(const SessionName& name) const;
  void set_phase(const SessionName& name, control::SessionPhase phase);
  // Its owner has shown a token that ends then (nothing: never); the later end holds.
  void prolong(const SessionName& name, std::optional<std::int64_t> auth_until);
  // The session that was there.
  std::optional<Session> remove(const SessionName& name);

  // A viewer's place between CreateSession and its answer.
  void reserve(std::string_view class_id, control::WorkerNumber worker);
  void release(std::string_view class_id, control::WorkerNumber worker);
  // A request for a session counts for its party as one that is connecting.
  void hold(const Party& party) { count(party, true, 1); }
  void unhold(const Party& party) { count(party, true, kMinusOne); }
  [[nodiscard]] Held held_by(const std::string& person) const;
  [[nodiscard]] Held held_at(const std::optional<Network>& network) const;

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
  // Those whose auth_until is `unix_seconds` or earlier.
  [[nodiscard]] std::vector<SessionName> ended_by(std::int64_t unix_seconds) const;
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

  // Unsigned arithmetic wraps, so adding this takes one away.
  static constexpr std::uint32_t kMinusOne = ~std::uint32_t{0};

  void tally(const std::string& class_id, control::WorkerNumber worker, const Session& session,
             std::uint32_t step);
  void count(const Party& party, bool is_connecting, std::uint32_t step);
  void forget_if_empty(std::string_view class_id, control::WorkerNumber worker);

  std::map<control::WorkerNumber, std::unordered_map<std::string, Session>> sessions_;
  std::map<std::string, Tallies, std::less<>> by_class_;
  Tallies by_worker_;
  std::unordered_map<std::string, Held> by_person_;
  std::map<Network, Held> by_network_;
};

}  // namespace lectern::signaling
