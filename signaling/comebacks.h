// Pages that were here a short while ago: one that was offline while its token expired may come
// back with it ([P73]). Held in memory only: after a restart of signaling such a page needs a new
// link.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace lectern::signaling {

class Comebacks {
 public:
  static constexpr std::size_t kMaxRemembered = 16'384;  // 2.5 MB; the oldest is forgotten

  // A page's name among all: the person, the class and the `client` of its hello.
  [[nodiscard]] static std::string key(const std::string& person, const std::string& class_id,
                                       const std::string& client) {
    return person + '/' + class_id + '/' + client;
  }

  void left(Instant now, std::string page);
  [[nodiscard]] bool knows(Instant now, const std::string& page) const;
  [[nodiscard]] std::size_t size() const { return latest_.size(); }

 private:
  std::map<std::string, Instant> latest_;                 // when the page left last
  std::deque<std::pair<Instant, std::string>> departed_;  // oldest first
};

}  // namespace lectern::signaling
