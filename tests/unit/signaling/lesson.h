// A class over several workers, for the tests of what happens to workers.
#pragma once

#include "tests/unit/signaling/school.h"

#include <cstddef>
#include <map>
#include <variant>

namespace lectern::signaling {

template <typename Kind>
std::size_t orders(const FakeWorker& worker) {
  std::size_t count = 0;
  for (const control::ToWorker& order : worker.orders)
    if (std::holds_alternative<Kind>(order)) ++count;
  return count;
}

// The teacher on worker 0, a student on each of `workers`.
struct Lesson {
  explicit Lesson(School& school, control::WorkerNumber workers) {
    for (control::WorkerNumber k = 0; k < workers; ++k) school.start_worker(k);
    publisher = school.teach("demo");
    for (control::WorkerNumber k = 0; k < workers; ++k) students[k] = {0, ""};
    // A publisher weighs as much as a viewer, so worker 0 comes last.
    while (school.worker(0).sessions.size() < 2) {
      const SessionName name = school.join("demo");
      students[name.worker] = name;
    }
  }
  SessionName publisher;
  std::map<control::WorkerNumber, SessionName> students;
};

}  // namespace lectern::signaling
