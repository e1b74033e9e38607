#include "signaling/comebacks.h"

#include "signaling/config.h"

namespace lectern::signaling {

void Comebacks::left(Instant now, std::string page) {
  latest_[page] = now;
  departed_.emplace_back(now, std::move(page));
  while (departed_.size() > kMaxRemembered || departed_.front().first + kReturnGrace <= now) {
    const auto& [at, oldest] = departed_.front();
    // A page that has left again since has a later entry.
    const auto found = latest_.find(oldest);
    if (found != latest_.end() && found->second == at) latest_.erase(found);
    departed_.pop_front();
  }
}

bool Comebacks::knows(Instant now, const std::string& page) const {
  const auto found = latest_.find(page);
  return found != latest_.end() && now < found->second + kReturnGrace;
}

}  // namespace lectern::signaling
