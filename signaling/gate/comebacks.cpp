#include "signaling/gate/comebacks.h"

#include "signaling/terms/config.h"

#include <algorithm>

namespace lectern::signaling {

void Comebacks::left(Instant now, const std::string& person, const std::string& page) {
  if (const auto pages = persons_.find(person); pages != persons_.end()) {
    const auto number_of = [](const auto& entry) { return entry.second; };
    const auto before = pages->second.find(page);
    if (before != pages->second.end())
      forget(before->second);
    else if (pages->second.size() >= kMaxOfPerson)
      forget(std::ranges::min_element(pages->second, {}, number_of)->second);
  }
  const Number number = next_++;
  persons_[person][page] = number;
  oldest_first_.emplace(number, Departure{.at = now, .person = person, .page = page});
  while (oldest_first_.size() > kMaxRemembered ||
         oldest_first_.begin()->second.at + kReturnGrace <= now)
    forget(oldest_first_.begin()->first);
}

bool Comebacks::knows(Instant now, const std::string& person, const std::string& page) const {
  const auto pages = persons_.find(person);
  if (pages == persons_.end()) return false;
  const auto found = pages->second.find(page);
  return found != pages->second.end() && now < oldest_first_.at(found->second).at + kReturnGrace;
}

void Comebacks::forget(Number number) {
  const auto at = oldest_first_.find(number);
  const auto pages = persons_.find(at->second.person);
  pages->second.erase(at->second.page);
  if (pages->second.empty()) persons_.erase(pages);
  oldest_first_.erase(at);
}

}  // namespace lectern::signaling
