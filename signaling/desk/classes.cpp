#include "signaling/desk/classes.h"

namespace lectern::signaling {

ClassRecord* Classes::find(std::string_view class_id) {
  const auto found = classes_.find(class_id);
  return found == classes_.end() ? nullptr : &found->second;
}

const ClassRecord* Classes::find(std::string_view class_id) const {
  const auto found = classes_.find(class_id);
  return found == classes_.end() ? nullptr : &found->second;
}

ClassRecord* Classes::ensure(std::string_view class_id, ClassKind kind) {
  if (ClassRecord* known = find(class_id)) return known;
  if (kind != ClassKind::kConfigured && classes_.size() >= most_) return nullptr;
  return &classes_.try_emplace(std::string(class_id), ClassRecord{.kind = kind}).first->second;
}

bool Classes::erase(std::string_view class_id) {
  const auto found = classes_.find(class_id);
  if (found == classes_.end()) return false;
  classes_.erase(found);
  return true;
}

std::vector<std::string> Classes::names() const {
  std::vector<std::string> names;
  names.reserve(classes_.size());
  for (const auto& [class_id, record] : classes_) names.push_back(class_id);
  return names;
}

}  // namespace lectern::signaling
