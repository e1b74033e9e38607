#include "bench/limit/slices.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

namespace lectern::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSliceNs = 3e6;
constexpr double kTolerance = 1.10;  // of the gauge: a core slower than this is disturbed
constexpr size_t kFewestSlices = 5;
constexpr double kFewMisses = 0.001;                     // of a slice
constexpr auto kPause = std::chrono::microseconds(500);  // a real-time thread must let others in

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// Nanoseconds of one step of a chain that no compiler and no second execution unit can shorten.
double gauge() {
  constexpr int kSteps = 50'000;
  unsigned long value = 1;
  const auto start = Clock::now();
  for (int i = 0; i < kSteps; ++i) asm volatile("add $1, %0" : "+r"(value));
  return ns_since(start) / kSteps;
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

}  // namespace

void pin_to_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(core), &set);
  static_cast<void>(sched_setaffinity(0, sizeof(set), &set));
}

void own_core(int core) {
  pin_to_core(core);
  const sched_param priority{.sched_priority = 10};
  static_cast<void>(sched_setscheduler(0, SCHED_FIFO, &priority));
}

size_t Slices::add(Work work) {
  cases_.push_back({.work = std::move(work), .operations = 0, .counted = {}, .all = {}});
  return cases_.size() - 1;
}

// How many operations fill a slice.
void Slices::fit(Case& work) {
  double spent = 0;
  size_t did = 0;
  for (size_t n = 64; spent < kSliceNs / 4; n *= 2) {
    const auto start = Clock::now();
    did = work.work(n);
    spent = ns_since(start);
  }
  work.operations =
      std::max<size_t>(1, static_cast<size_t>(static_cast<double>(did) * kSliceNs / spent));
}

void Slices::run_slice(Case& work) {
  work.work(work.operations / 16 + 1);  // the case before has had the caches
  const double before = gauge();
  const uint64_t missed_before = missed_();
  const auto start = Clock::now();
  const size_t did = work.work(work.operations);
  const double each = ns_since(start) / static_cast<double>(did);
  const double after = gauge();
  const uint64_t missed = missed_() - missed_before;
  const bool has_misses = static_cast<double>(missed) > kFewMisses * static_cast<double>(did);
  work.done += did;
  work.missed += missed;
  work.slices_with_misses += has_misses ? 1U : 0U;
  best_step_ns_ = std::min({best_step_ns_, before, after});
  work.all.push_back(each);
  if (!has_misses && std::max(before, after) < best_step_ns_ * kTolerance)
    work.counted.push_back(each);
  std::this_thread::sleep_for(kPause);
}

void Slices::run(double seconds, size_t wanted) {
  for (int i = 0; i < 200; ++i) best_step_ns_ = std::min(best_step_ns_, gauge());
  for (Case& work : cases_) fit(work);
  const auto start = Clock::now();
  bool is_more = true;
  while (is_more && ns_since(start) < seconds * 1e9) {
    is_more = false;
    for (Case& work : cases_) {
      if (work.counted.size() >= wanted) continue;
      run_slice(work);
      is_more = true;
    }
  }
}

Figure Slices::figure(size_t number) const {
  const Case& work = cases_[number];
  const bool is_disturbed = work.counted.size() < kFewestSlices;
  const std::vector<double>& values = is_disturbed ? work.all : work.counted;
  return {.median = quantile(values, 0.5),
          .low = quantile(values, 0.1),
          .high = quantile(values, 0.9),
          .slices = values.size(),
          .slices_with_misses = work.slices_with_misses,
          .missed = work.done == 0
                        ? 0
                        : static_cast<double>(work.missed) / static_cast<double>(work.done),
          .is_disturbed = is_disturbed};
}

}  // namespace lectern::bench
