// Pages that were here a short while ago: one that was offline while its token expired may come
// back with it ([P73]). Held in memory only: after a restart of signaling such a page needs a new
// link.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace lectern::signaling {

class Comebacks {
 public:
  static constexpr std::size_t kMaxRemembered = 16'384;  // 4 MB; the oldest is forgotten
  // Of one person, as many as may be connected at once: nobody takes the places of others ([P70]).
  static constexpr std::size_t kMaxOfPerson = 20;

  // What tells a person's pages apart: the class and the `client` of its hello.
  [[nodiscard]] static std::string page(const std::string& class_id, const std::string& client) {
    return class_id + '/' + client;
  }
  void left(Instant now, const std::string& person, const std::string& page);
  [[nodiscard]] bool knows(Instant now, const std::string& person, const std::string& page) const;
  [[nodiscard]] std::size_t size() const { return oldest_first_.size(); }

 private:
  using Number = std::uint64_t;  // grows with each that leaves
  struct Departure {
    Instant at;
    std::string person;
    std::string page;
  };
  void forget(Number number);

  std::map<Number, Departure> oldest_first_;
  std::map<std::string, std::map<std::string, Number>> persons_;  // their pages
  Number next_ = 0;
};

}  // namespace lectern::signaling
