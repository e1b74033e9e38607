// The WebSockets that are open, whether they have said hello or not: whose they are and how fast
// they speak.
#pragma once

#include "base/time.h"
#include "signaling/terms/ids.h"
#include "signaling/terms/message_rate.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::signaling {

struct Connection {
  ConnectionId id;
  bool is_local = false;              // may do without a token under --dev
  std::optional<std::string> person;  // once it has shown who it is; it is counted for them
  std::vector<std::string> waiting;   // a hello whose class may still become known, and what was
                                      // said after it ([P51])
  Instant opened_at;
  Instant heard_at;
  MessageRate rate{8, 16};
  std::uint32_t dropped = 0;  // messages over the rate
  Instant complained_at;
  double renewal_spread = 0;  // when within its time the token is renewed, 0 to 1 ([P23])
};

class Connections {
 public:
  Connection& open(ConnectionId id, Instant now);
  [[nodiscard]] Connection* find(ConnectionId id);
  // The connection is one of this person from now on.
  void know(Connection& connection, const std::string& person);
  void close(ConnectionId id);

  // Ascending ids.
  [[nodiscard]] const std::set<ConnectionId>& of_person(const std::string& person) const;
  // Connections that have shown who they are.
  [[nodiscard]] std::size_t known() const { return known_; }
  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] std::vector<ConnectionId> ids() const;  // ascending

 private:
  std::unordered_map<ConnectionId, Connection> connections_;
  std::unordered_map<std::string, std::set<ConnectionId>> by_person_;
  std::size_t known_ = 0;
};

}  // namespace lectern::signaling
