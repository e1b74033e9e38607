// What students' pages report to be missing, added up at the gate: the desk hears counts of a
// class, when they have changed and each 10 s, and not a message of each page.
#pragma once

#include "base/time.h"
#include "signaling/terms/ids.h"
#include "signaling/terms/trouble.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lectern::signaling {

// Of one page.
struct Report {
  bool without_sound = false;
  bool without_picture = false;
  bool without_codec = false;  // the reason of the latter
};

// [P36] The error is one sentence for `error bad-message`.
[[nodiscard]] std::expected<Report, const char*> read_report(const nlohmann::json& message);

class Reports {
 public:
  // The page's last word. It counts for 30 s ([P44]).
  void note(Instant now, ConnectionId page, const std::string& class_id, const Report& report);
  void forget(ConnectionId page);

  // What is to be told now, by class. To be called each second while is_waiting().
  using Due = std::vector<std::pair<std::string, TroubleCounts>>;
  [[nodiscard]] Due due(Instant now);
  [[nodiscard]] bool is_waiting() const { return !classes_.empty(); }

 private:
  struct Noted {
    std::string class_id;
    Report report;
    Instant at;
  };
  struct OfClass {
    TroubleCounts counts{};
    TroubleCounts told{};
    Instant told_at{};
  };

  void count(const Noted& noted, std::uint32_t step);

  std::unordered_map<ConnectionId, Noted> pages_;  // those that miss something
  std::map<std::string, OfClass> classes_;
};

}  // namespace lectern::signaling
