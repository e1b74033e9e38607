// The classes that exist, each with its kind, its life, and what its pages were told last.
#pragma once

#include "base/time.h"
#include "signaling/desk/features.h"
#include "signaling/placement/publication.h"
#include "signaling/terms/events.h"
#include "signaling/terms/trouble.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

// Where a class comes from decides when it goes ([P17]).
enum class ClassKind : std::uint8_t { kConfigured, kCreated, kTaught };

// What the pages of a class were told last: what is the same is not said again.
struct Told {
  ClassView view;
  SharedText teacher_audience;
  std::optional<std::uint32_t> student_audience;
  Instant next_student_audience;
};

struct ClassRecord {
  ClassKind kind = ClassKind::kTaught;
  std::optional<Instant> empty_since{};  // neither page nor session
  Told told{};
  Features features{};
  TroubleCounts trouble{};  // as the gate last told it
};

class Classes {
 public:
  explicit Classes(std::size_t most) : most_(most) {}

  [[nodiscard]] ClassRecord* find(std::string_view class_id);
  [[nodiscard]] const ClassRecord* find(std::string_view class_id) const;
  [[nodiscard]] bool contains(std::string_view class_id) const {
    return classes_.contains(class_id);
  }
  // The class, made if need be; null when there are as many as may be. Those that the operator has
  // configured are always made.
  ClassRecord* ensure(std::string_view class_id, ClassKind kind);
  // Whether it was there.
  bool erase(std::string_view class_id);
  [[nodiscard]] std::map<std::string, ClassRecord, std::less<>>& all() { return classes_; }
  [[nodiscard]] const std::map<std::string, ClassRecord, std::less<>>& all() const {
    return classes_;
  }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::size_t size() const { return classes_.size(); }

 private:
  std::size_t most_;
  std::map<std::string, ClassRecord, std::less<>> classes_;
};

}  // namespace lectern::signaling
